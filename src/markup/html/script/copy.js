// Exports a chart as it is shown: to the clipboard, or to a file if the clipboard is unavailable.

/** Pixels of the image per CSS pixel at full size. */
const SHARPNESS = 2;

/** The chart as a standalone SVG document, without parts that only the page needs. */
function svgOf(chart) {
  const copy = chart.svg.cloneNode(true);
  copy.querySelectorAll("rect.ground").forEach((one) => one.remove());
  // Hidden entries are pale because of the page's style sheet, which the document lacks.
  copy.querySelectorAll("[aria-checked=false]").forEach((entry) => entry.setAttribute("opacity", 0.35));
  copy.querySelectorAll("[role=switch]").forEach((one) => {
    ["role", "tabindex", "aria-checked"].forEach((name) => one.removeAttribute(name));
  });
  ["tabindex", "aria-label", "aria-describedby"].forEach((name) => copy.removeAttribute(name));
  copy.setAttribute("role", "img");
  const title = element("title");
  title.textContent = chart.title;
  copy.prepend(title);
  return new XMLSerializer().serializeToString(copy);
}

/** The chart as an image. */
async function pngOf(chart) {
  const { width, height } = chart.svg.viewBox.baseVal;
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(chart))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height].map((length) => (length / 2) * SHARPNESS);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
}

/** Copies a chart, and returns the result in one word. */
async function copy(chart, kind) {
  const blob = kind === "svg" ? Promise.resolve(new Blob([svgOf(chart)], { type: "image/svg+xml" })) : pngOf(chart);
  try {
    if (kind === "svg") await navigator.clipboard.writeText(await (await blob).text());
    else await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    return "Copied";
  } catch {
    save(await blob, `${chart.name}.${kind}`);
    return "Saved";
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
