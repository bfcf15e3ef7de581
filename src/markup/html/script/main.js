// Makes the charts and tables of a page interactive. Without this script they are complete.

const HINT = "Point at a chart for its values, drag along the time axis to zoom all charts, double-click for "
  + "the whole run; entries of a legend switch lines on and off. By keys: arrows, Home and End read values, + and - zoom, "
  + "Escape shows the whole run.";

/** Finds the charts of the page and makes them interactive. */
function enableCharts() {
  // A chart without results has no frame, and no values to show.
  const figures = [...document.querySelectorAll("figure")].filter((one) => one.querySelector("g.frame"));
  if (figures.length === 0) return;
  const live = document.createElement("p");
  live.className = "unseen";
  live.setAttribute("aria-live", "polite");
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.id = "hint";
  hint.textContent = HINT;
  figures[0].before(hint, live);
  const charts = figures.map((figure) => new Chart(figure));
  const cursor = new Cursor(charts, live);
  const zoom = new Zoom(charts, cursor);
  zoom.onChange((window) => {
    live.textContent = window ? `Shown: ${window.map(timeLabel).join(" to ")}` : "Shown: the whole run";
  });
  charts.forEach((chart) => {
    // A browser would show the title of a drawing at the pointer, on top of the values.
    chart.svg.querySelector("title").remove();
    const attributes = { tabindex: 0, role: "group", "aria-label": chart.title, "aria-describedby": hint.id };
    Object.entries(attributes).forEach(([key, value]) => chart.svg.setAttribute(key, value));
    enableLegend(chart);
    addTools(chart, zoom, live);
  });
  fitAll(charts, cursor);
}

/** Keeps charts as wide as their figures; on paper, they are the original drawings. */
function fitAll(charts, cursor) {
  const paper = matchMedia("print");
  const fit = (isPaper) => {
    charts.forEach((chart) => chart.fit(isPaper ? null : chart.figure.clientWidth));
    cursor.refresh();
  };
  paper.addEventListener("change", () => fit(paper.matches));
  addEventListener("beforeprint", () => fit(true));
  addEventListener("afterprint", () => fit(false));
  addEventListener("resize", () => fit(paper.matches));
  fit(paper.matches);
}

document.querySelectorAll(".table table").forEach(enableSorting);
enableCharts();
document.documentElement.classList.add("live");
