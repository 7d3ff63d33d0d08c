"use strict";
// A click on a head sorts by its column, a second one the other way round; empty cells stay last.
// Numbers begin with the largest, unless their head says otherwise; text begins with A.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.firstElementChild.addEventListener("click", () => {
      const rising = "rising" in head.dataset || isText(table, column);
      const order = head.getAttribute("aria-sort") ?? (rising ? "descending" : "ascending");
      const up = order === "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      for (const body of table.tBodies) sortRows(body, column, up ? 1 : -1);
    });
  });
}

function isText(table, column) {
  const keys = [...table.querySelectorAll("tbody tr")].map((row) => row.cells[column]?.dataset.key);
  return Number.isNaN(Number(keys.find(Boolean) ?? ""));
}

// The line that names a group stays its first.
function sortRows(body, column, sign) {
  const rows = [...body.rows].filter((row) => row.cells.length > column && row.cells[0].scope !== "rowgroup");
  rows.sort((a, b) => compare(a.cells[column].dataset.key, b.cells[column].dataset.key, sign));
  body.append(...rows);
}

function compare(a, b, sign) {
  if (a === "" || b === "") return (a === "") - (b === "");
  const numbers = [Number(a), Number(b)];
  if (numbers.some(Number.isNaN)) return sign * a.localeCompare(b);
  return sign * (numbers[0] - numbers[1]);
}
