// The table of a comparison: filtering rows, drawing them, and writing them as CSV.
"use strict";
(() => {
  const FIRST = 100;
  const WIDE = 10;
  const FAR = 4;
  const BAR = [64, 14];
  const SPARK = 30;
  const MINUS = "\u2212";
  const made = squash.make;

  // ---- which ----
  const ONLY = {
    worse: (row) => row.trend === "worse" || row.steps < 0 || (row.open && Math.abs(row.times) > FAR), // or may be
    better: (row) => row.trend === "better" || row.steps > 0,
    status: (row) => row.changed,
    one: (row) => !row.statuses[0] || !row.statuses[1] || row.units,
  };
  squash.fittingRows = (rows, choice) => {
    const words = choice.find.toLowerCase().split(/\s+/).filter(Boolean);
    const only = ONLY[choice.only] || (() => true);
    const over = choice.over === "" ? NaN : Number(choice.over);
    const same = (wanted, value) => !wanted || wanted === (value || "–");
    return rows.filter(
      (row) =>
        same(choice.package, row.package) &&
        same(choice.dataset, row.series.dataset) &&
        same(choice.filter, row.series.filter) &&
        (Number.isNaN(over) || Math.abs(row.times) > over) &&
        only(row) &&
        words.every((word) => row.text.includes(word)),
    );
  };

  // Rows without a value on both sides are hidden behind a count, unless they were asked for.
  squash.splitMeasured = (rows, choice) => {
    const whole = (row) => !Number.isNaN(row.difference) || row.units;
    if (choice.only === "one" || choice.unmeasured) return { shown: rows, hidden: [] };
    return { shown: rows.filter(whole), hidden: rows.filter((row) => !whole(row)) };
  };
  const largest = (pick) => (row) => Math.abs(pick(row));
  const KEYS = {
    name: (row) => row.text,
    from: (row) => row.from,
    to: (row) => row.to,
    difference: largest((row) => row.difference),
    share: largest((row) => row.share),
    times: largest((row) => row.times),
    status: (row) => (row.statuses[1] || row.statuses[0]).rank,
  };

  // ---- how ----
  const signed = (value, text) => (value > 0 ? `+${text}` : text);
  const timesText = (times) => {
    if (Number.isNaN(times)) return "noise unknown";
    const size = Math.abs(times);
    const text = size >= 999.5 ? "> 999" : size.toFixed(size < 9.95 ? 1 : 0);
    return `${size < 0.05 ? "" : times < 0 ? MINUS : "+"}${text}×`;
  };
  const bar = ({ times, trend }) => {
    if (Number.isNaN(times)) return [];
    const [width, height] = BAR;
    const middle = width / 2;
    const long = (Math.min(Math.abs(times), WIDE) / WIDE) * middle;
    return [
      squash.svg(
        "svg",
        { class: "moved", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
        squash.svg("rect", { class: "track", x: 0, y: 4, width, height: 6, rx: 3 }),
        squash.svg("rect", {
          class: `bar ${trend || "neutral"}`,
          x: (times < 0 ? middle - long : middle).toFixed(1),
          y: 3,
          width: Math.max(long, 0.5).toFixed(1),
          height: 8,
        }),
        squash.svg("line", { class: "tick", x1: middle, x2: middle, y1: 0, y2: height }),
      ),
    ];
  };

  const statusOf = (row, at) => {
    const known = row.statuses[at];
    return known
      ? made("span", { class: `word ${known.tone}`, text: known.word })
      : made("span", { class: "muted", text: "missing" });
  };
  const status = (row) =>
    row.names[0] !== row.names[1]
      ? [statusOf(row, 0), made("span", { class: "muted", text: " → " }), statusOf(row, 1)]
      : [statusOf(row, 1)];

  const value = (row, number, other, at) =>
    Number.isNaN(number)
      ? row.missing[at] || made("span", { class: "muted", text: "not measured" })
      : squash.quantity(number, row.unit, row.difference ? [other] : [], row.noise);
  const share = ({ share: percent, from, to }) => (Number.isNaN(percent) ? "" : squash.change(to, from) || "0.0%");
  const difference = (row) => {
    if (row.units) return made("span", { class: "muted", text: `units differ: ${row.units.join(" and ")}` });
    if (Number.isNaN(row.difference)) return "";
    return made("span", {
      class: Math.abs(row.times) > FAR ? `far ${row.trend}` : null,
      text: signed(row.difference, squash.quantity(row.difference, row.unit)),
    });
  };

  const rowNode = (row, view) => {
    const query = new URLSearchParams({ job: view.to.job.title });
    const { series } = row;
    const page = view.pages.get(series.metric);
    const text = squash.breakable(row.name);
    for (const key of ["dataset", "filter", "level"]) if (series[key]) query.set(key, series[key]);
    const past = row.past
      ? [...row.past.slice(0, view.end + 1)].slice(-SPARK).map((each) => (Number.isNaN(each) ? null : each))
      : [];
    const noise = Number.isNaN(row.noise)
      ? "noise unknown: fewer than 8 builds measured it"
      : `noise ${squash.quantity(row.noise, row.unit)}`;
    return made(
      "tr",
      {},
      made(
        "td",
        { class: "measure pinned" },
        ...(page ? [made("a", { href: `${squash.href(page)}?${query}`, title: series.metric }, ...text)] : text),
      ),
      ...(view.named ? [made("td", { class: "where small muted", text: row.where })] : []),
      made("td", { class: Number.isNaN(row.from) ? "why" : "nowrap" }, value(row, row.from, row.to, 0)),
      made("td", { class: Number.isNaN(row.to) ? "why" : "nowrap" }, value(row, row.to, row.from, 1)),
      made("td", { class: "nowrap" }, difference(row)),
      made("td", { class: "nowrap", text: share(row) }),
      made(
        "td",
        { class: "nowrap times", title: noise },
        ...bar(row),
        made("span", {
          class: Number.isNaN(row.times) ? "muted small" : null,
          text: Number.isNaN(row.difference) ? "" : timesText(row.times),
        }),
      ),
      ...(view.judged ? [made("td", { class: "small" }, ...status(row))] : []),
      made("td", {}, ...[squash.spark(past)].filter(Boolean)),
    );
  };

  const headOf = (view, { sorted, sort }) =>
    squash.sortHead(
      [
        { key: "name", text: "metric", sorts: "up", class: "pinned" },
        ...(view.named ? [{ key: "where", text: "dataset · filter · level" }] : []),
        { key: "from", text: view.from.label, sorts: "down" },
        { key: "to", text: view.to.label, sorts: "down" },
        { key: "difference", text: "difference", sorts: "down" },
        { key: "share", text: "%", sorts: "down" },
        { key: "times", text: "× noise", title: "the difference in units of the noise", sorts: "down" },
        ...(view.judged ? [{ key: "status", text: "status", sorts: "up" }] : []),
        { key: "history", text: "history", title: `up to ${SPARK} builds up to ${view.to.label}` },
      ],
      sorted,
      sort,
    );

  // Draw the filtered rows; `act` has how they are sorted, and a function that sorts them otherwise.
  squash.drawCompared = (place, rows, view, act, limit = FIRST) => {
    const ordered = squash.sortRows(rows, act.sorted, KEYS);
    const table = made(
      "table",
      {},
      headOf(view, act),
      made("tbody", {}, ...ordered.slice(0, limit).map((row) => (row.node ??= rowNode(row, view)))),
    );
    const note = made("p", { class: "muted rows-note" });
    place.replaceChildren(
      made("div", { class: "scroll sheet", tabindex: 0, role: "region", "aria-label": "Differences" }, table),
      note,
    );
    if (rows.length > limit) {
      const more = made("button", {
        type: "button",
        class: "button small",
        text: rows.length > 1000 ? "Show 500 more" : "Show all",
      });
      more.addEventListener("click", () =>
        squash.drawCompared(place, rows, view, act, rows.length > 1000 ? limit + 500 : Infinity),
      );
      note.append(`${limit} of ${squash.number(rows.length)} series. `, more);
    }
  };

  // ---- CSV ----
  const finite = (number) => (Number.isFinite(number) ? number : "");
  squash.comparedCsv = (rows, { from, to }) =>
    squash.csv([
      [
        "metric",
        "dataset",
        "filter",
        "level",
        "unit",
        `${from.job.title} ${from.label}`,
        `${to.job.title} ${to.label}`,
        "difference",
        "percent",
        "noise",
        "times noise",
        "status before",
        "status after",
      ],
      ...rows.map((row) => [
        row.series.metric,
        row.series.dataset,
        row.series.filter,
        row.series.level,
        row.unit,
        finite(row.from),
        finite(row.to),
        finite(row.difference),
        finite(row.share),
        finite(row.noise),
        finite(row.times),
        ...row.names,
      ]),
    ]);
})();
