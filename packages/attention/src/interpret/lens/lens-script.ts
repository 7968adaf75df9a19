/** What the page of `renderLens` does: plain JavaScript. One cell is in the order of tabs; keys go from one to the next. */
export const lensScript = `(() => {
"use strict";
const rows = [...document.querySelectorAll(".scroll>table>tbody>tr")].map((row) => [...row.querySelectorAll("td[tabindex]")]);
const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], Home: [0, -Infinity], End: [0, Infinity] };
const clamp = (value, size) => Math.max(0, Math.min(size - 1, value));
let current = null;
function become(cell) {
  if (current) current.tabIndex = -1;
  current = cell;
  current.tabIndex = 0;
}
for (const cell of rows.flat()) cell.tabIndex = -1;
if (rows[0].length > 0) become(rows[0][0]);
const table = document.querySelector(".scroll>table");
table.addEventListener("focusin", (event) => become(event.target.closest("td[tabindex]")));
table.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.activeElement.blur();
  if (!(event.key in steps)) return;
  event.preventDefault();
  const row = rows.findIndex((cells) => cells.includes(current));
  const [down, right] = steps[event.key];
  const next = rows[clamp(row + down, rows.length)];
  next[clamp(rows[row].indexOf(current) + right, next.length)].focus();
});
})();`;
