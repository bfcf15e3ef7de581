#!/bin/sh
# Records again what hurl does with the cases of tests/golden/hurl, and fails if a result changes.
# Runs the flows of the suites in targets/ as tests, and fails if hurl does not accept one.
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

end_server() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -f "$log"
}

# Runs all flows of a suite with hurl, against a server with the routes of the suite. The values
# need encoding in a URL, and quoting in JSON.
check_flows() {
    target/debug/drumfire serve -listen=127.0.0.1:0 -routes="$1/routes.toml" >"$log" &
    server=$!
    until url=$(sed -n 's/^listening at //p' "$log") && [ -n "$url" ]; do
        kill -0 "$server" 2>/dev/null || fail "cannot serve $1/routes.toml: see above"
        sleep 0.05
    done
    "$hurl" --test --variable base="$url" --variable name='Grace "G" Hopper' \
        --variable email=grace+load@example.com --variable password='a "b" \ &' \
        --variable module='weather/hourly, "new"' --variable environment=staging \
        "$1"/flows/*.hurl || fail "hurl $version does not pass the flows of $1: see above"
    kill "$server"
    server=
}

# In subshells, which undo what the installation of packages needs when they end.
has_hurl || (install_hurl)
command -v python3 >/dev/null || (package python3)
cargo build --locked
"$golden/record.py" "$hurl" target/debug/drumfire
git diff --exit-code -- "$golden/results.jsonl" "$golden/syntax.jsonl" ||
    fail "hurl's results differ from those in git: review the changes above as code"
server=
log=$(mktemp)
trap end_server EXIT
for flows in targets/*/flows; do
    check_flows "${flows%/flows}"
done
echo "$who: hurl $version does what $golden says, and passes the flows of targets/"
