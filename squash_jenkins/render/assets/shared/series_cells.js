// One row of the table of series.
"use strict";
(() => {
  const made = squash.make;

  const unknown = (text) => made("span", { class: "muted", text });
  const historyOf = (row) => {
    const query = new URLSearchParams({ job: row.job });
    for (const name of ["dataset", "filter", "level"]) if (row[name]) query.set(name, row[name]);
    return `${squash.href(row.history)}?${query}`;
  };
  const nameOf = (row) => [row.short, row.level].filter(Boolean).join(" ");
  const timesText = (times) => {
    const size = Math.abs(times);
    const sign = size < 0.05 ? "" : times < 0 ? "\u2212" : "+";
    return `${sign}${size >= 999.5 ? "> 999" : size.toFixed(size < 9.95 ? 1 : 0)}×`;
  };
  const valueText = (row) =>
    Number.isNaN(row.value) ? "not measured" : squash.quantity(row.value, row.unit, row.limits, row.noise || null);
  const changeText = (row) => (Number.isNaN(row.share) ? "" : squash.change(row.value, row.usual));
  const usualText = (row) =>
    Number.isNaN(row.usual)
      ? "the usual value is not known yet"
      : `usual: ${squash.quantity(row.usual, row.unit, [row.value], row.noise || null)}`;

  const statusOf = (row) => {
    const cells = [made("span", { class: `word ${row.tone}`, text: row.word })];
    if (row.mark)
      cells.push(
        made("a", {
          class: `series-mark ${row.mark.trend}`,
          href: squash.href(row.mark.page),
          tabindex: -1,
          text: row.mark.text,
        }),
      );
    return cells;
  };

  const cell = (name, ...children) => made("td", { class: `series-${name}` }, ...children);
  const jobCells = (row, without) =>
    without.has("job")
      ? []
      : [cell("job", made("a", { href: squash.href(`${row.folder}/index.html`), tabindex: -1, text: row.job }))];
  const placeCells = (row, without) => {
    const job = without.has("job") ? [] : [made("span", { class: "series-place-job", text: `${row.job} · ` })];
    return without.has("dataset") ? [] : [cell("dataset", ...job, squash.placeOfSeries(row))];
  };
  // Return a row of the table; `without` names the columns that are left out.
  squash.seriesRowNode = (row, at, without) => {
    const link = made("a", { href: historyOf(row), title: row.metric, tabindex: -1, text: nameOf(row) });
    const build = made("a", {
      href: squash.href(row.build.page),
      title: squash.absolute(row.build.end),
      tabindex: -1,
      text: `#${row.build.number}`,
    });
    const age = made("span", { class: row.old ? "series-old" : "muted", text: squash.ago(row.build.end) });
    const spark = squash.sparkOfCode(row.spark);
    const change = made("span", { class: row.trend, title: usualText(row), text: changeText(row) });
    const times = made("span", {
      class: row.trend,
      title: Number.isNaN(row.noise) ? "noise unknown" : `noise ${squash.quantity(row.noise, row.unit)}`,
      text: Number.isNaN(row.times) ? "" : timesText(row.times),
    });
    return made(
      "tr",
      { "aria-rowindex": at + 2, class: row.tone },
      cell("metric", link),
      ...jobCells(row, without),
      ...placeCells(row, without),
      cell("value", Number.isNaN(row.value) ? unknown("not measured") : valueText(row)),
      cell("change", change),
      cell("noise", times),
      cell("status", ...statusOf(row)),
      cell("spark", ...(spark ? [spark] : [])),
      cell("age", build, " ", age),
    );
  };
})();
