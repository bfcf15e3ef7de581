// Redraws parts of a panel between axes that the reader chose. Styles are copied from the original
// drawing, so that colors are defined in one place and follow the light or dark setting.

const SVG = "http://www.w3.org/2000/svg";

/** Foreground and background of the charts; their style sheets swap them for dark pages. */
const INK = "#1a1c1f";
const PAPER = "#ffffff";

/** Lengths in units of the drawing, two per CSS pixel at full size. */
const TICK = 8;
const GUIDE_LETTERS = 22;
const GUIDE_LABEL = { height: 30, gap: 8 };

/** Creates an SVG element with the given attributes. */
function element(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

/** Returns functions from values to positions in a panel with the given axes, in units of the
 *  drawing. */
function projection({ inside: [left, top, right, bottom], x: whole }, { x, y }) {
  const clamp = (place) => Math.min(Math.max(place, 0), 1);
  const round = (place) => Math.round(place * 10) / 10;
  return {
    // The last bin may end after the end of the axis.
    x: (value) => round(left + placeOn(x, Math.min(value, whole.to)) * (right - left)),
    y: (value) => round(bottom - clamp(placeOn(y, value)) * (bottom - top)),
  };
}

/** Draws axes, ticks and grid into a frame that drumfire drew; `look` is the style of the
 *  original. */
function drawFrame(frame, look, panel, axes, at) {
  const [left, top, right, bottom] = panel.inside;
  const xs = axes.x.ticks.map(([value, label]) => [at.x(value), label]);
  const ys = axes.y.ticks.map(([value, label]) => [at.y(value), label]);
  const grid = look.grid.cloneNode();
  const level = ys.map(([y]) => `M${left} ${y}H${right}`);
  grid.setAttribute("d", xs.map(([x]) => `M${x} ${bottom}V${top}`).concat(level).join(""));
  const rule = look.rule.cloneNode();
  const ticks = xs.map(([x]) => `M${x} ${bottom}v${TICK}`).concat(ys.map(([y]) => `M${left} ${y}h-${TICK}`));
  rule.setAttribute("d", `M${left} ${top}V${bottom}H${right}${ticks.join("")}`);
  const name = written(look.name, axes.x.name, { x: (left + right) / 2 + look.nameShift, y: bottom + look.nameDrop });
  const labels = xs.map(([x, label]) => written(look.xLabel, label, { x, y: bottom + look.xDrop }))
    .concat(ys.map(([y, label]) => written(look.yLabel, label, { x: left - look.yGap, y: y + look.drop })));
  frame.replaceChildren(name, grid, rule, ...labels);
  // The time axis of a narrow chart has space for the unit only.
  if (name.getComputedTextLength() > right - left + look.yGap) name.textContent = axes.x.name.split(" since ")[0];
}

/** The style of a frame that drumfire drew. */
function lookOf(frame, { inside: [left, , right, bottom] }) {
  const [name, ...texts] = frame.querySelectorAll("text");
  const [grid, rule] = frame.querySelectorAll("path");
  const yLabel = texts.find((text) => text.getAttribute("text-anchor") === "end");
  const xLabel = texts.find((text) => text.getAttribute("text-anchor") === "middle");
  const letters = Number(yLabel.getAttribute("font-size"));
  const [nameShift, nameDrop] = [numberOf(name, "x") - (left + right) / 2, numberOf(name, "y") - bottom];
  const [xDrop, yGap] = [numberOf(xLabel, "y") - bottom, left - numberOf(yLabel, "x")];
  return { name, grid, rule, xLabel, yLabel, nameShift, nameDrop, xDrop, yGap, drop: Math.round(0.35 * letters) };
}

function numberOf(node, attribute) {
  return Number(node.getAttribute(attribute));
}

/** A copy of a text element with another text at another position. */
function written(look, words, places) {
  const text = look.cloneNode();
  Object.entries(places).forEach(([key, value]) => text.setAttribute(key, value));
  text.textContent = words;
  return text;
}

/** Draws a series into the group of its original drawing. */
function drawSeries(group, series, panel, at) {
  switch (series.drawn) {
    case "steps": return drawLines(group, stairs(series.y, panel.slices[series.slices], at));
    case "line": return drawLines(group, [series.x.map((x, idx) => [at.x(x), at.y(series.y[idx])])]);
    case "band": return drawBand(group, series, panel.slices[series.slices], at);
    case "marks": return drawMarks(group, series, at);
    case "cells": return drawCells(group, series.cells, panel.slices[series.slices], at);
  }
}

function pathOf(places) {
  return places.map(([x, y], idx) => `${idx ? "L" : "M"}${x} ${y}`).join("");
}

/** Puts lines into the first path of a group; a group without paths stays empty. */
function drawLines(group, lines) {
  const [path, ...others] = group.querySelectorAll("path");
  path?.setAttribute("d", lines.map(pathOf).join(""));
  others.forEach((other) => other.remove());
}

/** The values of bins as steps, one line for each run of bins that touch. */
function stairs(values, [froms, tos], at) {
  const runs = [];
  let end = NaN;
  values.forEach((value, idx) => {
    if (value === null) return;
    const stair = [[at.x(froms[idx]), at.y(value)], [at.x(tos[idx]), at.y(value)]];
    if (froms[idx] === end) runs.at(-1).push(...stair);
    else runs.push(stair);
    end = tos[idx];
  });
  return runs;
}

function drawBand(group, series, slices, at) {
  const [upper, lower] = [series.y, series.low].map((values) => stairs(values, slices, at));
  const paths = [...group.querySelectorAll("path")];
  const fill = paths.find((path) => path.getAttribute("fill") !== "none");
  const edge = paths.find((path) => path.getAttribute("fill") === "none");
  if (!fill) return;
  const areas = upper.map((run, idx) => `${pathOf(run.concat(lower[idx].toReversed()))}z`);
  fill.setAttribute("d", areas.join(""));
  edge.setAttribute("d", upper.map(pathOf).join(""));
  group.replaceChildren(fill, edge);
}

function drawMarks(group, series, at) {
  const places = series.x.map((x, idx) => [at.x(x), at.y(series.y[idx])]);
  if (series.corners) {
    const [first, ...others] = series.corners;
    const steps = others.map(([x, y], idx) => {
      const [fromX, fromY] = series.corners[idx];
      return `l${x - fromX} ${y - fromY}`;
    });
    const marks = places.map(([x, y]) => `M${x + first[0]} ${y + first[1]}${steps.join("")}z`);
    group.querySelector("path")?.setAttribute("d", marks.join(""));
    return;
  }
  group.querySelectorAll("circle").forEach((circle, idx) => {
    circle.setAttribute("cx", places[idx][0]);
    circle.setAttribute("cy", places[idx][1]);
  });
}

/** Draws cells, one path per color; cells of a row that touch are drawn as one. */
function drawCells(group, cells, [froms, tos], at) {
  const rows = cells.edges.slice(1).map((edge, row) => [at.y(edge), at.y(cells.edges[row])]);
  const levels = cells.counts.map((column) => column.map((count) => levelOf(count, cells)));
  const paths = cells.colors.map((color, level) => {
    let d = "";
    rows.forEach(([top, bottom], row) => {
      for (let from = 0; from < levels.length; from += 1) {
        if (levels[from][row] !== level) continue;
        let to = from;
        while (levels[to + 1]?.[row] === level) to += 1;
        d += `M${at.x(froms[from])} ${top}H${at.x(tos[to])}V${bottom}H${at.x(froms[from])}z`;
        from = to;
      }
    });
    return element("path", { fill: color, "shape-rendering": "crispEdges", d });
  });
  group.replaceChildren(...paths);
}

/** The color index of a count, from 1 to the greatest count, logarithmic; -1 for a count of
 *  zero. */
function levelOf(count, { most, colors }) {
  if (count === 0) return -1;
  const share = Math.log(count) / Math.log(Math.max(most, 2));
  return Math.min(Math.floor(share * colors.length), colors.length - 1);
}

/** Draws the guides that are within the axes, each with its label on an opaque background. */
function drawGuides(group, panel, axes, at) {
  if (!group) return;
  const [left, top, right, bottom] = panel.inside;
  const isOn = (axis, value) => value >= axis.from && value <= axis.to;
  const guides = panel.guides.filter(({ x, y }) => isOn(x === undefined ? axes.y : axes.x, x ?? y));
  const lines = guides.map(({ x, y }) =>
    (x === undefined ? `M${left} ${at.y(y)}H${right}` : `M${at.x(x)} ${bottom}V${top}`));
  const look = { fill: "none", stroke: INK, "stroke-width": 2, "stroke-dasharray": "12 6" };
  group.replaceChildren(element("path", { ...look, d: lines.join("") }));
  const taken = [];
  guides.forEach(({ x, y, label }) => {
    const [place, down] = x === undefined ? [left, labelTop(at.y(y), top)] : [at.x(x), top];
    drawLabel(group, label, { place, top: down, isUpright: x !== undefined }, [left, right], taken);
  });
}

/** The top of the label of a horizontal guide: above the line if there is space. */
function labelTop(y, top) {
  const above = y - GUIDE_LABEL.height - GUIDE_LABEL.gap / 2;
  return above < top ? y + GUIDE_LABEL.gap / 2 : above;
}

/** Draws a label to the right of a point, or to its left if there is no space. A label that another one
 *  would cover is drawn next to that one if its guide is horizontal, and otherwise left out. */
function drawLabel(group, label, { place, top, isUpright }, [left, right], taken) {
  const { height, gap } = GUIDE_LABEL;
  const text = element("text", { "font-size": GUIDE_LETTERS, fill: INK });
  text.textContent = label;
  group.append(text);
  const width = shorten(text, Math.max(right - place, place - left) - gap);
  const isTight = place + gap + width > right;
  let x = isTight ? place - gap - width : place + gap;
  const y = top + (isUpright ? gap : 0);
  const covering = () => taken.find((one) => x < one.x + one.width + gap && x + width > one.x && Math.abs(y - one.y) < height);
  while (!isUpright && covering()) x = covering().x + covering().width + gap;
  if (covering() || x + width > right) {
    text.remove();
    return;
  }
  text.setAttribute("x", x);
  text.setAttribute("y", y + height / 2 + 0.35 * GUIDE_LETTERS);
  const paper = { x, y, width, height };
  taken.push(paper);
  text.before(element("rect", { ...paper, fill: PAPER, "fill-opacity": 0.85 }));
}
