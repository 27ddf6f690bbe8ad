// Drill-down: reading tables; render/content/tables.py describes the files.
"use strict";
(() => {
  const drill = (squash.drill = /** @type {Drill} */ ({}));

  // ---- which tables there are ----
  const readIndex = async (path) => {
    const { first, builds, kinds, parameters, words } = await squash.load(path);
    const valued = ([own, ...values]) => words[own].map(([name, ...about], at) => [name, values[at], ...about]);
    const blobOf = ([kind, digest, rows, own]) => {
      const [name, dataset, filter, metrics] = kinds[kind];
      return { name, dataset, filter, metrics, digest, rows, parameters: valued(parameters[own]) };
    };
    return Object.assign(
      builds.map((build) => ({ ...build, blobs: build.blobs.map(blobOf) })),
      { first },
    );
  };
  drill.kept = async () => (await squash.load("data/tables.js")).kept;
  // Return builds in order of start; from the number `first` on, all builds with tables are there.
  drill.builds = (job) => readIndex(`${job.data}/blobs.js`);
  // A live server, which has all tables, has an index for each block of builds.
  drill.buildsAround = (job, number) => {
    const block = squash.blockOf(number);
    return job.blocks.includes(block) ? readIndex(`${job.data}/blobs-${block}.js`) : Promise.resolve([]);
  };

  // ---- one table ----
  const tables = new Map();
  drill.table = async (digest) => {
    if (!tables.has(digest)) {
      const { fault, rows, columns } = await squash.load(`data/blobs/${digest}.js`);
      if (fault) throw new Error(fault);
      /** @type {[string, TableColumn][]} */
      const read = Object.entries(columns).map(([name, column]) => [
        name,
        { ...column, name, values: column.kind === "word" ? column.data : squash.floats(column.data, column.bits) },
      ]);
      tables.set(digest, { rows, columns: new Map(read) });
    }
    return tables.get(digest);
  };
  drill.isNumeric = (column) => column !== undefined && column.kind !== "word";
  // Return the columns of these names if all hold one number for each row, else null.
  drill.take = (table, names) => {
    const found = names.map((name) => table.columns.get(name));
    if (!found.every(drill.isNumeric) || new Set(found.map((column) => column.size)).size > 1 || !found[0].size)
      return null;
    return Object.fromEntries(found.map((column) => [column.name, column]));
  };
  drill.withUnit = (column) => `${column.name}${column.unit ? ` (${column.unit})` : ""}`;
  drill.valueText = (value, unit) => squash.quantity(value, unit);

  // ---- numbers ----
  drill.sorted = (values) => Float64Array.from(values.filter(Number.isFinite)).sort();
  drill.median = (values) => squash.quantile(drill.sorted(values), 0.5);
  drill.rms = (values) =>
    values.length ? Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length) : NaN;
  // Return {low, high, count}, with an entry for each bin; on a log scale all bins have the same ratio.
  drill.bins = (values, start, end, many, log = false) => {
    const [to, back] = log ? [Math.log10, (value) => 10 ** value] : [Number, Number];
    const from = to(start);
    const width = (to(end) - from) / many;
    const count = new Float64Array(many);
    for (const value of values) {
      const bin = Math.floor((to(value) - from) / width);
      if (bin >= 0 && bin < many) count[bin] += 1;
      else if (value === end) count[many - 1] += 1;
    }
    const edges = Array.from({ length: many + 1 }, (_, at) => back(from + at * width));
    return { low: edges.slice(0, -1), high: edges.slice(1), count };
  };

  // ---- units: the limit of a metric may be in another unit than the column ----
  /** @type {Map<string, [kind: string, size: number]>} */
  const UNITS = new Map([
    ["uarcsec", ["angle", 1e-6]],
    ["marcsec", ["angle", 1e-3]],
    ["mas", ["angle", 1e-3]],
    ["arcsec", ["angle", 1]],
    ["arcmin", ["angle", 60]],
    ["deg", ["angle", 3600]],
    ["mmag", ["magnitude", 1e-3]],
    ["mag", ["magnitude", 1]],
  ]);
  drill.convert = (value, from, to) => {
    if (from === to) return value;
    const [one, other] = [UNITS.get(from), UNITS.get(to)];
    return one && other && one[0] === other[0] ? (value * one[1]) / other[1] : NaN;
  };
  // Return the value of a parameter in a unit; NaN if it has none.
  drill.parameter = (parameters, name, unit = "") => {
    const found = parameters.find(([own]) => own === name);
    return !found || typeof found[1] !== "number" ? NaN : drill.convert(found[1], found[2], unit);
  };

  // Return a function that returns the values of a row as [name, text], of all columns of one length.
  const LISTED = 12;
  drill.rowFacts = (table, size) => {
    const columns = [...table.columns.values()].filter((column) => column.size === size);
    const text = (column, row) =>
      column.kind === "word" ? column.values[row] || "(empty)" : drill.valueText(column.values[row], column.unit);
    return (row) => columns.slice(0, LISTED).map((column) => [column.name, text(column, row)]);
  };

  // ---- figures; each is drawn when it is first shown ----
  const drawn = new Map();
  drill.label = (plot, names, text) =>
    names.forEach((name, at) => {
      const axis = squash.source(plot, name);
      if (axis) axis.setv({ axis_label: text[at], axis_label_text_color: squash.ink("muted") });
      if (axis && plot.place.clientWidth < 450) axis.ticker.desired_num_ticks = 4; // otherwise numbers overlap
    });
  const paint = (plot) => {
    for (const [name, color] of [
      ["all", "none"],
      ["chosen", "series-0"],
    ]) {
      const renderer = squash.source(plot, `${name}_points`);
      if (renderer) renderer.glyph[renderer.glyph.type === "Line" ? "line_color" : "fill_color"] = squash.ink(color);
    }
    const bars = squash.source(plot, "bars");
    if (bars) bars.glyph.fill_color = squash.ink("series-0");
  };
  drill.figure = async (name, listen = null) => {
    const card = document.querySelector(`[data-figure="${CSS.escape(name)}"]`);
    card.hidden = false;
    if (!drawn.has(name)) {
      const plot = await squash.draw(card.querySelector(".drill-plot"));
      if (!plot) throw new Error("A figure cannot be drawn");
      drawn.set(name, plot);
      if (listen) listen(plot);
      setTimeout(() => squash.repaint(plot), 100);
    }
    const plot = drawn.get(name);
    plot.empty.hidden = true;
    paint(plot);
    return plot;
  };
  drill.show = (names) => {
    for (const card of document.querySelectorAll("[data-figure]")) card.hidden = !names.includes(card.dataset.figure);
  };
  // Represent points as lines of length zero: one stroke draws all of them.
  drill.specks = (x, y) => {
    const [xs, ys] = [x, y].map((values) => {
      const found = new Float64Array(3 * values.length).fill(NaN);
      for (let at = 0; at < values.length; at++) found[3 * at] = found[3 * at + 1] = values[at];
      return found;
    });
    return { x: xs, y: ys };
  };
  drill.legend = (plot, entries) => {
    const card = plot.place.parentElement;
    const old = card.querySelector(".drill-legend");
    if (old) old.remove();
    card.append(
      squash.make(
        "ul",
        { class: "drill-legend" },
        ...entries.map(([kind, text]) =>
          squash.make("li", {}, squash.make("span", { class: `drill-swatch ${kind}` }), text),
        ),
      ),
    );
  };
})();
