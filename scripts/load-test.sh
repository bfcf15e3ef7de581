#!/usr/bin/env bash
# Attacks a host as a suite and a profile say, and leaves the results under reports/.
#
#   SUITE     a folder of targets/, or a path to one, laid out as targets/README.md says; empty:
#             targets/api.txt, without thresholds
#   PROFILE   a line of the suite's plans.txt; default smoke
#   HOST      where to attack, e.g. http://10.0.0.5:8000; empty: drumfire's own server, started here
#   SCALE     factor of all times of the plan, e.g. 0.1
#   RATE      instead of the plan's rate
#   DURATION  instead of the plan's duration
#   FLAGS     further flags of attack, quoted as for a shell
#   TARGETS   instead of the suite's list; written for http://127.0.0.1:8080, or without hosts
#   ROUTES    instead of the suite's routes, which drumfire's own server plays
#   BASELINE  folder with the results.arrow of another run, to compare with
#   DRUMFIRE  the program
#
# Exits with 99 where a threshold was missed or -abort ended the attack.
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

# Prints words, which may be quoted, one a line.
words() {
    xargs printf '%s\n' | sed '/^$/d'
}

# Prints the flags of a profile, one a line.
plan_of() {
    sed -n "s/^$1[[:space:]]\{1,\}//p" "$home/plans.txt" | words
}

# Multiplies the times of a plan by SCALE. They stand first in a stage, or behind the slash of a
# sine; one as 1m30s has two numbers.
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
    # Empty where the attack never began.
    rmdir "$folder" 2>/dev/null || true
}
trap clean_up EXIT
# A signal ends the attack, which then is reported as far as it went. Ctrl-C reaches it by itself.
trap : INT
trap 'kill -TERM "$attack" 2>/dev/null || true' TERM

start_server() {
    local played=()
    [ ! -f "$routes" ] && [ -z "${ROUTES:-}" ] || played=(-routes="$routes")
    # In a process group of its own, so that an interrupt meant for the attack does not reach it.
    set -m
    "$drumfire" serve -listen=127.0.0.1:0 -latency=lognormal:5ms,0.5 "${played[@]}" \
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
# A trapped signal ends the waiting, not the attack.
until wait "$attack" && status=0 || status=$?; ! kill -0 "$attack" 2>/dev/null; do :; done

# Takes the exit code of a command, and goes on where it says that a limit was missed.
allow_missed() {
    case $1 in
        0) ;;
        99) missed=99 ;;
        *) exit "$1" ;;
    esac
}
allow_missed "$status"

gates=()
[ ! -f "$thresholds" ] || gates=(-thresholds="$thresholds")

# Leaves a report in a file. What it has to say of limits is said once, by the last report.
leave() {
    local file=$1 told
    shift
    told=$("$drumfire" report -output="$folder/$file" "$@" "$folder/results.arrow" 2>&1) || {
        [ $? = 99 ] || fail "$told"
    }
}
leave report.json -type=json -by=name "${gates[@]}"
leave report.html -type=html -by=name "${gates[@]}"
leave stats.csv -type=csv
leave failures.csv -type=failures-csv
"$drumfire" plot -output="$folder/latency.svg" -title="Latency, $name" "$folder/results.arrow"
"$drumfire" report -by=name "${gates[@]}" "$folder/results.arrow" || allow_missed $?
if [ -n "${BASELINE:-}" ]; then
    "$drumfire" compare -by=name "$BASELINE/results.arrow" "$folder/results.arrow" |
        tee "$folder/compare.txt"
    "$drumfire" compare -type=html -by=name -output="$folder/compare.html" \
        "$BASELINE/results.arrow" "$folder/results.arrow" 2>/dev/null
fi
echo "results are in $folder" >&2
exit "$missed"
