// Axes: where values are on them, where they have marks, and the axes that can stand in for others.

const SCALED = {
  linear: (value) => value,
  logarithmic: (value, axis) => Math.log10(Math.max(value, axis.from)),
  nines: (value, axis) => -Math.log10(1 - Math.min(value, axis.to)),
};

const UNSCALED = {
  linear: (scaled) => scaled,
  logarithmic: (scaled) => 10 ** scaled,
  nines: (scaled) => 1 - 10 ** -scaled,
};

/** Units of an axis of time: length in seconds, name, and from how many seconds on they fit. */
const TIME_UNITS = [
  [3600, "hours", 10800], [60, "minutes", 180], [1, "seconds", 1],
  [1e-3, "milliseconds", 1e-3], [1e-6, "microseconds", 0],
];

/** Steps between the marks of an axis in hours, minutes or seconds; round numbers elsewhere. */
const TIME_STEPS = {
  3600: [0.25, 0.5, 1, 2, 3, 6, 12, 24, 48],
  60: [0.25, 0.5, 1, 2, 5, 10, 15, 30],
  1: [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30],
};

const MOST_TIME_MARKS = 10;
const MOST_MARKS = 6;

/** Seconds from which on a run is too long for people to count it in seconds. */
const CLOCK_FROM = 180;

/** How far along an axis a value is: 0 at its lower end, 1 at its upper. */
function placeOn(axis, value) {
  const scaled = SCALED[axis.scale];
  const [from, to] = [scaled(axis.from, axis), scaled(axis.to, axis)];
  return (scaled(value, axis) - from) / (to - from);
}

/** The value so far along an axis. */
function valueOn(axis, place) {
  const scaled = SCALED[axis.scale];
  const [from, to] = [scaled(axis.from, axis), scaled(axis.to, axis)];
  return UNSCALED[axis.scale](from + place * (to - from));
}

/** The part of an axis of time from one second to another. */
function timeAxis(axis, [from, to], isSmall) {
  const most = isSmall ? 4 : MOST_TIME_MARKS;
  // Far into a run, fractions of a second would have too many digits to be told apart.
  const span = to < 1 ? to - from : Math.max(to - from, 1);
  const [unit, name] = TIME_UNITS.find(([, , least]) => span >= least) ?? TIME_UNITS.at(-1);
  const range = (to - from) / unit;
  const natural = (TIME_STEPS[unit] ?? []).find((step) => range / step <= most);
  const isLong = natural !== undefined && range / natural >= most / 3;
  const step = isLong ? natural : roundStep(range, most);
  const places = multiples(from / unit, to / unit, step);
  if (to < CLOCK_FROM || unit === 3600 || (unit === 60 && to < 3600)) {
    const ticks = places.map((at) => [at * unit, decimal(at, Math.max(3, decimalsOf(step)))]);
    return { ...axis, from, to, ticks, name: `${name} since the first hit` };
  }
  const decimals = unit === 60 ? null : decimalsOf(step);
  const ticks = places.map((at) => [at * unit, clockLabel(at * unit, decimals)]);
  const parts = ["hours", "minutes", "seconds"].slice(to < 3600 ? 1 : 0, unit === 60 ? 2 : 3);
  return { ...axis, from, to, ticks, name: `${parts.join(":")} since the first hit` };
}

/** An axis on the other scale, logarithmic or linear, that holds all from `least` to `most`, and has
 *  room for so many marks. */
function rescaled(axis, [least, most], room) {
  const label = (at) => (axis.unit === "ns" && at > 0 ? durationLabel(at) : decimal(at));
  const name = axis.name.replace(", logarithmic", "");
  if (axis.scale === "logarithmic") {
    const step = roundStep(most, MOST_MARKS);
    const to = Math.ceil((most * 1.02) / step) * step;
    const ticks = multiples(0, to, step).map((at) => [at, label(at)]);
    return { ...axis, from: 0, to, ticks, name, scale: "linear" };
  }
  const [from, to] = roundEnds(least, most);
  const ticks = logarithmicMarks(from, to, room).map((at) => [at, label(at)]);
  return { ...axis, from, to, ticks, name: `${name}, logarithmic`, scale: "logarithmic" };
}

/** The smallest of 1, 2, 5, 10, … and their decimal parts that goes at most `most` times into it. */
function roundStep(range, most) {
  const least = (range / most) * (1 - 1e-9);
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}

/** Decimals that tell the multiples of a step apart. */
function decimalsOf(step) {
  const isWhole = (digits) => Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6;
  return Array.from({ length: 12 }, (_, digits) => digits).find(isWhole) ?? 12;
}

/** The multiples of a step from one number to another, ends included. */
function multiples(from, to, step) {
  const found = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + step * 1e-9; n += 1) {
    found.push(n * step);
  }
  return found;
}

/** 1, 2 and 5 times each power of ten that may be needed, rising. */
function roundNumbers() {
  const powers = Array.from({ length: 28 }, (_, idx) => idx - 9);
  return powers.flatMap((power) => [1, 2, 5].map((factor) => Number(`${factor}e${power}`)));
}

function roundEnds(least, most) {
  const numbers = roundNumbers();
  const from = numbers.findLast((end) => end <= least * (1 + 1e-9)) ?? numbers[0];
  const to = numbers.find((end) => end >= most * (1 - 1e-9) && end > from);
  return [from, to ?? from * 10];
}

/** Marks of a logarithmic axis: 1, 2 and 5 of each power of ten where there is room for so many, else
 *  the powers alone, or every second or third of them. */
function logarithmicMarks(from, to, room) {
  const isOn = (number) => number >= from * (1 - 1e-9) && number <= to * (1 + 1e-9);
  const all = roundNumbers().filter(isOn);
  if (to / from < 1e4 && all.length <= room) return all;
  const powers = all.filter((number) => Math.abs(Math.log10(number) - Math.round(Math.log10(number))) < 1e-9);
  const each = Math.ceil(powers.length / room);
  return powers.filter((number) => Math.round(Math.log10(number)) % each === 0);
}
