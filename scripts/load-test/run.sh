# Runs the attack of scripts/load-test.sh, whose variables are valid, and saves its results.

server=
attack=
folder=
status=0

# Prints the list of targets for a host.
list_for() {
    sed "s|http://127\.0\.0\.1:8080|$(sed 's/[&|\\]/\\&/g' <<<"${1%/}")|" "$targets"
}

# Becomes the attack on a host, with more flags. To be called in a subshell.
exec_attack() {
    local host=${1%/} files
    shift
    if [ -z "$targets" ]; then
        files=("${flows[@]/#/"$home/flows/"}")
        files=("${files[@]/%/.hurl}")
        exec "$drumfire" attack -variable=base="$host" "${flags[@]}" "${files[@]/#/-flow=}" "$@"
    fi
    exec "$drumfire" attack -base-url="$host" "${flags[@]}" -targets=<(list_for "$host") "$@"
}

# The program itself checks what this script cannot: every flag, target, flow and body.
check_attack() {
    local plan count=-requests
    plan=$(exec_attack "${HOST:-http://127.0.0.1:8080}" -dry-run) || exit
    [ -n "$targets" ] || count=-flow-count
    if [[ $plan == *'until stopped'* && " ${flags[*]}" != *' -lazy'* ]]; then
        fail "the attack would never end: set DURATION, or add $count to FLAGS"
    fi
    [ -z "$baseline" ] || "$drumfire" encode -to=csv "$baseline" 2>/dev/null | head -n 1 | grep -q . ||
        fail "BASELINE '$baseline' has no results: expected the folder of an earlier run"
}

# Creates a folder for this run. The second run in one second gets a number.
new_folder() {
    local base n=1
    base=reports/${name}_$(date +%Y-%m-%d_%H-%M-%S)
    mkdir -p reports
    folder=$base
    while ! mkdir "$folder" 2>/dev/null; do
        [ -e "$folder" ] || fail "cannot create the folder '$folder' for the results"
        folder=$base-$((n += 1))
    done
    results=$folder/results.arrow
}

clean_up() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        rm -f "$folder/serve.log"
    fi
    # Nothing is left of an attack that never began.
    [ -z "$folder" ] || [ -s "$results" ] || rm -f "$results"
    [ -z "$folder" ] || rmdir "$folder" 2>/dev/null || true
}

# After a signal, the attack ends and its results are still reported. If no attack is running, the
# signal ends the script.
on_signal() {
    local signal=$1 code=$2
    if [ -z "$attack" ]; then
        [ -z "$folder" ] || [ ! -s "$results" ] || echo "results are in $folder" >&2
        exit "$code"
    fi
    # The terminal sends the other signals to the attack too, since both are in one process group.
    [ "$signal" != TERM ] || kill -TERM "$attack" 2>/dev/null || true
}

start_server() {
    local route_flags=() proto
    [ ! -f "$routes" ] || route_flags=(-routes="$routes")
    for proto in "$home"/*.proto; do
        # Without such a file, the pattern itself is the only one.
        [ ! -f "$proto" ] || route_flags+=(-proto="$proto")
    done
    # Created first, because the server's shell may open it after the first look below.
    : >"$folder/serve.log"
    # A separate process group, so that an interrupt for the attack does not reach the server.
    set -m
    "$drumfire" serve -listen=127.0.0.1:0 -latency=lognormal:5ms,0.5 "${route_flags[@]}" \
        >"$folder/serve.log" &
    server=$!
    set +m
    until HOST=$(sed -n 's/^listening at //p' "$folder/serve.log") && [ -n "$HOST" ]; do
        # The server has printed the reason.
        kill -0 "$server" 2>/dev/null || exit 1
        sleep 0.05
    done
    shown=$HOST
}

# Prints the flags of the attack without the values of headers, which may be secrets.
shown_flags() {
    sed 's/^\(-\{1,2\}\(proxy-\)\{0,1\}header=[^:]*:\).*/\1 ***/' < <(printf '%s\n' "${flags[@]}") |
        paste -sd' '
}

# Waits for the end of the attack, and sets status to its exit code. A 'wait' that a trapped signal
# interrupts can miss the end, so there is one only afterwards. The pause starts no process, which
# would disturb the attack: nothing is ever written to that pipe.
await_attack() {
    local pipe=$folder/pause silent
    mkfifo "$pipe"
    exec {silent}<>"$pipe"
    rm "$pipe"
    while kill -0 "$attack" 2>/dev/null; do
        read -rt 0.2 -u "$silent" || true
    done
    exec {silent}<&-
    wait "$attack" || status=$?
}

run_attack() {
    local with=${targets:-"the flows ${flows[*]}"}
    echo "attacking $shown with $with: $(shown_flags)" >&2
    exec_attack "$HOST" -name="$name" -output="$results" &
    attack=$!
    await_attack
    attack=
    # Without results there is nothing to report.
    [ -s "$results" ] || exit $((status > 0 ? status : 1))
}

# Writes a report to a file. Only the last report, below, prints which limits were missed.
write_report() {
    local file=$1 messages code
    shift
    messages=$("$drumfire" report -output="$folder/$file" "$@" "$results" 2>&1) && return
    code=$?
    [ "$code" = 99 ] || { echo "$messages" >&2 && exit "$code"; }
}

# Remembers that a limit was missed (exit code 99). Other failures end the script.
report_all() {
    local limits=("${thresholds[@]/#/-thresholds=}") code=0
    write_report report.json -type=json -by=name "${limits[@]}"
    write_report report.html -type=html -by=name "${limits[@]}"
    write_report stats.csv -type=csv
    write_report failures.csv -type=failures-csv
    "$drumfire" plot -output="$folder/latency.svg" -title="Latency, $name" "$results"
    "$drumfire" report -by=name "${limits[@]}" "$results" || code=$?
    [ "$code" = 0 ] || [ "$code" = 99 ] || exit "$code"
    [ "$status" != 0 ] || status=$code
}

compare_with_baseline() {
    "$drumfire" compare -by=name "$baseline" "$results" | tee "$folder/compare.txt"
    "$drumfire" compare -type=html -by=name -output="$folder/compare.html" "$baseline" "$results" \
        2>/dev/null || fail "cannot write $folder/compare.html"
}

# A run without a success has measured nothing, even if no threshold was missed.
check_success() {
    local requests failures
    read -r requests failures < <(awk -F, '/^,Aggregated,/ { print $3, $4 }' "$folder/stats.csv")
    if [ "$requests" = 0 ]; then
        echo "make load-test: no request was sent" >&2
    elif [ "$requests" = "$failures" ]; then
        echo "make load-test: every request failed ($requests of $requests): see Error Set above" >&2
    else
        return 0
    fi
    [ "$status" != 0 ] || status=1
}

trap clean_up EXIT
trap 'on_signal INT 130' INT
trap 'on_signal TERM 143' TERM
trap 'on_signal HUP 129' HUP

command -v "$drumfire" >/dev/null || fail "cannot run '$drumfire': build it with 'make build'"
check_attack
new_folder
[ -n "${HOST:-}" ] || start_server
run_attack
report_all
[ -z "$baseline" ] || compare_with_baseline
check_success
echo "results are in $folder" >&2
exit "$status"
