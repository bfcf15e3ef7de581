// Prints numbers in the format of the charts' axes.

/** The number format, from the data of the first chart: `decimals` at most, `digits` for numbers below
 *  `small`, and the units of `durations`. */
let numbers = null;

/** Prints a number >= 0 with thousands separators. `decimals` is their maximum number; numbers below
 *  `numbers.small` have significant digits instead. */
function decimal(number, decimals = numbers.decimals) {
  const isSmall = number > 0 && number < numbers.small;
  const digits = isSmall ? numbers.digits - 1 - Math.floor(Math.log10(number)) : decimals;
  const [whole, fraction = ""] = number.toFixed(Math.min(digits, 20)).split(".");
  const kept = fraction.replace(/0+$/, "");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (kept ? `.${kept}` : "");
}

/** Prints a duration in the largest unit that is not longer than the duration: `1.5 ms`. */
function durationLabel(ns) {
  const [unit, name] = numbers.durations.find(([unit]) => ns >= unit) ?? numbers.durations.at(-1);
  return `${decimal(ns / unit)} ${name}`;
}

/** Prints seconds since the first hit: `12.5 s`, or `2 min 5 s` from a minute on. */
function timeLabel(seconds) {
  if (seconds === 0) return "0 s";
  if (seconds < 1) return durationLabel(seconds * 1e9);
  const millis = Math.round(seconds * 1000);
  const parts = [
    [Math.floor(millis / 3.6e6), "h"], [Math.floor((millis % 3.6e6) / 6e4), "min"], [(millis % 6e4) / 1000, "s"],
  ];
  return parts.filter(([count]) => count > 0).map(([count, unit]) => `${decimal(count)} ${unit}`).join(" ");
}

/** Prints seconds as a clock time, without hours if there are none: `12:05`, `3:05.5`. `decimals` is the
 *  number of decimals of the seconds; null omits the seconds. */
function clockLabel(seconds, decimals) {
  const power = 10 ** (decimals ?? 0);
  const whole = Math.round(seconds * power);
  const rest = ((whole % (60 * power)) / power).toFixed(decimals ?? 0);
  const minutes = Math.floor(whole / (60 * power));
  const pair = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(minutes / 60);
  const begin = hours > 0 ? `${decimal(hours)}:${pair(minutes % 60)}` : String(minutes);
  return decimals === null ? begin : `${begin}:${rest.padStart(decimals > 0 ? decimals + 3 : 2, "0")}`;
}

/** Prints the time of day in UTC some seconds after an instant in ms since 1970: `13:10:06.5`. The date
 *  is added if it is not that of the instant. */
function utcLabel(begin, seconds) {
  const [first, [date, time]] = [0, seconds].map((later) =>
    new Date(Math.round(begin + later * 1000)).toISOString().slice(0, -1).split("T"));
  const clock = time.replace(/\.?0+$/, "");
  return date === first[0] ? clock : `${date} ${clock}`;
}

/** Prints a quantile as a percentile, with one digit per nine. */
function percentileLabel(quantile) {
  const digits = Math.max(1, Math.ceil(-Math.log10(1 - quantile)));
  return `p${(quantile * 100).toFixed(Math.min(digits, 9)).replace(/\.?0+$/, "")}`;
}

/** Prints a value of an axis with its unit. */
function valueLabel(value, unit) {
  switch (unit) {
    case "ns": return durationLabel(value);
    case "s": return timeLabel(value);
    case "/s": return `${decimal(value)}/s`;
    case "share": return `${decimal(value * 100)}%`;
    case "quantile": return percentileLabel(value);
    default: return decimal(value);
  }
}
