// The buttons of a chart.

/** How long a button shows the result of a click, in ms. */
const SAID_FOR = 1500;

/** Adds the buttons above a chart. */
function addTools(chart, zoom, live) {
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", `Tools for ${chart.title}`);
  if (chart.isOverTime) tools.append(resetButton(chart, zoom));
  if (chart.hasScales) tools.append(scaleButton(chart, zoom.cursor));
  tools.append(...["svg", "png"].map((kind) => copyButton(chart, kind, live)));
  chart.figure.prepend(tools);
}

function button(label, onClick) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", onClick);
  return made;
}

/** Shows the whole run again; visible only while a part is shown. */
function resetButton(chart, zoom) {
  const made = button("Whole run", () => {
    zoom.show(null);
    // The button is hidden now; move the focus to the chart, so that keys keep working.
    chart.svg.focus({ preventScroll: true });
  });
  made.hidden = true;
  zoom.onChange((window) => { made.hidden = window === null; });
  return made;
}

/** Switches the vertical axis between logarithmic and linear. */
function scaleButton(chart, cursor) {
  const made = button("Log scale", () => {
    chart.isRescaled = !chart.isRescaled;
    chart.draw();
    cursor.refresh();
    made.setAttribute("aria-pressed", chart.isLogarithmic);
  });
  made.setAttribute("aria-pressed", chart.isLogarithmic);
  return made;
}

function copyButton(chart, kind, live) {
  const label = `Copy ${kind.toUpperCase()}`;
  const made = button(label, async () => {
    const word = await copy(chart, kind).catch(() => "Failed");
    made.textContent = word;
    live.textContent = `${chart.title}: ${word.toLowerCase()} as ${kind.toUpperCase()}`;
    setTimeout(() => { made.textContent = label; }, SAID_FOR);
  });
  return made;
}
