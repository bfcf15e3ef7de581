#!/usr/bin/env bash
# Attacks a host with the load of a suite and a profile, and saves the results in reports/.
#
# usage: load-test.sh [check]
# 'check' validates the variables, prints the flags of attack, and starts nothing.
#
#   SUITE       folder of targets/, or a path to a folder with the same layout (targets/README.md);
#               empty: targets/api.txt, without thresholds
#   PROFILE     line of the suite's plans.txt; default: smoke
#   FLOW        names of flows of the suite, with spaces or commas between them; empty: all flows
#   HOST        URL to attack, e.g. http://10.0.0.5:8000; empty: a local 'drumfire serve'
#   SCALE       factor for all times of the plan, e.g. 0.1
#   RATE        constant rate, which overrides the load of the plan
#   USERS       number of users, a closed loop that overrides the load of the plan
#   SPAWN_RATE  users that start per second, until there are USERS; empty: all at once
#   DURATION    overrides the duration of the plan; without RATE and USERS, stages keep their shape
#   FLAGS       additional flags of attack, quoted as for a shell
#   TARGETS     overrides the suite's list; URLs begin with http://127.0.0.1:8080 or with /
#   ROUTES      overrides the suite's routes for the local server
#   BASELINE    folder with the results.arrow of an earlier run, for a comparison
#   DRUMFIRE    path of the program
#
# Exits with 99 if a threshold was missed or -abort ended the attack, and with 1 if no request
# succeeded.
set -euo pipefail

folder_of_script=$(dirname "${BASH_SOURCE[0]}")
. "$folder_of_script/load-test/variables.sh"
drumfire=${DRUMFIRE:-target/release/drumfire}

# Prints the flags of a line of plans.txt, one per line.
plan_of() {
    line=$1 awk '$1 == ENVIRON["line"] { sub(/^[^[:space:]]+/, ""); print }' "$home/plans.txt" |
        words 2>/dev/null || fail "the line '$1' of $home/plans.txt has a quote that is not closed"
}

plan=$(plan_of all && plan_of "$profile") || exit
plan=$(LC_ALL=C awk -f "$folder_of_script/load-test/plan.awk" <<<"$plan") || exit
mapfile -t flags < <(
    sed '/^$/d' <<<"$plan"
    words <<<"${FLAGS:-}"
)
if [[ ${RATE:-} =~ ^([0.]+(/.*)?|infinity)$ && " ${flags[*]}" != *-max-workers* ]]; then
    fail "RATE '$RATE' has no limit: expected a rate above zero, or FLAGS with -max-workers"
fi

if [ "${1:-}" = check ]; then
    printf '%s\n' "${flags[@]}"
    exit
fi
. "$folder_of_script/load-test/run.sh"
