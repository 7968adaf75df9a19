(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  root.classList.add("js");

  // Colours: as the system has them, light, or dark
  const themes = [...document.querySelectorAll("[data-theme]")];
  for (const button of themes) {
    button.addEventListener("click", () => {
      root.dataset.theme = button.dataset.theme;
      for (const other of themes) other.setAttribute("aria-pressed", String(other === button));
      for (const card of cards) card.drawHeads();
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const card of cards) card.drawHeads();
  });

  const together = document.querySelector(".together input");
  const levelOf = (weight) => Math.round(data.levels * weight ** data.exponent);
  const shareOf = (byte) => (byte === 255 ? 0 : byte / 254); // 255 is NaN
  const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

  /** The colours of the steps as they are now, read from a probe, for the small pictures of the heads. */
  function colours() {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.hidden = true;
    const list = Array.from({ length: data.levels + 1 }, (_, level) => {
      probe.className = `w${level}`;
      return getComputedStyle(probe).backgroundColor.match(/\d+/g).map(Number);
    });
    probe.remove();
    return list;
  }

  class Card {
    constructor(element, example) {
      this.example = example;
      this.sources = example.source.length;
      this.targets = example.target.length;
      this.weights = example.layers.map((layer) => bytesOf(layer.weights));
      this.layer = example.layers.length - 1;
      this.head = -1; // the average
      this.table = element.querySelector("table");
      this.output = element.querySelector("output");
      this.columns = [...this.table.querySelectorAll("th[scope=col]")];
      this.rows = [...this.table.querySelectorAll("th[scope=row]")];
      this.cells = [...this.table.querySelectorAll("tbody td")];
      this.layerButtons = [...element.querySelectorAll("[data-layer]")];
      this.headGroup = element.querySelector(".heads");
      this.table.setAttribute("role", "grid");
      for (const row of this.table.rows) row.setAttribute("role", "row");
      for (const header of this.columns) header.setAttribute("role", "columnheader");
      for (const header of this.rows) header.setAttribute("role", "rowheader");
      for (const [index, cell] of this.cells.entries()) {
        cell.setAttribute("role", "gridcell");
        cell.tabIndex = index === 0 ? 0 : -1;
      }
      for (const [index, button] of this.layerButtons.entries()) {
        button.addEventListener("click", () => choose(this, index, this.head));
      }
      this.table.addEventListener("pointerover", (event) => this.point(event.target));
      this.table.addEventListener("pointerleave", () => this.leave());
      this.table.addEventListener("focusin", (event) => this.point(event.target));
      this.table.addEventListener("focusout", () => this.leave());
      this.table.addEventListener("keydown", (event) => this.move(event));
      this.show(this.layer, this.head);
    }

    /** Weight of target t on source s in a head, or on average. */
    weight(t, s, head = this.head) {
      const bytes = this.weights[this.layer];
      const size = this.targets * this.sources;
      const at = t * this.sources + s;
      if (head >= 0) return shareOf(bytes[head * size + at]);
      let sum = 0;
      for (let i = at; i < bytes.length; i += size) sum += shareOf(bytes[i]);
      return sum / (bytes.length / size);
    }

    show(layer, head) {
      const heads = this.example.layers[layer].heads;
      this.layer = layer;
      this.head = head < heads ? head : -1;
      for (let t = 0; t < this.targets; t++) {
        const row = Array.from({ length: this.sources }, (_, s) => this.weight(t, s));
        const most = row.indexOf(Math.max(...row));
        for (const [s, weight] of row.entries()) {
          const cell = this.cells[t * this.sources + s];
          cell.className = `w${levelOf(weight)}${s === most ? " most" : ""}`;
          cell.textContent = weight.toFixed(2);
        }
      }
      for (const [index, button] of this.layerButtons.entries()) {
        button.setAttribute("aria-pressed", String(index === this.layer));
      }
      this.drawHeads();
      this.leave();
    }

    /** A small picture of each head to choose from. */
    drawHeads() {
      const palette = colours();
      const heads = this.example.layers[this.layer].heads;
      const choices = Array.from({ length: heads === 1 ? 0 : heads + 1 }, (_, i) => i - 1);
      while (this.headGroup.children.length > choices.length) this.headGroup.lastChild.remove();
      for (const [index, head] of choices.entries()) {
        let button = this.headGroup.children[index];
        if (!button) {
          button = document.createElement("button");
          button.type = "button";
          button.append(document.createElement("canvas"), head < 0 ? "average" : `head ${head + 1}`);
          button.addEventListener("click", () => choose(this, this.layer, head));
          this.headGroup.append(button);
        }
        button.setAttribute("aria-pressed", String(head === this.head));
        const canvas = button.firstChild;
        canvas.width = this.sources;
        canvas.height = this.targets;
        const context = canvas.getContext("2d");
        const image = context.createImageData(this.sources, this.targets);
        for (let t = 0; t < this.targets; t++) {
          for (let s = 0; s < this.sources; s++) {
            const colour = palette[levelOf(this.weight(t, s, head))];
            image.data.set([...colour.slice(0, 3), 255], 4 * (t * this.sources + s));
          }
        }
        context.putImageData(image, 0, 0);
      }
    }

    point(target) {
      const element = target.closest("td, th");
      const cell = this.cells.indexOf(element);
      if (cell >= 0) return this.light(Math.floor(cell / this.sources), cell % this.sources);
      const row = this.rows.indexOf(element);
      const column = this.columns.indexOf(element);
      if (row >= 0 || column >= 0) this.light(row, column);
    }

    /** Marks a row, a column or both (-1 is none), and says what is there. */
    light(t, s) {
      this.table.classList.add("hot");
      for (const [i, header] of this.rows.entries()) header.classList.toggle("lit", i === t);
      for (const [i, header] of this.columns.entries()) header.classList.toggle("lit", i === s);
      for (const [i, cell] of this.cells.entries()) {
        const inRow = Math.floor(i / this.sources) === t;
        const inColumn = i % this.sources === s;
        cell.classList.toggle("lit", inRow || inColumn);
        cell.classList.toggle("here", inRow && inColumn);
      }
      const { source, target } = this.example;
      if (t >= 0 && s >= 0) {
        const weight = this.weight(t, s).toFixed(2);
        this.cells[t * this.sources + s].setAttribute(
          "aria-label",
          `${target[t]} on ${source[s]}: ${weight}`,
        );
        const places = `written ${t + 1} of ${this.targets}, read ${s + 1} of ${this.sources}`;
        this.say([target[t]], " looks at ", [source[s]], " with ", [weight], ` (${places})`);
      } else if (t >= 0) {
        this.say([target[t]], " looks most at ", ...this.most(source, (i) => this.weight(t, i)));
      } else {
        this.say([source[s]], " is looked at most by ", ...this.most(target, (i) => this.weight(i, s)));
      }
    }

    /** The three names with the largest weights. */
    most(names, weightOf) {
      const order = names.map((name, i) => ({ name, weight: weightOf(i) }));
      order.sort((a, b) => b.weight - a.weight);
      return order
        .slice(0, 3)
        .flatMap(({ name, weight }, i) => [i ? ", " : "", [name], ` ${weight.toFixed(2)}`]);
    }

    leave() {
      this.table.classList.remove("hot");
      for (const lit of this.table.querySelectorAll(".lit, .here")) lit.classList.remove("lit", "here");
      const { name, heads } = this.example.layers[this.layer];
      const which = this.head >= 0 ? `head ${this.head + 1} of ${heads}` : `average of ${heads} heads`;
      this.say(`${name}, ${heads === 1 ? "one head" : which}`);
    }

    /** Words, and words in brackets that are set off and kept apart from their neighbours' direction. */
    say(...words) {
      this.output.replaceChildren(
        ...words.map((word) => {
          if (typeof word === "string") return word;
          const bold = document.createElement("b");
          bold.append(document.createElement("bdi"));
          bold.firstChild.textContent = word[0];
          return bold;
        }),
      );
    }

    move(event) {
      const at = this.cells.indexOf(event.target);
      if (at < 0) return;
      const down = getComputedStyle(this.table).gridAutoFlow.includes("column");
      const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
      let t = Math.floor(at / this.sources);
      let s = at % this.sources;
      if (event.key in steps) {
        const [vertical, horizontal] = steps[event.key];
        t += down ? horizontal : vertical;
        s += down ? vertical : horizontal;
      } else if (event.key === "Home") s = 0;
      else if (event.key === "End") s = this.sources - 1;
      else return;
      event.preventDefault();
      t = Math.min(Math.max(t, 0), this.targets - 1);
      s = Math.min(Math.max(s, 0), this.sources - 1);
      const next = this.cells[t * this.sources + s];
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
  }

  const cards = [...document.querySelectorAll(".example")].map(
    (element, index) => new Card(element, data.examples[index]),
  );

  function choose(card, layer, head) {
    for (const one of together.checked ? cards : [card]) {
      if (layer < one.weights.length) one.show(layer, head);
    }
  }

  // Curves: the nearest point to the pointer, or the next one by arrow key
  for (const figure of document.querySelectorAll("[data-curve]")) {
    const kind = figure.dataset.curve;
    const svg = figure.querySelector("svg");
    const points = data.metrics.filter((point) => typeof point[kind] === "number");
    const [first, last] = [points[0].step, points[points.length - 1].step];
    let at = points.length - 1;
    const show = (index) => {
      at = Math.min(Math.max(index, 0), points.length - 1);
      const value = points[at][kind];
      const text = kind === "accuracy" ? `${(100 * value).toFixed(1)} %` : value.toPrecision(3);
      figure.querySelector("output").textContent = `${text} at step ${points[at].step.toLocaleString("en")}`;
      const x = (1000 * (points[at].step - first)) / Math.max(last - first, 1);
      svg.querySelector(".cursor").setAttribute("d", `M${x} 0V1000`);
    };
    const clear = () => {
      figure.querySelector("output").textContent = "";
      svg.querySelector(".cursor").setAttribute("d", "");
    };
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const step = first + ((event.clientX - box.left) / box.width) * (last - first);
      const distances = points.map((point) => Math.abs(point.step - step));
      show(distances.indexOf(Math.min(...distances)));
    });
    svg.addEventListener("pointerleave", clear);
    svg.addEventListener("focus", () => show(at));
    svg.addEventListener("blur", clear);
    svg.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      event.preventDefault();
      show(at + (event.key === "ArrowRight" ? 1 : -1));
    });
  }
})();
