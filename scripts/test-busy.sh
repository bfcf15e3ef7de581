#!/usr/bin/env bash
# Runs all tests several times on a busy machine, without repeating a failed test.
#
#   RUNS  number of runs; default: 5
#   BUSY  number of processes of stress-ng that compute all the time; default: 4
#
# Prints a line per run and the failures of each test; the whole output is in target/test-busy/.
# Installs stress-ng from Debian if it is missing. Exits with 1 if a test failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
who='make test-busy'
. scripts/packages.sh

runs=${RUNS:-5}
busy=${BUSY:-4}
logs=target/test-busy
stress=

[[ $runs =~ ^[1-9][0-9]*$ ]] || fail "bad RUNS '$runs': expected a number of runs, as in 5"
[[ $busy =~ ^[1-9][0-9]*$ ]] || fail "bad BUSY '$busy': expected a number of processes, as in 4"
cargo nextest --version >/dev/null 2>&1 || fail 'cargo-nextest is missing: install it first'
command -v stress-ng >/dev/null || package stress-ng

# Ends stress-ng with the script. The lines of packages.sh for services are kept.
calm_down() {
    [ -z "$stress" ] || kill "$stress" 2>/dev/null || true
    stress=
}
trap 'calm_down; exit 130' INT
trap 'calm_down; exit 143' TERM

rm -rf "$logs"
mkdir -p "$logs"
cargo nextest run --locked --no-run

# Runs all tests once and prints a line, and the names of failed tests. The code of nextest is 100
# if a test failed; any other one means that the tests did not run.
run() {
    local log=$logs/run-$1.log started=$SECONDS code=0 summary
    stress-ng --cpu "$busy" --timeout 2h >/dev/null 2>&1 &
    stress=$!
    cargo nextest run --locked --no-fail-fast --retries 0 --color never >"$log" 2>&1 || code=$?
    calm_down
    summary=$(sed -n 's/^ *Summary \[[^]]*\] *//p' "$log")
    [ "$code" = 0 ] || [ "$code" = 100 ] || fail "the tests did not run: see $log"
    echo "run $1 of $runs: $summary, $((SECONDS - started)) s"
    failures "$log" | sed 's/^/    FAIL /'
}

# Prints the names of the tests that failed in a run.
failures() {
    sed -n '/^ *Summary /,$ s/^ *\(FAIL\|TIMEOUT\|SIG[A-Z]*\|ABORT\|LEAK-FAIL\) \[[^]]*\] *\(([^)]*)\)\{0,1\} *//p' "$1"
}

for n in $(seq "$runs"); do run "$n"; done

failed=$(for n in $(seq "$runs"); do failures "$logs/run-$n.log"; done | sort | uniq -c | sort -rn)
if [ -z "$failed" ]; then
    echo "no test failed in $runs runs with $busy busy processes"
else
    printf 'failures in %s runs with %s busy processes:\n%s\n' "$runs" "$busy" "$failed"
    exit 1
fi
