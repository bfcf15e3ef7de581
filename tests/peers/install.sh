#!/bin/sh
# Installs what the tests in tests/peers need and is not there yet: servers, proxies, shells, mandoc,
# jq, Python, Chromium and Node.js from Debian, Python's libraries from PyPI into target/peers/venv,
# and what drives the browser from npm into target/peers/browser.
set -eu
cd "$(dirname "$0")/../.."

requirements=tests/peers/requirements.txt
venv=target/peers/venv
locked=tests/peers/browser/package-lock.json
browser=target/peers/browser
# Debian keeps servers where only root looks.
PATH=$PATH:/usr/sbin:/sbin

who='make peers'
. scripts/packages.sh

libraries() {
    echo "$who: installing Python's libraries into $venv"
    python3 -m venv --clear "$venv" 2>/dev/null >&2 ||
        { package python3-venv && python3 -m venv --clear "$venv"; } ||
        fail "there is no venv at $venv: see what 'python3 -m venv $venv' says"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --requirement "$requirements" ||
        fail "Python's libraries of $requirements cannot be installed: see pip's lines above"
    # Last, since it says that all is there.
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
    # It is to drive Debian's browser: no script of the package is to fetch another.
    (cd "$browser" && npm ci --silent --ignore-scripts --no-audit --no-fund) ||
        fail "playwright-core of $locked cannot be installed: see what 'npm ci' says in $browser"
    # Last, since it says that all is there.
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
