// How numbers are written: as on the axes that drumfire draws.

const DURATIONS = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];

/** Prints a number >= 0 with its thousands set apart: with at most three decimals, or below a tenth
 *  with as many as three digits take. */
function decimal(number) {
  const isSmall = number > 0 && number < 0.1;
  const digits = isSmall ? 2 - Math.floor(Math.log10(number)) : 3;
  const [whole, fraction = ""] = number.toFixed(Math.min(digits, 20)).split(".");
  const kept = fraction.replace(/0+$/, "");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (kept ? `.${kept}` : "");
}

/** Prints a duration in the largest unit it has at least one of: `1.5 ms`. */
function durationLabel(ns) {
  const [unit, name] = DURATIONS.find(([unit]) => ns >= unit) ?? DURATIONS.at(-1);
  return `${decimal(ns / unit)} ${name}`;
}

/** Prints seconds since the first hit: `12.5 s`, and from a minute on `2 min 5 s`. */
function timeLabel(seconds) {
  if (seconds < 60) {
    return seconds < 1 ? durationLabel(seconds * 1e9) : `${decimal(seconds)} s`;
  }
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const rest = `${minutes} min ${decimal(seconds % 60)} s`;
  return hours > 0 ? `${decimal(hours)} h ${rest}` : rest;
}

/** Prints a quantile as a percentile, with as many digits as it has nines. */
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
    case "quantile": return percentileLabel(value);
    default: return decimal(value);
  }
}
