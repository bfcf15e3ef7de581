// Axes: positions of values, and the ticks of a window of time. The page's data has the steps and the
// formats of ticks, and every axis on its other scale; this file only places them.

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

const HOUR = 3600;

/** The position of a value along an axis: 0 at its lower end, 1 at its upper. */
function placeOn(axis, value) {
  const scaled = SCALED[axis.scale];
  const [from, to] = [scaled(axis.from, axis), scaled(axis.to, axis)];
  return (scaled(value, axis) - from) / (to - from);
}

/** The value at a position along an axis. */
function valueOn(axis, place) {
  const scaled = SCALED[axis.scale];
  const [from, to] = [scaled(axis.from, axis), scaled(axis.to, axis)];
  return UNSCALED[axis.scale](from + place * (to - from));
}

/** The part of a time axis from one second to another.
 *
 *  @param zoom The steps and formats of ticks in the data of the chart.
 */
function timeAxis(axis, zoom, [from, to]) {
  const [step, decimals] = zoom.steps.find(([step]) => (to - from) / step <= zoom.most) ?? zoom.steps.at(-1);
  const { unit, name, clock } = zoom.formats.find(({ below }) => below === undefined || step < below);
  const ticksAs = (label) => multiples(from, to, step).map((at) => [at, label(at)]);
  if (clock === undefined || to < clock.from) {
    const ticks = ticksAs((at) => decimal(at / unit, Math.max(numbers.decimals, decimals)));
    return { ...axis, from, to, ticks, name };
  }
  const ticks = ticksAs((at) => clockLabel(at, clock.hasSeconds ? decimals : null));
  return { ...axis, from, to, ticks, name: clock.names[to < HOUR ? 0 : 1] };
}

/** The multiples of a step in a range, ends included. */
function multiples(from, to, step) {
  const found = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to + step * 1e-9; n += 1) {
    found.push(n * step);
  }
  return found;
}
