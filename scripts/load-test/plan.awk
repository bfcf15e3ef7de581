# Applies SCALE, RATE and DURATION to the flags of a plan, one per line.
#
#   RATE      replaces -rate; replaces -stages by a constant rate with their total duration
#   DURATION  replaces -duration; without RATE, changes the times of -stages in proportion
#   SCALE     multiplies -duration and the times of -stages

BEGIN {
    rate = ENVIRON["RATE"]
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

# Ends with a message about a plan whose times are in a CSV file.
function refuse_file(file) {
    problem = "the plan reads its times from '" substr(file, 2) "': set both RATE and DURATION, and no SCALE"
    print "make load-test: " problem >"/dev/stderr"
    failed = 1
    exit 2
}

function stages_changed(stages) {
    if (rate != "" && duration != "") return
    if (stages ~ /^@/ && (rate != "" || duration != "" || scale != 1)) refuse_file(stages)
    if (stages ~ /^@/) {
        print "-stages=" stages
    } else if (rate != "") {
        scaled_stages(stages, scale)
        duration = plain(sum) "s"
    } else if (duration != "") {
        scaled_stages(stages, 1)
        scaled_time(duration, 1)
        print "-stages=" scaled_stages(stages, sum > 0 ? total / sum : 1)
        duration = ""
    } else {
        print "-stages=" scaled_stages(stages, scale)
    }
}

# Both forms of a flag become one: -rate=5 for '-rate 5' and for --rate=5.
/^--?(rate|duration|stages)$/ {
    flag = $0
    if ((getline) > 0) $0 = flag "=" $0
}
/^--(rate|duration|stages)=/ { sub(/^--/, "-") }

/^-stages=/ { stages_changed(substr($0, 9)); next }
/^-rate=/ { if (rate == "") print; next }
/^-duration=/ { if (duration == "") print "-duration=" scaled_time(substr($0, 11), scale); next }
{ print }

END {
    if (!failed && rate != "") print "-rate=" rate
    if (!failed && duration != "") print "-duration=" duration
}
