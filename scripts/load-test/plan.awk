# Applies SCALE, RATE, USERS, SPAWN_RATE and DURATION to the flags of a plan, one per line. Stages
# are those of -stages and of -users.
#
#   RATE        replaces -rate, stages and users by a constant rate; the duration stays
#   USERS       replaces -rate, -arrivals, stages and users by users; the duration stays
#   SPAWN_RATE  makes stages of USERS: this many more per second, then constant for the rest
#   DURATION    replaces -duration; without RATE and USERS, changes the times of stages in proportion
#   SCALE       multiplies -duration and the times of stages

BEGIN {
    rate = ENVIRON["RATE"]
    users = ENVIRON["USERS"]
    spawn_rate = ENVIRON["SPAWN_RATE"]
    duration = ENVIRON["DURATION"]
    scale = ENVIRON["SCALE"] == "" ? 1 : ENVIRON["SCALE"] + 0
    n = split("ns us µs ms s m h", units, " ")
    split("1e-9 1e-6 1e-6 1e-3 1 60 3600", sizes, " ")
    for (i = 1; i <= n; i++) unit_size[units[i]] = sizes[i]
}

# Returns a number without an exponent and without zeros at the end.
function plain(number, text) {
    text = sprintf("%.9f", number)
    sub(/\.?0+$/, "", text)
    return text
}

# Multiplies each number of a time such as 1m30s by a factor. Sets total to its value in s.
function scaled_time(time, factor, scaled, unit) {
    total = 0
    while (match(time, /^[0-9.]+[^0-9.]+/)) {
        unit = substr(time, 1, RLENGTH)
        time = substr(time, RLENGTH + 1)
        scaled = scaled plain(unit * factor)
        total += unit * factor * unit_size[substr(unit, match(unit, /[^0-9.]/))]
        scaled = scaled substr(unit, match(unit, /[^0-9.]/))
    }
    return scaled time
}

# Multiplies the times of stages by a factor. Sets sum to the total duration in s. A time is at the
# start of a stage, and after the last slash of a sine.
function scaled_stages(stages, factor, list, n, i, at, scaled) {
    sum = 0
    n = split(stages, list, ",")
    for (i = 1; i <= n; i++) {
        at = index(list[i], "@")
        scaled = scaled (i > 1 ? "," : "") scaled_time(substr(list[i], 1, at - 1), factor)
        sum += total
        list[i] = substr(list[i], at)
        if (match(list[i], /~.*\//)) {
            scaled = scaled substr(list[i], 1, RSTART + RLENGTH - 1)
            scaled = scaled scaled_time(substr(list[i], RSTART + RLENGTH), factor)
        } else {
            scaled = scaled list[i]
        }
    }
    return scaled
}

# Ends with a message.
function refuse(problem) {
    print "make load-test: " problem >"/dev/stderr"
    failed = 1
    exit 2
}

# Ends with a message about a plan whose times are in a CSV file.
function refuse_file(file, load) {
    load = users != "" ? "USERS" : "RATE"
    refuse("the plan reads its times from '" substr(file, 2) "': set both " load \
        " and DURATION, and no SCALE")
}

# Changes the stages of a flag, -stages or -users.
function stages_changed(flag, stages) {
    if (is_replaced() && duration != "") return
    if (stages ~ /^@/ && (is_replaced() || duration != "" || scale != 1)) refuse_file(stages)
    if (stages ~ /^@/) {
        print flag "=" stages
    } else if (is_replaced()) {
        scaled_stages(stages, scale)
        duration = plain(sum) "s"
    } else if (duration != "") {
        scaled_stages(stages, 1)
        scaled_time(duration, 1)
        print flag "=" scaled_stages(stages, sum > 0 ? total / sum : 1)
        duration = ""
    } else {
        print flag "=" scaled_stages(stages, scale)
    }
}

# Returns whether a variable replaces the load of the plan.
function is_replaced() {
    return rate != "" || users != ""
}

# Prints USERS, with SPAWN_RATE as stages, which have a duration of their own.
function print_users(start, hold) {
    if (spawn_rate == "") {
        print "-users=" users
        return
    }
    if (duration == "") refuse("SPAWN_RATE needs a duration, and the plan has none: set DURATION")
    scaled_time(duration, 1)
    start = users / spawn_rate
    hold = total - start
    # Neither is exact: 7 users at 0.7 per second.
    if (hold < -1e-9)
        refuse("at SPAWN_RATE " spawn_rate ", " users " USERS take " plain(start) \
            "s to start, longer than the duration of " duration ": set a longer DURATION")
    hold = hold < 1e-9 ? "" : "," plain(hold) "s@" users
    print "-users=" plain(start) "s@0.." users hold
    duration = ""
}

# Both forms of a flag become one: -rate=5 for '-rate 5' and for --rate=5.
/^--?(rate|duration|stages|users|arrivals)$/ {
    flag = $0
    if ((getline) > 0) $0 = flag "=" $0
}
/^--(rate|duration|stages|users|arrivals)=/ { sub(/^--/, "-") }

/^-stages=/ { stages_changed("-stages", substr($0, 9)); next }
/^-users=.*@/ { stages_changed("-users", substr($0, 8)); next }
/^-users=/ { if (!is_replaced()) print; next }
/^-rate=/ { if (!is_replaced()) print; next }
/^-arrivals=/ { if (users == "") print; next }
/^-duration=/ { planned = scaled_time(substr($0, 11), scale); next }
{ print }

END {
    if (failed) exit
    if (duration == "") duration = planned
    if (rate != "") print "-rate=" rate
    if (users != "") print_users()
    if (!failed && duration != "") print "-duration=" duration
}
