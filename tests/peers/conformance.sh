#!/bin/sh
# Records again what hurl does with the cases of tests/golden/hurl, and fails if a result changes.
# Installs a pinned hurl in target/peers/hurl: cargo compiles it, with libraries from Debian.
set -eu
cd "$(dirname "$0")/../.."

version=8.0.1
root=target/peers/hurl
hurl=$root/bin/hurl
golden=tests/golden/hurl

who='make conformance'
. scripts/packages.sh

has_hurl() {
    "$hurl" --version 2>/dev/null | grep -q "^hurl $version "
}

install_hurl() {
    for package in pkg-config libclang-dev libcurl4-openssl-dev libxml2-dev; do
        package "$package"
    done
    echo "$who: compiling hurl $version into $root; a few minutes"
    cargo install hurl --version "$version" --locked --root "$root" ||
        fail "cannot install hurl: see the output of cargo above"
}

has_hurl || install_hurl
command -v python3 >/dev/null || package python3
cargo build --locked
"$golden/record.py" "$hurl" target/debug/drumfire
git diff --exit-code -- "$golden/results.jsonl" "$golden/syntax.jsonl" ||
    fail "hurl's results differ from those in git: review the changes above as code"
echo "$who: hurl $version does what $golden says"
