#!/bin/sh
# Installs what the tests in tests/peers need and is missing: servers, proxies, shells, mandoc, jq,
# Python, Chromium and Node.js from Debian, Python libraries from PyPI into target/peers/venv, and
# the driver of the browser from npm into target/peers/browser.
set -eu
cd "$(dirname "$0")/../.."

requirements=tests/peers/requirements.txt
venv=target/peers/venv
locked=tests/peers/browser/package-lock.json
browser=target/peers/browser
# Debian installs servers in folders that only root has in its PATH.
PATH=$PATH:/usr/sbin:/sbin

who='make peers'
. scripts/packages.sh

libraries() {
    echo "$who: installing Python libraries into $venv"
    python3 -m venv --clear "$venv" 2>/dev/null >&2 ||
        { package python3-venv && python3 -m venv --clear "$venv"; } ||
        fail "cannot create a venv at $venv: see the output of 'python3 -m venv $venv'"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --requirement "$requirements" ||
        fail "cannot install the Python libraries of $requirements: see the output of pip above"
    # Copied last, since this file means that everything is installed.
    cp "$requirements" "$venv/requirements.txt"
}

has_node() {
    command -v node >/dev/null &&
        node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)'
}

driver() {
    command -v npm >/dev/null || package npm
    echo "$who: installing playwright-core into $browser"
    rm -rf "$browser"
    mkdir -p "$browser/installed"
    cp tests/peers/browser/package.json "$locked" "$browser"
    # It drives Debian's browser, so no script of the package may fetch another one.
    (cd "$browser" && npm ci --silent --ignore-scripts --no-audit --no-fund) ||
        fail "cannot install playwright-core of $locked: see the output of 'npm ci' in $browser"
    # Copied last, since this file means that everything is installed.
    cp "$locked" "$browser/installed/playwright-core"
}

command -v nginx >/dev/null || package nginx
command -v nghttpx >/dev/null || package nghttp2-proxy
command -v tinyproxy >/dev/null || package tinyproxy-bin
command -v microsocks >/dev/null || package microsocks
command -v haproxy >/dev/null || package haproxy
command -v squid >/dev/null || package squid
command -v dnsmasq >/dev/null || package dnsmasq-base
command -v prometheus >/dev/null || package prometheus
command -v mandoc >/dev/null || package mandoc
command -v bash >/dev/null || package bash
command -v zsh >/dev/null || package zsh
command -v fish >/dev/null || package fish
command -v jq >/dev/null || package jq
command -v python3 >/dev/null || package python3
command -v chromium >/dev/null || package chromium
has_node || package nodejs
has_node || fail "node is older than 18: put a newer one first in PATH"
[ -x "$venv/bin/python" ] && cmp -s "$requirements" "$venv/requirements.txt" || libraries
cmp -s "$locked" "$browser/installed/playwright-core" || driver
