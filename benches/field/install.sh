#!/bin/sh
# Installs the load generators that `make bench` measures drumfire beside and that are not there
# yet: from Debian, and oha by cargo into target/peers. What cannot be had is gone without.
set -eu
cd "$(dirname "$0")/../.."

who='make bench'
. scripts/packages.sh

# In a shell of its own, which a failure ends in place of the script.
try() {
    ("$@") || echo "$who: going on without it" >&2
}

oha_by_cargo() {
    echo "$who: compiling oha into target/peers, which takes minutes"
    cargo install --quiet --locked --root target/peers oha ||
        fail "oha cannot be installed: see cargo's lines above"
}

command -v taskset >/dev/null || try package util-linux
command -v wrk >/dev/null || try package wrk
command -v hey >/dev/null || try package hey
command -v ab >/dev/null || try package apache2-utils
command -v h2load >/dev/null || try package nghttp2-client
command -v oha >/dev/null || [ -x target/peers/bin/oha ] || try oha_by_cargo
