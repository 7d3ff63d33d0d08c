"use strict";
// A click on a head sorts by its column, a second one the other way round; empty cells stay last.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.firstElementChild.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => compare(a.cells[column].dataset.key, b.cells[column].dataset.key, down ? -1 : 1));
      table.tBodies[0].append(...rows);
    });
  });
}

function compare(a, b, sign) {
  if (a === "" || b === "") return (a === "") - (b === "");
  const numbers = [Number(a), Number(b)];
  if (numbers.some(Number.isNaN)) return sign * a.localeCompare(b);
  return sign * (numbers[0] - numbers[1]);
}
