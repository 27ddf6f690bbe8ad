// The history page: choices in the address, plots and table as one thing seen twice.
"use strict";
(() => {
  const FIRST_ROWS = 100;
  const page = document.getElementById("history");
  if (!page) return;
  const metric = page.dataset.metric;
  const form = document.querySelector(".choices"), body = document.getElementById("rows"), note = document.getElementById("rows-note");
  const selects = Object.fromEntries([...form.querySelectorAll("select")].map((each) => [each.name, each]));
  let catalogue = [], rows = [], points = [], plots = [], limit = FIRST_ROWS, quiet = false;

  const choice = () => Object.fromEntries(Object.entries(selects).map(([name, each]) => [name, each.value]));

  const offer = (name, values, texts = values) => {
    const select = selects[name], before = select.value;
    select.replaceChildren(...values.map((value, at) => squash.make("option", { value, text: texts[at] })));
    select.value = values.includes(before) ? before : values[0];
    select.parentElement.hidden = values.length < 2;
  };

  const offerSeries = () => {
    for (const name of ["dataset", "filter", "level"]) {
      const values = new Set(chosenJobs().flatMap((job) => job.series.map((each) => each[name] || "–")));
      const sorted = [...values].sort();
      offer(name, sorted.length > 1 ? ["", ...sorted] : sorted, sorted.length > 1 ? ["all", ...sorted] : sorted);
    }
  };

  const chosenJobs = () => catalogue.filter((job) => !selects.job.value || job.title === selects.job.value);

  const fromAddress = () => {
    const query = new URLSearchParams(location.search);
    const titles = catalogue.map((job) => job.title);
    offer("job", titles.length > 1 ? [...titles, ""] : titles, titles.length > 1 ? [...titles, "all"] : titles);
    const newest = [...catalogue].sort((one, other) => other.newest - one.newest)[0];
    const wanted = query.get("job");
    selects.job.value = wanted !== null && [...titles, ""].includes(wanted) ? wanted : newest.title;
    offerSeries();
    const long = chosenJobs().some((job) => job.count > 1000);
    selects.period.value = long ? "6months" : "";
    for (const name of ["dataset", "filter", "level", "period", "x"]) {
      const value = query.get(name), known = [...selects[name].options].map((each) => each.value);
      if (value !== null && known.includes(value)) selects[name].value = value;
    }
    for (const name of ["period", "x"]) selects[name].parentElement.hidden = false;
  };

  const toAddress = () => {
    const query = new URLSearchParams();
    for (const [name, select] of Object.entries(selects)) {
      if (select.parentElement.hidden && name !== "job") continue;
      if (select.value || name === "job" || name === "period") query.set(name, select.value);
    }
    history.replaceState(null, "", `?${query}`);
  };

  // ---- the table ----
  const packageCell = (packages) => {
    if (!packages) return [squash.make("span", { class: "muted", text: "packages not told" })];
    if (!packages.total) return [squash.make("span", { class: "muted", text: "no package changed" })];
    const parts = [];
    packages.rows.forEach(([name, text, url], at) => {
      if (at) parts.push(", ");
      parts.push(`${name} `, url ? squash.make("a", { href: url, rel: "noopener", class: "code", text }) : squash.make("span", { class: "code", text }));
    });
    if (packages.total > packages.rows.length) parts.push(` and ${packages.total - packages.rows.length} more`);
    return parts;
  };

  const cells = (row) => {
    const build = row.build, made = squash.make;
    const links = [made("a", { href: build.page, text: `${build.job.name} #${build.number}` })];
    if (build.jenkins) links.push(" ", made("a", { href: build.jenkins, rel: "noopener", class: "muted nowrap", text: "↗ Jenkins" }));
    const point = row.point;
    const measured = point && point.value !== null;
    const value = measured
      ? [made("b", { text: squash.number(point.value) }), ` ${point.unit || ""}`]
      : [made("span", { class: "muted", text: point ? "not measured" : `no report${build.failed ? `: ${build.result}` : ""}` })];
    const worse = measured && point.before && rank(point) < rank(point.before);
    return [
      made("td", { class: "nowrap", title: squash.absolute(build.end), text: squash.moment(build.end) }),
      made("td", { class: "build break" }, ...links),
      made("td", { class: "series", text: point ? point.series.label : "" }),
      made("td", { class: "nowrap" }, ...value),
      made("td", { class: worse ? "nowrap worse" : "nowrap", text: point ? point.change : "" }),
      made("td", {}, ...(measured ? [made("span", { class: `word ${tone(point)}`, text: squash.reaches(point) })] : [])),
      made("td", {}, ...packageCell(build.packages)),
    ];
  };

  const TONES = { stretch: "stretch", design: "design", minimum: "minimum", "misses minimum": "misses", "misses design": "minimum", "misses stretch": "design" };
  const tone = ({ status, series }) => (status === "minimum" && series.level === "minimum" ? "design"
    : TONES[status] || (status.startsWith("misses ") ? "misses" : "plain"));
  const rank = (point) => ["misses", "minimum", "design", "stretch", "plain"].indexOf(tone(point));

  const drawTable = () => {
    const shown = rows.slice(0, limit);
    body.replaceChildren(...shown.map((row) => { row.element = squash.make("tr", {}, ...cells(row)); return row.element; }));
    for (const each of page.querySelectorAll(".series")) each.hidden = new Set(points.map((point) => point.series)).size < 2;
    note.replaceChildren();
    if (rows.length > limit) {
      const more = squash.make("button", { type: "button", class: "button", text: "Show all" });
      more.addEventListener("click", () => { limit = Infinity; drawTable(); mark(false); });
      note.append(`The newest ${limit} of ${rows.length} rows. `, more);
    }
    if (!rows.length) note.textContent = "Nothing was measured in this choice; take a longer period or another series.";
  };

  // ---- table and plot are one thing seen twice ----
  const chosen = () => new Set(plots.flatMap((plot) => {
    const source = squash.source(plot, "points");
    return source ? source.selected.indices.map((at) => points[at]) : [];
  }));

  const mark = (scroll) => {
    const picked = chosen();
    if (scroll && rows.some((row, at) => picked.has(row.point) && at >= limit)) { limit = Infinity; drawTable(); }
    let first = null;
    for (const row of rows.slice(0, limit)) {
      const on = picked.has(row.point);
      row.element.classList.toggle("chosen", on);
      if (on && !first) first = row.element;
    }
    const frame = body.closest(".scroll");
    if (scroll && first) frame.scrollTop = first.offsetTop - frame.clientHeight / 3;
  };

  const choose = (indices, from) => {
    if (quiet) return;
    quiet = true;
    for (const plot of plots) {
      const source = squash.source(plot, "points");
      if (source && source !== from) source.selected.indices = indices;
    }
    quiet = false;
    mark(from !== null);
  };

  body.addEventListener("click", (event) => {
    const element = event.target.closest("tr");
    if (!element || event.target.closest("a")) return;
    const row = rows.find((each) => each.element === element);
    const at = row && row.point ? points.indexOf(row.point) : -1;
    choose(at < 0 || element.classList.contains("chosen") ? [] : [at], null);
  });

  // ---- drawing ----
  const legend = (series, hidden) => {
    const list = page.querySelector(".legend");
    const lines = series.map((each) => {
      const item = squash.make("li", {});
      const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
      for (const [key, value] of Object.entries({ x1: 0, x2: 20, y1: 5, y2: 5, stroke: squash.ink(`series-${each.color}`), "stroke-width": 2.5 })) line.setAttribute(key, value);
      drawing.append(line);
      item.append(drawing, each.label);
      return item;
    });
    if (lines.length < 2) lines.length = 0;
    if (hidden.length) lines.push(squash.make("li", { text: `Off the scale: ${hidden.map((limit) => limit.text).join(", ")}` }));
    list.replaceChildren(...lines);
    list.hidden = !lines.length;
  };

  const show = async () => {
    const picked = choice();
    const shown = await squash.readSeries(chosenJobs(), metric, picked);
    await squash.readPackages(shown.builds);
    squash.nameSeries(shown.series);
    const found = await squash.readFindings(chosenJobs(), metric, shown);
    let hidden = [];
    for (const plot of plots) {
      const fed = squash.feedTrend(plot, shown, picked.x, found);
      points = fed.points;
      hidden = fed.hidden;
      plot.empty.hidden = points.length > 0;
      plot.empty.textContent = "Nothing was measured in this choice. Take a longer period or another series.";
    }
    if (!plots.length) points = shown.series.flatMap((each) => each.points).filter((point) => point.value !== null);
    const without = shown.builds.filter((build) => !build.measured).map((build) => ({ build, point: null }));
    rows = [...shown.series.flatMap((each) => each.points.map((point) => ({ build: point.build, point }))), ...without];
    rows.sort((one, other) => other.build.start - one.build.start || other.build.number - one.build.number);
    limit = FIRST_ROWS;
    legend(shown.series, hidden);
    drawTable();
    squash.listFindings(document.getElementById("found"), found, chosenJobs().length > 1);
    choose([], null);
    page.dataset.points = points.length;
  };

  form.addEventListener("change", (event) => {
    if (event.target.name === "job") offerSeries();
    toAddress();
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  // ---- buttons ----
  const save = (name, text) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    const link = squash.make("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  // A cell that begins like a formula would be run by a spreadsheet.
  const field = (value) => `"${String(value ?? "").replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
  const csv = () => [
    ["job", "build", "started", "dataset", "filter", "level", "value", "unit", "status", "jenkins"].join(","),
    ...rows.filter((row) => row.point).map(({ build, point }) => [
      field(build.job.name), build.number, new Date(build.start).toISOString(), field(point.series.dataset), field(point.series.filter),
      field(point.series.level), point.value ?? "", field(point.unit), field(point.status), field(build.jenkins)].join(",")),
  ].join("\r\n");

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-do]");
    if (!button) return;
    if (button.dataset.do === "csv") { save(`${metric.replace(/[^\w.-]+/g, "-")}.csv`, csv()); return; }
    toAddress();
    const text = location.href;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "It is in the address bar";
    }
    setTimeout(() => { button.textContent = "Copy link"; }, 2000);
  });

  const start = async () => {
    catalogue = await squash.catalogue(page.dataset.catalogue);
    if (!catalogue.length) {
      for (const each of page.querySelectorAll(".empty")) each.textContent = "No build has measured this so far.";
      return;
    }
    fromAddress();
    plots = (await Promise.all([...page.querySelectorAll(".plot")].map(squash.draw))).filter(Boolean);
    for (const plot of plots) {
      const source = squash.source(plot, "points");
      if (source) source.selected.properties.indices.change.connect(() => choose(source.selected.indices, source));
      if (matchMedia("(pointer: coarse)").matches && plot.model.toolbar) plot.model.toolbar.active_drag = null;
    }
    await show();
    setTimeout(() => plots.forEach(squash.repaint), 100);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  };

  document.addEventListener("DOMContentLoaded", () => start().catch((error) => {
    for (const each of page.querySelectorAll(".empty")) { each.hidden = false; each.textContent = `${error.message}. Build the pages again: squash-jenkins dashboards build.`; }
  }));
})();
