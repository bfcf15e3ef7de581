# Validates the variables of scripts/load-test.sh, and sets home, name, flows, targets, routes,
# thresholds and baseline. Nothing has started or been built at this point.

# Ends the script with a message about a variable.
fail() {
    echo "make load-test: $1" >&2
    exit 2
}

# Checks that a file can be read; otherwise ends with its variable and its path.
check_file() {
    local variable=$1 path=$2 what=$3
    [ -e "$path" ] || fail "$variable '$path' does not exist: expected $what"
    [ ! -d "$path" ] || fail "$variable '$path' is a directory: expected $what"
    [ -r "$path" ] || fail "$variable '$path' cannot be read: expected $what"
}

# Prints the names of the profiles in the suite's plans.txt.
profiles() {
    awk '/^[^#[:space:]]/ && $1 != "all" { print $1 }' "$home/plans.txt"
}

check_suite() {
    case $suite in
        */*) home=${suite%/} ;;
        *) home=targets${suite:+/$suite} ;;
    esac
    [ -r "$home/plans.txt" ] ||
        fail "unknown SUITE '$suite': expected a folder of targets/, or a path, with a plans.txt"
    profiles | grep -Fqx -e "$profile" ||
        fail "unknown PROFILE '$profile': expected one of $(profiles | paste -sd' ')"
    name=${suite:+$(basename "$home")-}$profile
}

# Prints the names of the suite's flows, one per line.
known_flows() {
    local file
    for file in "$home"/flows/*.hurl; do
        # Without a flow, the pattern itself is the only file.
        [ ! -e "$file" ] || basename "$file" .hurl
    done
}

# Sets flows to the names of the flows to run, and all_flows to whether these are all of the suite.
check_flows() {
    local known flow
    mapfile -t known < <(known_flows)
    flows=("${known[@]}")
    all_flows=yes
    [ -n "${FLOW:-}" ] || return 0
    [ -n "$suite" ] || fail "FLOW has no effect without SUITE: set both, as in SUITE=dashboard"
    [ "${#known[@]}" -gt 0 ] || fail "FLOW has no effect: the suite '$suite' has no flows"
    mapfile -t flows < <(tr -s ' ,' '\n' <<<"$FLOW" | sed '/^$/d' | sort -u)
    for flow in "${flows[@]:-}"; do
        printf '%s\n' "${known[@]}" | grep -Fqx -e "$flow" ||
            fail "unknown FLOW '$flow': expected one or more of ${known[*]}"
    done
    [ "${#flows[@]}" = "${#known[@]}" ] || all_flows=
}

# Sets thresholds to files: that of the suite if all its flows run, and those of the flows.
check_thresholds() {
    local file flow files=()
    [ -z "$all_flows" ] || files=("$home/thresholds.txt")
    for flow in "${flows[@]}"; do
        files+=("$home/flows/$flow.thresholds.txt")
    done
    thresholds=()
    for file in "${files[@]}"; do
        [ ! -f "$file" ] || thresholds+=("$file")
    done
}

check_targets() {
    targets=
    if [ "${#flows[@]}" -gt 0 ]; then
        [ -z "${TARGETS:-}" ] ||
            fail "TARGETS has no effect: the suite '$suite' has flows; set TARGETS without SUITE"
        return
    fi
    targets=$home/targets.http
    [ -n "$suite" ] || targets=targets/api.txt
    targets=${TARGETS:-$targets}
    check_file TARGETS "$targets" 'a list of targets'
    [ -s "$targets" ] || fail "TARGETS '$targets' is empty: expected a list of targets"
}

# Sets shown to the URL without user and password, for messages.
check_host() {
    shown=$(sed 's|^\([^/]*//\)\{0,1\}.*@|\1***@|' <<<"$HOST")
    [[ $HOST =~ ^https?://[^/?#[:space:]]+(/[^?#[:space:]]*)?$ ]] ||
        fail "bad HOST '$shown': expected a scheme and a host, as in http://10.0.0.5:8000"
    [ -z "${ROUTES:-}" ] ||
        fail "ROUTES has no effect with HOST: the server at '$shown' has its own routes"
}

check_routes() {
    routes=${ROUTES:-$home/routes.toml}
    [ -z "${ROUTES:-}" ] || check_file ROUTES "$routes" 'routes of drumfire serve'
}

# At most 1000, and at least a thousandth, so that no time of a plan becomes zero.
check_scale() {
    [[ $SCALE =~ ^([0-9]+\.?[0-9]*|\.[0-9]+)$ ]] &&
        LC_ALL=C awk -v scale="$SCALE" 'BEGIN { exit !(scale >= 0.001 && scale <= 1000) }' ||
        fail "bad SCALE '$SCALE': expected a number from 0.001 to 1000, as in 0.5"
    [ -z "${DURATION:-}" ] || fail "SCALE has no effect with DURATION: set only one of them"
}

time='([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h)'

check_rate() {
    local count='([0-9]+\.?[0-9]*|\.[0-9]+)'
    [[ $RATE =~ ^($count(/(ns|us|µs|ms|s|m|h|($time)+))?|infinity)$ ]] ||
        fail "bad RATE '$RATE': expected a number per second, or N/UNIT as in 30/1m"
}

check_users() {
    [[ $USERS =~ ^[1-9][0-9]{0,6}$ && $USERS -le 1000000 ]] ||
        fail "bad USERS '$USERS': expected a number of users from 1 to 1000000, as in 50"
    [ -z "${RATE:-}" ] ||
        fail "USERS and RATE exclude each other: set USERS for a closed loop, RATE for an open one"
}

check_spawn_rate() {
    [[ $SPAWN_RATE =~ ^([0-9]+\.?[0-9]*|\.[0-9]+)$ && $SPAWN_RATE == *[1-9]* ]] ||
        fail "bad SPAWN_RATE '$SPAWN_RATE': expected users per second above zero, as in 5"
    [ -n "${USERS:-}" ] ||
        fail "SPAWN_RATE has no effect without USERS: set both, as in USERS=50 SPAWN_RATE=5"
}

# Zero would mean an attack without end.
check_duration() {
    [[ $DURATION =~ ^($time)+$ && $DURATION == *[1-9]* ]] ||
        fail "bad DURATION '$DURATION': expected a time above zero with its unit, as in 1m30s"
}

# Accepts a folder, or its stream. Every stream begins with the marker of an Arrow message.
check_baseline() {
    baseline=$BASELINE
    [ ! -d "$baseline" ] || baseline=${BASELINE%/}/results.arrow
    check_file BASELINE "$baseline" 'the folder of an earlier run with its results.arrow'
    [ "$(head -c 4 "$baseline" | od -An -tx1 | tr -d ' \n')" = ffffffff ] ||
        fail "BASELINE '$baseline' is not a stream of results: expected results.arrow of an earlier run"
}

# The message does not quote FLAGS, which may contain secrets.
check_flags() {
    local flag
    words <<<"$FLAGS" >/dev/null 2>&1 || fail "bad FLAGS: a quote is not closed"
    while read -r flag; do
        case ${flag/#--/-} in
            -targets | -targets=*) fail "FLAGS contains -targets: use TARGETS instead" ;;
            -flow | -flow=*) fail "FLAGS contains -flow: use SUITE and FLOW instead" ;;
            -users | -users=*) fail "FLAGS contains -users: use USERS instead" ;;
            -base-url | -base-url=*) fail "FLAGS contains -base-url: use HOST instead" ;;
            -output | -output=*) fail "FLAGS contains -output: results are saved in reports/" ;;
            -dry-run*) fail "FLAGS contains -dry-run: use 'attack -dry-run' instead" ;;
        esac
    done < <(words <<<"$FLAGS")
    [[ $(words <<<"$FLAGS") == -* ]] || fail "bad FLAGS: expected flags of attack, as in -timeout=5s"
}

# Prints words, which may be quoted, one per line.
words() {
    xargs printf '%s\n' | sed '/^$/d'
}

suite=${SUITE:-}
profile=${PROFILE:-smoke}
baseline=
check_suite
check_flows
check_targets
check_thresholds
check_routes
[ -z "${HOST:-}" ] || check_host
[ -z "${SCALE:-}" ] || check_scale
[ -z "${RATE:-}" ] || check_rate
[ -z "${USERS:-}" ] || check_users
[ -z "${SPAWN_RATE:-}" ] || check_spawn_rate
[ -z "${DURATION:-}" ] || check_duration
[ -z "${BASELINE:-}" ] || check_baseline
[ -z "${FLAGS:-}" ] || check_flags
