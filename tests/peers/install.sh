#!/bin/sh
# Installs what the tests in tests/peers need and is not there yet: servers, proxies, shells, mandoc,
# jq and Python from Debian, Python's libraries from PyPI into target/peers/venv.
set -eu
cd "$(dirname "$0")/../.."

requirements=tests/peers/requirements.txt
venv=target/peers/venv
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
[ -x "$venv/bin/python" ] && cmp -s "$requirements" "$venv/requirements.txt" || libraries
