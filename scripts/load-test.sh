#!/usr/bin/env bash
# Attacks a host with the load of a suite and a profile, and saves the results in reports/.
#
#   SUITE     folder of targets/, or a path to a folder with the same layout (targets/README.md);
#             empty: targets/api.txt, without thresholds
#   PROFILE   line of the suite's plans.txt; default: smoke
#   HOST      URL to attack, e.g. http://10.0.0.5:8000; empty: a local 'drumfire serve'
#   SCALE     factor for all times of the plan, e.g. 0.1
#   RATE      overrides the rate of the plan
#   DURATION  overrides the duration of the plan
#   FLAGS     additional flags of attack, quoted as for a shell
#   TARGETS   overrides the suite's list; URLs begin with http://127.0.0.1:8080 or with /
#   ROUTES    overrides the suite's routes for the local server
#   BASELINE  folder with the results.arrow of an earlier run, for a comparison
#   DRUMFIRE  path of the program
#
# Exits with 99 if a threshold was missed or -abort ended the attack.
set -euo pipefail

suite=${SUITE:-}
profile=${PROFILE:-smoke}
drumfire=${DRUMFIRE:-target/release/drumfire}
server=
attack=
missed=0

fail() {
    echo "$1" >&2
    exit 2
}

case $suite in
    */*) home=${suite%/} ;;
    *) home=targets${suite:+/$suite} ;;
esac
[ -f "$home/plans.txt" ] ||
    fail "unknown SUITE '$suite': expected a folder of targets/, or a path, with a plans.txt"
name=${suite:+$(basename "$home")-}$profile
targets=${TARGETS:-$([ -n "$suite" ] && echo "$home/targets.http" || echo targets/api.txt)}
routes=${ROUTES:-$home/routes.toml}
thresholds=$home/thresholds.txt

# Prints words, which may be quoted, one per line.
words() {
    xargs printf '%s\n' | sed '/^$/d'
}

# Prints the flags of a profile, one per line.
plan_of() {
    sed -n "s/^$1[[:space:]]\{1,\}//p" "$home/plans.txt" | words
}

# Multiplies the times of a plan by SCALE. A time is at the start of a stage, or after the slash of
# a sine. A time like 1m30s has two numbers.
scaled() {
    awk -v scale="${SCALE:-1}" '
        /^-duration=/ || /^-stages=[^@]/ {
            scaled = ""
            while (match($0, /(=|,|[a-z]|~[^,]*\/)[0-9]+(\.[0-9]+)?/)) {
                before = substr($0, 1, RSTART + RLENGTH - 1)
                rest = substr($0, RSTART + RLENGTH)
                match(before, /[0-9.]+$/)
                scaled = scaled substr(before, 1, RSTART - 1) (substr(before, RSTART) * scale)
                $0 = rest
            }
            $0 = scaled $0
        }
        { print }'
}

plan=$(plan_of "$profile" | scaled)
[ -n "$plan" ] || fail "unknown PROFILE '$profile': expected one of $(
    sed -n 's/^\([a-z][^[:space:]]*\).*/\1/p' "$home/plans.txt" | grep -vx all | paste -sd' '
)"
mapfile -t flags < <(
    plan_of all
    echo "$plan"
    words <<<"${RATE:+-rate=$RATE} ${DURATION:+-duration=$DURATION} ${FLAGS:-}"
)

folder=reports/${name}_$(date +%Y-%m-%d_%H-%M-%S)
mkdir -p "$folder"

clean_up() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        rm -f "$folder/serve.log"
    fi
    # The folder is empty if the attack never began.
    rmdir "$folder" 2>/dev/null || true
}
trap clean_up EXIT
# After a signal, the attack ends and its results are still reported. Ctrl-C reaches the attack
# directly, since both are in one process group.
trap : INT
trap 'kill -TERM "$attack" 2>/dev/null || true' TERM

start_server() {
    local route_flags=()
    [ ! -f "$routes" ] && [ -z "${ROUTES:-}" ] || route_flags=(-routes="$routes")
    # A separate process group, so that an interrupt for the attack does not reach the server.
    set -m
    "$drumfire" serve -listen=127.0.0.1:0 -latency=lognormal:5ms,0.5 "${route_flags[@]}" \
        >"$folder/serve.log" &
    server=$!
    set +m
    until HOST=$(sed -n 's/^listening at //p' "$folder/serve.log") && [ -n "$HOST" ]; do
        kill -0 "$server" || exit 1
        sleep 0.05
    done
}

[ -n "${HOST:-}" ] || start_server
echo "attacking $HOST with $targets: ${flags[*]}" >&2

"$drumfire" attack -name="$name" -base-url="${HOST%/}" "${flags[@]}" \
    -targets=<(sed "s|http://127\.0\.0\.1:8080|${HOST%/}|" "$targets") \
    -output="$folder/results.arrow" &
attack=$!
# A trapped signal ends 'wait', not the attack.
until wait "$attack" && status=0 || status=$?; ! kill -0 "$attack" 2>/dev/null; do :; done

# Remembers that a limit was missed (exit code 99), and exits with any other failure.
allow_missed() {
    case $1 in
        0) ;;
        99) missed=99 ;;
        *) exit "$1" ;;
    esac
}
allow_missed "$status"

limits=()
[ ! -f "$thresholds" ] || limits=(-thresholds="$thresholds")

# Writes a report to a file. Only the last report, below, prints which limits were missed.
write_report() {
    local file=$1 messages
    shift
    messages=$("$drumfire" report -output="$folder/$file" "$@" "$folder/results.arrow" 2>&1) || {
        [ $? = 99 ] || fail "$messages"
    }
}
write_report report.json -type=json -by=name "${limits[@]}"
write_report report.html -type=html -by=name "${limits[@]}"
write_report stats.csv -type=csv
write_report failures.csv -type=failures-csv
"$drumfire" plot -output="$folder/latency.svg" -title="Latency, $name" "$folder/results.arrow"
"$drumfire" report -by=name "${limits[@]}" "$folder/results.arrow" || allow_missed $?
if [ -n "${BASELINE:-}" ]; then
    "$drumfire" compare -by=name "$BASELINE/results.arrow" "$folder/results.arrow" |
        tee "$folder/compare.txt"
    "$drumfire" compare -type=html -by=name -output="$folder/compare.html" \
        "$BASELINE/results.arrow" "$folder/results.arrow" 2>/dev/null
fi
echo "results are in $folder" >&2
exit "$missed"
