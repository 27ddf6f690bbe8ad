// The table of a comparison, what is in one side only, and the lines of its CSV.
"use strict";
window.squash = window.squash || {};
(() => {
  const FULL = 12; // × noise at which a bar is full
  const WIDTH = 90, HEIGHT = 14;
  const made = (...given) => squash.make(...given);

  const awayText = (away) => {
    if (Number.isNaN(away)) return "";
    if (away === 0) return "0×";
    const size = Math.abs(away), text = size >= 1000 ? ">999" : size.toFixed(size < 9.95 ? 1 : 0);
    return `${away < 0 ? "\u2212" : "+"}${text}×`;
  };
  const mood = (row) => (row.trend < 0 ? "worse" : row.trend > 0 ? "better" : "");

  // Draw how far a metric moved: to the left it fell, to the right it rose.
  const bar = (row) => {
    const half = WIDTH / 2, long = Math.min(1, Math.abs(row.away) / FULL) * (half - 1);
    return squash.svg("svg", { class: "compare-bar", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
      squash.svg("rect", { class: "track", x: 0, y: 3, width: WIDTH, height: 8, rx: 4 }),
      squash.svg("rect", { class: `moved ${mood(row)}`, x: (row.away < 0 ? half - long : half).toFixed(1), y: 3, width: long.toFixed(1), height: 8, rx: 2 }),
      squash.svg("line", { class: "zero", x1: half, x2: half, y1: 1, y2: 13 }));
  };
  const awayCell = (row) => {
    const muted = (text, title) => made("span", { class: "muted small", title, text });
    if (Number.isNaN(row.difference)) return muted(row.a.unit === row.b.unit ? "not measured in both" : "units differ");
    if (Number.isNaN(row.away)) return muted("noise not known", "fewer than 8 builds measured this");
    if (!Number.isFinite(row.away)) return made("span", { class: "compare-away" }, bar(row), made("b", { text: "steady", title: "in the builds before, this hardly ever changed at all" }));
    return made("span", { class: "compare-away", title: `its noise is ${squash.number(row.noise)} ${row.b.unit}`.trim() }, bar(row), made("b", { text: awayText(row.away) }));
  };

  const value = ({ value: own, unit, count }) => (own === null ? [made("span", { class: "muted", text: "not measured" })]
    : [made("span", { title: count > 1 ? `median of ${count} values` : null, text: `${squash.number(own)} ${unit}`.trim() })]);
  const signed = (difference, unit) => {
    if (Number.isNaN(difference)) return "";
    return `${difference > 0 ? "+" : ""}${squash.number(difference)} ${unit}`.trim();
  };
  const word = ({ status, series }) => made("span", { class: `word ${squash.tone(status, series.level)}`, text: squash.statusWord(status, series.level) });
  const statusNodes = ({ a, b, turned }) => {
    if (turned) return [word(a), " → ", word(b)];
    return b.status || a.status ? [word(b.status ? b : a)] : [made("span", { class: "muted", text: "of a median, none" })];
  };

  // Return the cells of a row; `context` has histories (name → page), near and side of b.
  squash.compareRow = (row, context) => {
    const { job } = context.b, query = new URLSearchParams({ job: job.title }), page = context.histories.get(row.metric);
    for (const key of ["dataset", "filter", "level"]) if (row.b.series[key]) query.set(key, row.b.series[key]);
    const name = page ? made("a", { href: `${squash.href(page)}?${query}`, title: row.metric, text: row.name }) : made("span", { title: row.metric, text: row.name });
    const limits = row.b.limits.map(([, , label]) => label).join(", ");
    return made("tr", {},
      made("td", { class: "metric" }, name),
      made("td", { class: "compare-of small muted", text: row.of }),
      made("td", { class: "nowrap" }, ...value(row.a)), made("td", { class: "nowrap" }, ...value(row.b)),
      made("td", { class: "nowrap" }, signed(row.difference, row.b.unit), ...(mood(row) ? [" ", made("span", { class: `small ${mood(row)}`, text: mood(row) })] : [])),
      made("td", { class: "nowrap", text: Number.isNaN(row.difference) ? "" : squash.change(row.b.value, row.a.value) }),
      made("td", {}, awayCell(row)),
      made("td", { title: limits || null }, ...statusNodes(row)),
      made("td", {}, ...[squash.sparkOf(context.near, row.b)].filter(Boolean)));
  };
  squash.compareHeads = (a, b) => [["metric"], ["dataset · filter · level"], [a.short], [b.short], ["difference"], ["%"],
    ["× noise", "how far it moved in units of its own noise"], ["status"], ["history", "up to 30 builds up to b"]].map(([text, title]) => made("th", { text, title, scope: "col" }));

  // ---- what only one side has ----
  const loneRow = (entry) => made("tr", {}, made("td", { class: "break", text: entry.series.metric }),
    made("td", { class: "small muted", text: ["dataset", "filter", "level"].map((key) => entry.series[key]).filter(Boolean).join(" · ") }),
    made("td", { class: "nowrap" }, ...value(entry)));
  squash.loneCard = (side, entries) => {
    const list = made("tbody"), box = made("details", { class: "card more", "data-only": side.letter },
      made("summary", { text: `Only in ${side.letter}, ${side.short}: ${entries.length} series of measurements` }),
      made("div", { class: "scroll" }, made("table", {}, made("thead", {}, made("tr", {}, ...["metric", "dataset · filter · level", "value"].map((text) => made("th", { text, scope: "col" })))), list)));
    box.addEventListener("toggle", () => { if (!list.children.length) list.append(...entries.map(loneRow)); }, { once: true });
    return box;
  };

  // ---- CSV ----
  const side = (entry) => (entry ? [entry.value, entry.unit, entry.status] : ["", "", ""]);
  const line = (series, a, b, row) => [series.metric, series.dataset, series.filter, series.level, ...side(a), ...side(b),
    ...(row ? [row.difference, 100 * row.share, row.noise, row.away] : ["", "", "", ""])];
  squash.compareCsv = (rows, onlyA, onlyB) => squash.csv([
    ["metric", "dataset", "filter", "level", "a", "unit_a", "status_a", "b", "unit_b", "status_b", "difference", "percent", "noise", "times_noise"],
    ...rows.map((row) => line(row.b.series, row.a, row.b, row)),
    ...onlyA.map((entry) => line(entry.series, entry, null)), ...onlyB.map((entry) => line(entry.series, null, entry))]);
})();
