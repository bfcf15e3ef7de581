#!/usr/bin/env bash
# Attacks a host by one of the named profiles and leaves the results under reports/.
#
#   HOST      where to attack, e.g. http://10.0.0.5:8000; empty: drumfire's own server, started here
#   PROFILE   smoke (default), light, medium, load, heavy, stress or soak
#   RATE      instead of the profile's rate
#   DURATION  instead of the profile's duration
#   TARGETS   list of targets, written for http://127.0.0.1:8080; default targets/api.txt
#   DRUMFIRE  the program
set -euo pipefail

profile=${PROFILE:-smoke}
drumfire=${DRUMFIRE:-target/release/drumfire}
targets=${TARGETS:-targets/api.txt}
server=
attack=

case $profile in
    smoke) rate=10 duration=30s ;;
    light) rate=10 duration=60s ;;
    medium | load) rate=50 duration=60s ;;
    heavy) rate=100 duration=60s ;;
    stress) rate=200 duration=120s ;;
    soak) rate=50 duration=1h ;;
    *)
        echo "unknown PROFILE '$profile': expected smoke, light, medium, load, heavy, stress or soak" >&2
        exit 2
        ;;
esac
rate=${RATE:-$rate}
duration=${DURATION:-$duration}

folder=reports/${profile}_$(date +%Y-%m-%d_%H-%M-%S)
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
    # In a process group of its own, so that an interrupt meant for the attack does not reach it.
    set -m
    "$drumfire" serve -listen=127.0.0.1:0 -latency=lognormal:5ms,0.5 >"$folder/serve.log" &
    server=$!
    set +m
    until HOST=$(sed -n 's/^listening at //p' "$folder/serve.log") && [ -n "$HOST" ]; do
        kill -0 "$server" || exit 1
        sleep 0.05
    done
}

[ -n "${HOST:-}" ] || start_server
echo "attacking $HOST with $targets at $rate/s for $duration" >&2

"$drumfire" attack -name="$profile" -rate="$rate" -duration="$duration" \
    -targets=<(sed "s|http://127\.0\.0\.1:8080|${HOST%/}|" "$targets") \
    -output="$folder/results.arrow" &
attack=$!
# A trapped signal ends the waiting, not the attack.
until wait "$attack" && status=0 || status=$?; ! kill -0 "$attack" 2>/dev/null; do :; done
[ "$status" = 0 ] || exit "$status"

"$drumfire" report -output="$folder/report.json" -type=json "$folder/results.arrow"
"$drumfire" report -output="$folder/report.html" -type=html "$folder/results.arrow"
"$drumfire" plot -output="$folder/latency.svg" -title="Latency, $profile" "$folder/results.arrow"
"$drumfire" report "$folder/results.arrow"
echo "results are in $folder" >&2
