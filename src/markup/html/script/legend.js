// The legend: its entries switch series on and off.

/** Turns the entries of a chart's legend into switches. */
function enableLegend(chart) {
  const entries = [...chart.svg.querySelectorAll("g.entry")];
  const used = new Set(chart.panels.flatMap(({ data }) => data.series.flatMap((series) => series.entries)));
  entries.forEach((entry, idx) => {
    if (used.has(idx)) enableEntry(chart, entry, idx);
  });
}

function enableEntry(chart, entry, idx) {
  const attributes = { role: "switch", tabindex: 0, "aria-checked": true };
  Object.entries(attributes).forEach(([key, value]) => entry.setAttribute(key, value));
  // The gap between the sign and the label is part of the switch.
  const { x, y, width, height } = entry.getBBox();
  entry.prepend(element("rect", { class: "ground", x: x - 6, y: y - 3, width: width + 12, height: height + 6, fill: "none", "pointer-events": "all" }));
  const toggle = () => {
    chart.toggle(idx);
    entry.setAttribute("aria-checked", !chart.off.has(idx));
  };
  entry.addEventListener("click", toggle);
  entry.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    toggle();
  });
}
