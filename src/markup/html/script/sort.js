// Sorts the rows of a table by a column.

/** Turns the column names of a table into buttons that sort its rows. Without the script, rows have
 *  the order of the page. */
function enableSorting(table) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 2) return;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    // A column of drawings has no order.
    if (rows.every((row) => row.cells[column].textContent === "")) return;
    const made = button(head.textContent, () => sortBy(table, head, column));
    made.className = "sort";
    head.replaceChildren(made);
  });
}

/** Sorts by a column: first the greatest number or the first text, then the other way around. */
function sortBy(table, head, column) {
  const isFigure = head.classList.contains("figure");
  const [first, second] = isFigure ? ["descending", "ascending"] : ["ascending", "descending"];
  const order = head.getAttribute("aria-sort") === first ? second : first;
  [...head.parentElement.cells].forEach((cell) => cell.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const [body] = table.tBodies;
  const keyed = [...body.rows].map((row) => [keyOf(row.cells[column], isFigure), row]);
  const isAbsent = (key) => key === null || key === "";
  keyed.sort(([a], [b]) => {
    // Cells without a value come last in either order.
    if (isAbsent(a) || isAbsent(b)) return isAbsent(a) - isAbsent(b);
    return sign * (isFigure ? a - b : a.localeCompare(b, "en", { numeric: true }));
  });
  body.append(...keyed.map(([, row]) => row));
}

/** The exact number in a cell, null without one; or its text. */
function keyOf(cell, isFigure) {
  if (!isFigure) return cell.textContent;
  const data = cell.querySelector("data");
  return data && Number(data.value);
}
