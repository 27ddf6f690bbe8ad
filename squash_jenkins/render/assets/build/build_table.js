// The table of a build: what needs attention first, the rest folded.
"use strict";
(() => {
  const FIRST = 150; // rows drawn at once
  const OPEN = 12; // rows of the rest that are not worth folding
  const MINUS = "\u2212";
  const made = squash.make;

  const sigmas = (away) => {
    const text = Math.abs(away).toFixed(Math.abs(away) < 9.95 ? 1 : 0);
    return `${text === "0.0" ? "" : away < 0 ? MINUS : "+"}${text}σ`;
  };
  const toneOf = (way) => (way < 0 ? "worse" : way > 0 ? "better" : "");

  // ---- columns: each is shown where at least one row has something in it ----
  const nameCell = (row, view) => {
    const { series } = row;
    const query = new URLSearchParams({ job: view.title });
    for (const key of ["dataset", "filter", "level"]) if (series[key]) query.set(key, series[key]);
    const page = view.pages.get(series.metric);
    const text = squash.breakable(row.name);
    const name = page
      ? made("a", { href: `${squash.href(page)}?${query}`, title: series.metric }, ...text)
      : made("span", { title: series.metric }, ...text);
    return view.several && row.group ? [name, made("span", { class: "place", text: row.group })] : [name];
  };
  const valueCell = (row, view) => {
    if (row.value === null) return [row.why];
    const text = squash.quantity(row.value, row.unit, squash.thresholds(row.limits), row.noise);
    const { metric, dataset, filter } = row.series;
    if (!view.tables.has(JSON.stringify([metric, dataset, filter]))) return [text];
    const query = new URLSearchParams({ job: view.title, build: String(view.number), metric, dataset, filter });
    const href = `${squash.href("drill-down/index.html")}?${query}`;
    return [made("a", { href, title: "the table behind this value", text })];
  };
  const limitsCell = (row) => {
    const text = row.limits.map(([, , label]) => label).join(", ");
    const bar = squash.bullet(row.value, row.limits, row.status.tone);
    return bar ? [made("span", { title: text }, bar)] : [made("span", { class: "muted small", text })];
  };
  const statusCell = (row) =>
    row.value === null ? [] : [made("span", { class: `word ${row.status.tone}`, text: row.status.word })];
  const changeCell = (row) =>
    row.change
      ? [made("span", { class: toneOf(row.turn), title: `compared with #${row.last.build.number}`, text: row.change })]
      : [];
  const usualCell = (row) => {
    if (Number.isNaN(row.usual)) return [];
    const beside = row.value === null ? [] : [row.value];
    const text = squash.quantity(row.usual, row.unit, beside, row.noise);
    if (Number.isNaN(row.away)) return [text];
    return [`${text} `, made("span", { class: row.far ? `far ${toneOf(row.way)}` : "muted", text: sigmas(row.away) })];
  };
  const sparkCell = (row) =>
    [
      squash.spark([...row.earlier.map((entry) => (entry && entry.unit === row.unit ? entry.value : null)), row.value]),
    ].filter(Boolean);

  const columnsOf = (view) => {
    const { rows, previous } = view;
    const usual = "median of up to 30 builds before this one, and the distance from it in units of the noise (σ)";
    const every = [
      { key: "name", text: "metric", sorts: "up", class: "pinned", cell: nameCell, has: () => true },
      { key: "value", text: "value", cell: valueCell, class: "nowrap", has: () => true },
      { key: "limits", text: "specifications", class: "limits", cell: limitsCell, has: (row) => row.limits.length > 0 },
      { key: "status", text: "status", sorts: "up", cell: statusCell, has: (row) => row.limits.length > 0 },
      {
        key: "change",
        text: previous ? `vs #${previous.number}` : "change",
        sorts: "down",
        class: "nowrap",
        cell: changeCell,
        has: (row) => Boolean(row.change),
      },
      {
        key: "usual",
        text: "usual",
        title: usual,
        sorts: "down",
        class: "nowrap",
        cell: usualCell,
        has: (row) => !Number.isNaN(row.usual),
      },
      { key: "history", text: "history", cell: sparkCell, has: (row) => row.earlier.some(Boolean) },
    ];
    return every.filter(({ has }) => rows.some(has));
  };

  // ---- sections ----
  const SECTIONS = [
    ["misses", "Misses its specification"],
    ["moved", "Moved by more than 4× its noise, or to another level"],
    ["gone", "Usually measured, but not in this build"],
    ["usual", "Within the usual range"],
    ["empty", "Not measured"],
  ];
  const FOLDED = new Set(["usual", "empty"]);
  const attention = (one, other) =>
    Number(other.way < 0) - Number(one.way < 0) ||
    Number(one.way > 0) - Number(other.way > 0) ||
    (Math.abs(other.away) || 0) - (Math.abs(one.away) || 0);
  const byName = (one, other) =>
    one.group < other.group ? -1 : one.group > other.group ? 1 : one.name < other.name ? -1 : 1;

  const KEYS = {
    name: (row) => `${row.name}\u0000${row.group}`,
    status: (row) => (row.value === null ? NaN : row.status.rank),
    change: (row) => Math.abs(row.moved),
    usual: (row) => Math.abs(row.away),
  };
  const fits = (row, { words, only }) =>
    words.every((word) => row.text.includes(word)) &&
    (only !== "misses" || row.status.name.startsWith("misses")) &&
    (only !== "moved" || row.far || row.kind === "moved") &&
    (only !== "missing" || row.value === null);

  class BuildTable {
    // `view` is {rows, title, number, previous, pages, tables}; `choice` {find, only, sort}.
    constructor(place, view, choice, changed) {
      this.place = place;
      this.view = view;
      this.choice = choice;
      this.changed = changed;
      this.open = new Set();
      this.limit = FIRST;
      for (const row of view.rows) row.text = `${row.series.metric} ${row.name} ${row.group}`.toLowerCase();
      view.several = new Set(view.rows.map((row) => row.group)).size > 1;
    }

    choose(change) {
      Object.assign(this.choice, change);
      this.limit = FIRST;
      this.changed(this.choice);
      this.draw();
    }

    rowNode(row) {
      row.node ??= made(
        "tr",
        { "data-kind": row.kind },
        ...this.columns.map((column) =>
          made(
            "td",
            { class: row.value === null && column.key === "value" ? "why" : column.class },
            ...column.cell(row, this.view),
          ),
        ),
      );
      return row.node;
    }

    // Return the bodies of the table: one for each section, or one for what was searched or sorted.
    bodies() {
      const { find, only, sort } = this.choice;
      const words = find.toLowerCase().split(/\s+/).filter(Boolean);
      const all = this.view.rows.filter((row) => fits(row, { words, only }));
      this.shown = all.length;
      if (words.length || only || sort) return [this.flat(squash.sortRows(all.sort(byName), sort, KEYS))];
      return SECTIONS.map(([kind, title]) =>
        this.section(
          kind,
          title,
          all.filter((row) => row.kind === kind),
        ),
      ).filter(Boolean);
    }

    flat(rows) {
      this.left = rows.length - this.limit;
      return made("tbody", {}, ...rows.slice(0, this.limit).map((row) => this.rowNode(row)));
    }

    section(kind, title, rows) {
      if (!rows.length) return null;
      const ordered = rows.sort(
        FOLDED.has(kind) ? byName : (one, other) => attention(one, other) || byName(one, other),
      );
      const folds = FOLDED.has(kind) && (this.view.rows.length > OPEN || kind === "empty");
      const open = !folds || this.open.has(kind) || (kind === "usual" && rows.length === this.view.rows.length);
      const text = `${title} (${rows.length})`;
      const toggle = made("button", { type: "button", class: "fold", "aria-expanded": String(open), text });
      toggle.addEventListener("click", () => {
        if (this.open.has(kind)) this.open.delete(kind);
        else this.open.add(kind);
        this.draw();
        this.place.querySelector(`[data-section="${kind}"] .fold`)?.focus();
      });
      const head = made(
        "th",
        { class: "rows", colspan: this.columns.length, scope: "rowgroup" },
        folds ? toggle : text,
      );
      const limit = this.limit;
      if (open && rows.length > limit) this.left = rows.length - limit;
      return made(
        "tbody",
        { "data-section": kind },
        made("tr", {}, head),
        ...(open ? ordered.slice(0, limit).map((row) => this.rowNode(row)) : []),
      );
    }

    draw() {
      this.columns = columnsOf(this.view);
      this.left = 0;
      const bodies = this.bodies();
      const table = made(
        "table",
        {},
        squash.sortHead(this.columns, this.choice.sort, (sort) => this.choose({ sort })),
        ...bodies,
      );
      const note = made("p", { class: "muted rows-note" });
      if (!this.shown) note.textContent = "No measurement matches the filter.";
      if (this.left > 0) {
        const more = made("button", { type: "button", class: "button small", text: "Show all" });
        more.addEventListener("click", () => {
          this.limit = Infinity;
          this.draw();
        });
        note.append(`${this.left} of ${this.shown} measurements are not shown. `, more);
      }
      const frame = { class: "scroll sheet", tabindex: 0, role: "region", "aria-label": "Measurements" };
      this.place.replaceChildren(made("div", frame, table), note);
    }

    // Draw again what depends on the tables, which are read later.
    renew() {
      for (const row of this.view.rows) delete row.node;
      this.draw();
    }
  }
  squash.BuildTable = BuildTable;
})();
