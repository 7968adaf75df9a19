/** What the page of `renderAttention` does: plain JavaScript, which runs in the reader's browser. */
export const pageScript = `(() => {
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (selector) => document.querySelector(selector);
const svgNode = (name, attributes, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return node;
};
const levelOf = (weight) => Math.round(data.levels * weight ** data.exponent);
const shareOf = (byte) => (byte === 255 ? NaN : byte / 254);
const counted = (count, one, many) => count + " " + (count === 1 ? one : many);
const maps = data.maps.map((map) => ({
  ...map,
  bytes: Uint8Array.from(atob(map.weights), (character) => character.charCodeAt(0)),
  size: map.queries.length * map.keys.length,
}));
let map = maps[0];
let head = map.heads.length > 1 ? -1 : 0; // -1: the mean of all
let cursor = null; // { row, column } under the pointer or the keyboard
let pinned = null; // { side, index } a chosen token

function weight(row, column) {
  const at = row * map.keys.length + column;
  if (head >= 0) return shareOf(map.bytes[head * map.size + at]);
  let sum = 0;
  for (let i = at; i < map.bytes.length; i += map.size) sum += shareOf(map.bytes[i]);
  return sum / (map.bytes.length / map.size);
}
const short = (text) => (Array.from(text).length > 12 ? Array.from(text).slice(0, 11).join("") + "…" : text);
const pen = document.createElement("canvas").getContext("2d");
const longest = (texts) => Math.max(...texts.map((text) => pen.measureText(short(text)).width));
const which = () => (head < 0 ? "mean of heads" : "head " + map.heads[head]);

// The heat map
const picture = $(".map");
const scroll = $(".scroll");
let box = null;
function drawMap() {
  pen.font = getComputedStyle(picture).font;
  const left = Math.ceil(longest(map.queries)) + 10;
  const top = Math.ceil(longest(map.keys)) + 10;
  const room = scroll.clientWidth - left - 2;
  const cell = Math.max(12, Math.min(30, Math.floor(room / map.keys.length)));
  box = { left, top, cell };
  const width = left + cell * map.keys.length + 2;
  const height = top + cell * map.queries.length + 2;
  for (const [key, value] of Object.entries({ width, height, viewBox: "0 0 " + width + " " + height })) {
    picture.setAttribute(key, value);
  }
  const cells = svgNode("g", { class: "cells", transform: "translate(" + left + " " + top + ") scale(" + cell + ")" });
  cells.append(svgNode("rect", { class: "ground", width: map.keys.length, height: map.queries.length }));
  const paths = {};
  for (let row = 0; row < map.queries.length; row++) {
    for (let column = 0; column < map.keys.length; column++) {
      const level = levelOf(weight(row, column));
      const name = level >= 0 ? "w" + level : "nan";
      if (level !== 0) paths[name] = (paths[name] || "") + "M" + column + " " + row + "h1v1h-1z";
    }
  }
  for (const name in paths) cells.append(svgNode("path", { class: name, d: paths[name] }));
  const rows = map.queries.map((token, i) =>
    svgNode("text", { x: left - 6, y: top + cell * (i + 0.5), "text-anchor": "end", "data-row": i }, short(token)));
  const columns = map.keys.map((token, j) => {
    const at = left + cell * (j + 0.5) + " " + (top - 6);
    return svgNode("text", { transform: "translate(" + at + ") rotate(-90)", "data-column": j }, short(token));
  });
  const labels = (id, size, texts) => {
    const group = svgNode("g", { id });
    group.append(svgNode("rect", { class: "card", ...size }), ...texts);
    return group;
  };
  picture.replaceChildren(cells,
    svgNode("rect", { class: "band", id: "row-band" }), svgNode("rect", { class: "band", id: "column-band" }),
    svgNode("rect", { class: "cursor", id: "cell" }),
    labels("row-labels", { width: left, height }, rows), labels("column-labels", { width, height: top }, columns),
    labels("corner", { width: left, height: top }, []));
  stick();
  $(".view h2 bdi").textContent = map.name;
  $(".view h2 span").textContent = which();
}

/** Labels stay in sight. */
function stick() {
  const [x, y] = [scroll.scrollLeft, scroll.scrollTop];
  for (const [id, right, down] of [["#row-labels", x, 0], ["#column-labels", 0, y], ["#corner", x, y]]) {
    $(id).setAttribute("transform", "translate(" + right + " " + down + ")");
  }
}
scroll.addEventListener("scroll", stick);
/** Scrolls, if need be, to where a row and a column are beside the labels. */
function reveal(row, column) {
  const within = (now, at, room) => Math.min(at * box.cell, Math.max(now, (at + 1) * box.cell + 2 - room));
  if (row !== null) scroll.scrollTop = within(scroll.scrollTop, row, scroll.clientHeight - box.top);
  if (column !== null) scroll.scrollLeft = within(scroll.scrollLeft, column, scroll.clientWidth - box.left);
}

// Tokens and lines
function drawPair() {
  for (const side of ["queries", "keys"]) {
    $("#" + side).replaceChildren(...map[side].map((token, index) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.side = side;
      button.dataset.index = index;
      button.tabIndex = index === 0 ? 0 : -1;
      button.title = token;
      const text = document.createElement("bdi");
      text.textContent = token;
      button.append(text);
      item.append(button);
      return item;
    }));
  }
  const height = 24 * Math.max(map.queries.length, map.keys.length);
  $(".pair svg").setAttribute("viewBox", "0 0 100 " + height);
  $(".pair svg").style.height = height + "px";
}
function drawLines() {
  const chosen = pinned || (cursor && { side: "queries", index: cursor.row });
  const lines = [];
  for (let row = 0; row < map.queries.length; row++) {
    for (let column = 0; column < map.keys.length; column++) {
      if (chosen && (chosen.side === "queries" ? row : column) !== chosen.index) continue;
      const share = weight(row, column);
      if (!(share >= 0.02)) continue;
      lines.push(svgNode("line", { x1: 0, y1: 24 * row + 11, x2: 100, y2: 24 * column + 11,
        "stroke-opacity": (share ** data.exponent).toFixed(3), "stroke-width": (0.7 + 2.3 * share).toFixed(2) }));
    }
  }
  $(".pair svg").replaceChildren(...lines);
  for (const button of document.querySelectorAll(".pair button")) {
    const { side } = button.dataset;
    const index = Number(button.dataset.index);
    const own = chosen && chosen.side === side;
    button.setAttribute("aria-pressed", String(Boolean(own && pinned && index === chosen.index)));
    const share = !chosen || own ? 0 : side === "keys" ? weight(chosen.index, index) : weight(index, chosen.index);
    button.classList.toggle("looked", share >= 0.02);
    button.style.setProperty("--share", Math.round(100 * Math.sqrt(share || 0)) * 0.7 + "%");
  }
}

// What is told
function say(...words) {
  $("output").replaceChildren(...words.map((word) => {
    if (typeof word === "string") return word;
    const bold = document.createElement("b");
    bold.append(document.createElement("bdi"));
    bold.firstChild.textContent = word[0];
    return bold;
  }));
}
function most(names, weightOf) {
  const order = names.map((name, index) => ({ name, share: weightOf(index) })).sort((a, b) => (b.share || 0) - (a.share || 0));
  return order.slice(0, 3).flatMap(({ name, share }, i) => [i ? ", " : "", [name], " " + share.toFixed(2)]);
}
function show() {
  const marks = { row: cursor && cursor.row, column: cursor && cursor.column };
  if (!cursor && pinned) marks[pinned.side === "queries" ? "row" : "column"] = pinned.index;
  for (const text of picture.querySelectorAll("text")) {
    const row = text.getAttribute("data-row");
    const lit = row === null ? Number(text.getAttribute("data-column")) === marks.column : Number(row) === marks.row;
    text.classList.toggle("lit", lit);
  }
  const { left, top, cell } = box;
  const place = (id, visible, x, y, width, height) => {
    const values = visible ? { x: left + cell * x, y: top + cell * y, width: cell * width, height: cell * height } : {};
    for (const key of ["x", "y", "width", "height"]) $(id).setAttribute(key, values[key] || 0);
  };
  const has = (mark) => typeof mark === "number";
  place("#row-band", has(marks.row), 0, marks.row, map.keys.length, 1);
  place("#column-band", has(marks.column), marks.column, 0, 1, map.queries.length);
  place("#cell", Boolean(cursor), marks.column, marks.row, 1, 1);
  if (cursor) {
    const { row, column } = cursor;
    const where = " (query " + (row + 1) + " of " + map.queries.length + ", key " + (column + 1) + " of " + map.keys.length + ")";
    say([map.queries[row]], " looks at ", [map.keys[column]], " with ", [weight(row, column).toFixed(2)], where);
  } else if (pinned && pinned.side === "queries") {
    say([map.queries[pinned.index]], " looks most at ", ...most(map.keys, (i) => weight(pinned.index, i)));
  } else if (pinned) {
    say([map.keys[pinned.index]], " is looked at most by ", ...most(map.queries, (i) => weight(i, pinned.index)));
  } else {
    const heads = map.heads.length;
    say(counted(map.queries.length, "query", "queries") + " in rows, " + counted(map.keys.length, "key", "keys") + " in columns; " +
      which() + (head < 0 ? " (" + heads + ")" : ""));
  }
  drawLines();
}
function choose(nextMap, nextHead) {
  const other = nextMap !== map;
  [map, head] = [nextMap, nextHead];
  if (other) [cursor, pinned] = [null, null];
  for (const button of document.querySelectorAll(".heads button")) {
    const own = maps[button.dataset.map] === map && Number(button.dataset.head) === head;
    button.setAttribute("aria-pressed", String(own));
  }
  drawMap();
  if (other || !$("#queries").firstChild) drawPair();
  show();
}

// Pointer and keyboard
const clamp = (value, size) => Math.max(0, Math.min(size - 1, value));
function cellAt(event) {
  const frame = picture.getBoundingClientRect();
  const view = scroll.getBoundingClientRect();
  if (event.clientX - view.left < box.left || event.clientY - view.top < box.top) return null; // a label
  const column = Math.floor((event.clientX - frame.left - box.left) / box.cell);
  const row = Math.floor((event.clientY - frame.top - box.top) / box.cell);
  const inside = row >= 0 && column >= 0 && row < map.queries.length && column < map.keys.length;
  return inside ? { row, column } : null;
}
picture.addEventListener("pointermove", (event) => { cursor = cellAt(event); show(); });
picture.addEventListener("pointerleave", () => { cursor = null; show(); });
picture.addEventListener("click", (event) => {
  const at = cellAt(event);
  if (at) pinned = { side: "queries", index: at.row };
  show();
});
picture.addEventListener("focus", () => { if (picture.matches(":focus-visible")) { cursor = cursor || { row: 0, column: 0 }; reveal(cursor.row, cursor.column); show(); } });
picture.addEventListener("blur", () => { cursor = null; show(); });
const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
picture.addEventListener("keydown", (event) => {
  const { row, column } = cursor || { row: 0, column: 0 };
  if (event.key in steps) {
    const [down, right] = steps[event.key];
    cursor = { row: clamp(row + down, map.queries.length), column: clamp(column + right, map.keys.length) };
  } else if (event.key === "Home") cursor = { row, column: 0 };
  else if (event.key === "End") cursor = { row, column: map.keys.length - 1 };
  else if (event.key === "Enter" || event.key === " ") pinned = { side: "queries", index: row };
  else if (event.key === "Escape") [cursor, pinned] = [null, null];
  else return;
  event.preventDefault();
  if (cursor) reveal(cursor.row, cursor.column);
  show();
});
/** One of a group of buttons is in the order of tabs; arrows go from one to the next. */
function rove(group, event, step) {
  const buttons = [...group.querySelectorAll("button")];
  const at = buttons.indexOf(event.target.closest("button"));
  if (at < 0 || !step) return;
  event.preventDefault();
  const next = buttons[clamp(at + step, buttons.length)];
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
}
const stepOf = (event) => (event.key in steps ? steps[event.key][0] + steps[event.key][1] : 0);
for (const heads of document.querySelectorAll(".heads")) {
  heads.addEventListener("keydown", (event) => rove(heads, event, stepOf(event)));
  heads.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(maps[button.dataset.map], Number(button.dataset.head));
  });
}
for (const list of document.querySelectorAll(".pair ol")) {
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { pinned = null; show(); }
    rove(list, event, stepOf(event));
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { side } = button.dataset;
    const index = Number(button.dataset.index);
    pinned = pinned && pinned.side === side && pinned.index === index ? null : { side, index };
    if (pinned) reveal(side === "queries" ? index : null, side === "keys" ? index : null);
    show();
  });
}
let width = 0;
new ResizeObserver(() => {
  const now = scroll.clientWidth;
  if (now === width) return;
  width = now;
  drawMap();
  show();
}).observe(scroll);
choose(map, head);
})();`;
