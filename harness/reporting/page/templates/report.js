"use strict";
// Tables sort by the clicked heading: numbers by value, undefined ones last, the rest as text.
function sortBy(table, column, descending) {
  const key = (row) => row.cells[column].dataset.key ?? "";
  const number = (text) => (text === "" ? NaN : Number(text));
  const rows = [...table.tBodies[0].rows];
  const numeric = rows.every((row) => key(row) === "" || !Number.isNaN(number(key(row))));
  rows.sort((a, b) => {
    if (!numeric) return key(a).localeCompare(key(b)) * (descending ? -1 : 1);
    const [x, y] = [number(key(a)), number(key(b))];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return x === y ? 0 : (x < y ? -1 : 1) * (descending ? -1 : 1);
  });
  table.tBodies[0].append(...rows);
}
for (const table of document.querySelectorAll("table")) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sortBy(table, column, descending);
    });
  });
}
// The theme follows the system until the reader chooses.
const theme = document.getElementById("theme");
const dark = matchMedia("(prefers-color-scheme: dark)");
const shown = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
const label = () => { theme.textContent = shown() === "dark" ? "Light theme" : "Dark theme"; };
theme.hidden = false;
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = shown() === "dark" ? "light" : "dark";
  label();
});
dark.addEventListener("change", label);
label();
