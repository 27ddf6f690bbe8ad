// Drill-down into any table: the reader chooses columns; suitable ones are preselected.
"use strict";
(() => {
  const drill = squash.drill;
  const BINS = 60;
  const WORDS = 6;
  const RAMP = [
    [120, 190, 240],
    [44, 123, 204],
    [140, 92, 190],
    [226, 92, 38],
  ];
  const form = document.getElementById("drill-columns");
  if (!form) return;
  const selects = Object.fromEntries([...form.querySelectorAll("select")].map((each) => [each.name, each]));
  const key = document.getElementById("drill-key");
  let now = null;

  const colorAt = (share) => {
    const place = Math.min(1, Math.max(0, share)) * (RAMP.length - 1);
    const low = Math.min(RAMP.length - 2, Math.floor(place));
    return `rgb(${RAMP[low].map((part, at) => Math.round(part + (RAMP[low + 1][at] - part) * (place - low))).join(" ")})`;
  };

  // ---- defaults ----
  // Positive values that span more than an order of magnitude get a logarithmic axis.
  const isWide = (column) => {
    const sorted = drill.sorted(column.values);
    const low = squash.quantile(sorted, 0.02);
    const high = squash.quantile(sorted, 0.98);
    return sorted[0] > 0 && high / low > 30;
  };
  const numeric = () => [...now.table.columns.values()].filter(drill.isNumeric);
  const alike = (x) => numeric().filter((column) => column.size === x.size && column.name !== x.name);
  const offer = (select, options, wanted) => {
    select.replaceChildren(...options.map(([value, text]) => squash.make("option", { value, text })));
    const known = options.map(([value]) => value);
    select.value = known.includes(wanted) ? wanted : known[0];
  };
  const named = (columns) => columns.map((column) => [column.name, drill.withUnit(column)]);
  const offerAll = (query, first) => {
    const columns = numeric();
    const varies = (column) => column.values.some((value) => value !== column.values[0]);
    offer(selects.x, named(columns), query.get("x") || (columns.find(varies) || columns[0]).name);
    const x = now.table.columns.get(selects.x.value);
    const others = alike(x);
    offer(
      selects.y,
      [["", "frequency (histogram)"], ...named(others)],
      query.get("y") ?? (first && others.length ? (others.find(varies) || others[0]).name : ""),
    );
    const y = now.table.columns.get(selects.y.value);
    const words = [...now.table.columns.values()].filter(
      (column) => column.kind === "word" && column.size === x.size && new Set(column.values).size <= WORDS,
    );
    offer(selects.colour, [["", "one colour"], ...named([...others, x]), ...named(words)], query.get("colour") || "");
    for (const [name, column] of [
      ["xscale", x],
      ["yscale", y],
    ]) {
      const wanted = query.get(name);
      selects[name].value = ["linear", "log"].includes(wanted) ? wanted : column && isWide(column) ? "log" : "linear";
    }
    selects.yscale.parentElement.hidden = selects.colour.parentElement.hidden = !y;
  };

  // ---- drawing ----
  /** @returns {[low: number, high: number]} */
  const bounds = (values, log) => {
    const [low, high] = [
      values.reduce((one, other) => Math.min(one, other), Infinity),
      values.reduce((one, other) => Math.max(one, other), -Infinity),
    ];
    if (!(low <= high)) return log ? [1, 10] : [0, 1];
    if (log) {
      const room = Math.max(0.04 * (Math.log10(high) - Math.log10(low)), 0.01); // the quotient may be infinite
      const ends = [Math.log10(low) - room, Math.log10(high) + room];
      return [10 ** Math.max(ends[0], -307), 10 ** Math.min(ends[1], 308)];
    }
    const room = (high - low || Math.abs(high) || 1) * 0.04;
    return [low - room, high + room];
  };
  const place = (column, log) => (row) => {
    const value = column.values[row];
    return Number.isFinite(value) && (!log || value > 0);
  };
  const colors = (rows) => {
    const column = now.table.columns.get(selects.colour.value);
    key.hidden = !drill.isNumeric(column);
    if (!column) return rows.map(() => squash.ink("series-0"));
    if (column.kind === "word") {
      const words = [...new Set(column.values)];
      return rows.map((row) => squash.ink(`series-${words.indexOf(column.values[row])}`));
    }
    const sorted = drill.sorted(column.values);
    const low = squash.quantile(sorted, 0.02);
    const high = squash.quantile(sorted, 0.98);
    document.getElementById("drill-low").textContent = `${column.name} ${drill.valueText(low, column.unit)}`;
    document.getElementById("drill-high").textContent = drill.valueText(high, column.unit);
    return rows.map((row) =>
      Number.isFinite(column.values[row])
        ? colorAt((column.values[row] - low) / (high - low || 1))
        : squash.ink("none"),
    );
  };
  const drawPoints = async (x, y) => {
    const [xlog, ylog] = [selects.xscale.value === "log", selects.yscale.value === "log"];
    const name = `drill_${selects.xscale.value}_${selects.yscale.value}`;
    drill.show([name]);
    const plot = await drill.figure(name);
    const all = Array.from(x.values, (_, row) => row);
    const rows = all.filter(place(x, xlog)).filter(place(y, ylog));
    const colour = now.table.columns.get(selects.colour.value);
    const xs = rows.map((row) => x.values[row]);
    const ys = rows.map((row) => y.values[row]);
    squash.setRange(plot, "x_range", ...bounds(xs, xlog));
    squash.setRange(plot, "y_range", ...bounds(ys, ylog));
    drill.label(plot, ["x_axis", "y_axis"], [drill.withUnit(x), drill.withUnit(y)]);
    squash.fill(plot, "points", { x: xs, y: ys, color: colors(rows) });
    const facts = drill.rowFacts(now.table, x.size);
    drill.hover(plot, xs, ys, (at) => facts(rows[at]));
    drill.legend(
      plot,
      colour && colour.kind === "word"
        ? [...new Set(colour.values)].map((word, at) => [`series-${at}`, word || "(empty)"])
        : [],
    );
    return [rows.length, all.length];
  };
  const drawCounts = async (x) => {
    const log = selects.xscale.value === "log";
    const name = `drill_counts_${selects.xscale.value}`;
    drill.show([name]);
    key.hidden = true;
    const plot = await drill.figure(name);
    const values = x.values.filter((value) => Number.isFinite(value) && (!log || value > 0));
    const [start, end] = bounds(values, log);
    const bins = drill.bins(values, start, end, values.length < 200 ? 25 : BINS, log);
    squash.setRange(plot, "x_range", start, end);
    squash.setRange(plot, "y_range", 0, 1.08 * bins.count.reduce((one, other) => Math.max(one, other), 1));
    drill.label(plot, ["x_axis", "y_axis"], [drill.withUnit(x), "frequency"]);
    const said = bins.low.map(
      (low, at) => `${bins.count[at]} from ${squash.number(low)} to ${drill.valueText(bins.high[at], x.unit)}`,
    );
    squash.fill(plot, "bins", { ...bins, said });
    return [values.length, x.values.length];
  };
  const draw = async () => {
    const x = now.table.columns.get(selects.x.value);
    const y = now.table.columns.get(selects.y.value);
    const [shown, all] = y ? await drawPoints(x, y) : await drawCounts(x);
    document.getElementById("drill").dataset.chosen = shown;
    const lists = [x, y].filter((column) => column && column.kind === "list").map((column) => column.name);
    return [
      shown < all
        ? `${all - shown} of ${all} values are not finite${selects.xscale.value === "log" || selects.yscale.value === "log" ? ", or not above zero for a logarithmic axis," : ""} and left out.`
        : "",
      lists.length ? `Each row has a list in ${lists.join(" and ")}: their numbers are drawn one after another.` : "",
    ];
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (/** @type {EventOn<HTMLSelectElement>} */ event) => {
    const query = new URLSearchParams(Object.entries(selects).map(([name, select]) => [name, select.value]));
    // another column may need another scale
    if (event.target.name === "x") {
      query.delete("xscale");
      if (query.get("y") === selects.x.value) query.delete("y");
    }
    if (event.target.name === "y") query.delete("yscale");
    offerAll(query, false);
    draw()
      .then((notes) => {
        now.note(notes);
        now.save();
      })
      .catch(now.fail);
  });

  drill.views.push({
    name: "columns",
    title: "any columns",
    fits: (table) => [...table.columns.values()].some((column) => drill.isNumeric(column) && column.size),
    toAddress: () =>
      Object.fromEntries(
        Object.entries(selects)
          .map(([name, select]) => [name, name === "y" && !select.value ? "" : select.value])
          .filter(([name, value]) => value || name === "y"),
      ),
    show: async (about) => {
      now = about;
      offerAll(about.query, true);
      form.hidden = false;
      return draw();
    },
  });
})();
