// The page of a build: its measurements, compared with their specifications, the previous build and the usual value.
"use strict";
(() => {
  const BACK = 30;
  const FIRST = 150;
  const page = document.getElementById("build");
  const card = document.getElementById("measured");
  if (!page) return;
  const made = squash.make;
  const number = Number(page.dataset.number);
  const start = Number(page.dataset.start);
  let rows = [];
  let histories = new Map();
  const tables = new Set();
  let limit = FIRST;

  // ---- reading ----
  // Return the blocks with this build and enough builds before it: [{builds, series}].
  const readBack = async (job) => {
    const own = squash.blockOf(number);
    const parts = [await squash.readBlock(job, own)];
    const earlier = job.recreated
      ? job.blocks.filter((block) => block !== own)
      : job.blocks.filter((block) => block < own).slice(-1);
    for (const block of earlier.slice(-3)) parts.push(await squash.readBlock(job, block));
    return parts;
  };

  const before = (one, other) => one.start < other.start || (one.start === other.start && one.number < other.number);
  const keyOf = (series) => JSON.stringify([series.dataset, series.filter, series.metric, series.level]);

  // Return a row for each series: its entry in this build, and those of the builds before it (newest last).
  const gather = (parts) => {
    const builds = parts.flatMap((part) => part.builds).sort((one, other) => (before(one, other) ? -1 : 1));
    const self = builds.find((build) => build.number === number && build.start === start);
    const back = builds.filter((build) => before(build, self)).slice(-BACK);
    const places = new Map(back.map((build, at) => [build, at]));
    const found = new Map();
    for (const { builds: some, series } of parts) {
      for (const each of series) {
        const key = keyOf(each);
        const known = found.get(key) || { series: each, own: null, earlier: back.map(() => null) };
        some.forEach((build, at) => {
          const status = each.status(at);
          if (!status) return;
          const value = Number.isNaN(each.values[at]) ? null : each.values[at];
          const entry = { build, value, status, unit: each.unit, limits: each.limits(at) };
          if (build === self) known.own = entry;
          else if (places.has(build)) known.earlier[places.get(build)] = entry;
        });
        found.set(key, known);
      }
    }
    return { self, rows: [...found.values()].filter((row) => row.own).map(rowOf) };
  };

  const rowOf = ({ series, own, earlier }) => {
    const measured = earlier.filter((entry) => entry && entry.value !== null && entry.unit === own.unit);
    const values = measured.map((entry) => entry.value);
    const last = measured[measured.length - 1] || null;
    const usual = values.length >= 5 ? squash.median(values) : NaN;
    const away =
      own.value === null || Number.isNaN(usual) || !(series.noise > 0) ? NaN : (own.value - usual) / series.noise;
    const name = series.metric.split(".").pop();
    return {
      series,
      ...own,
      earlier,
      last,
      usual,
      away,
      name: series.level ? `${name} ${series.level}` : name,
      group: [series.dataset, series.filter].filter(Boolean).join(" · "),
      change: last && own.value !== null ? squash.change(own.value, last.value) : "",
      moved: last && own.value !== null && last.value ? Math.abs(own.value / last.value - 1) : 0,
      trend: squash.steps(last && last.status, own.status),
    };
  };

  // ---- the table ----
  const chosen = () => {
    const text = (card.querySelector("input[name=find]")?.value || "").toLowerCase().split(/\s+/).filter(Boolean);
    const only = card.querySelector("select[name=only]")?.value || "";
    const order = card.querySelector("select[name=order]")?.value || "name";
    const fits = (row) =>
      text.every((word) => `${row.series.metric} ${row.series.level} ${row.group}`.toLowerCase().includes(word)) &&
      (only !== "misses" || row.status.name.startsWith("misses")) &&
      (only !== "moved" || Math.abs(row.away) >= 4 || row.trend !== 0);
    const byName = (one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);
    const by = {
      name: byName,
      status: (one, other) => one.status.rank - other.status.rank || byName(one, other),
      change: (one, other) => other.moved - one.moved,
      usual: (one, other) => (Math.abs(other.away) || 0) - (Math.abs(one.away) || 0),
    }[order];
    return rows
      .filter(fits)
      .sort((one, other) => (one.group < other.group ? -1 : one.group > other.group ? 1 : by(one, other)));
  };

  const sigmas = (away) => {
    const text = Math.abs(away).toFixed(Math.abs(away) < 9.95 ? 1 : 0);
    return `${text === "0.0" ? "" : away < 0 ? "\u2212" : "+"}${text}σ`;
  };

  const valueOf = (row) => {
    const { metric, dataset, filter } = row.series;
    const text = `${squash.number(row.value, squash.thresholds(row.limits))} ${row.unit}`.trim();
    if (row.value === null) return made("span", { class: "muted", text: "not measured" });
    if (!tables.has(JSON.stringify([metric, dataset, filter]))) return text;
    const query = new URLSearchParams({ job: page.dataset.title, build: String(number), metric, dataset, filter });
    return made("a", {
      href: `${squash.href("drill-down/index.html")}?${query}`,
      title: "the table behind this value",
      text,
    });
  };

  const cells = (row) => {
    const { series } = row;
    const query = new URLSearchParams({ job: page.dataset.title });
    for (const key of ["dataset", "filter", "level"]) if (series[key]) query.set(key, series[key]);
    const link = histories.get(series.metric);
    const limits = row.limits.map(([, , label]) => label).join(", ") || "no target set";
    const bar = squash.bullet(row.value, row.limits, row.status.tone);
    const away = Math.abs(row.away);
    const usual = Number.isNaN(row.usual)
      ? ""
      : `${squash.number(row.usual)}${Number.isNaN(row.away) ? "" : ` · ${sigmas(row.away)}`}`;
    return made(
      "tr",
      {},
      made(
        "td",
        { class: "measure" },
        link ? made("a", { href: `${squash.href(link)}?${query}`, title: series.metric, text: row.name }) : row.name,
      ),
      made("td", { class: "nowrap" }, valueOf(row)),
      made("td", { title: limits }, bar || made("span", { class: "muted small", text: limits })),
      made("td", {}, made("span", { class: `word ${row.status.tone}`, text: row.status.word })),
      made(
        "td",
        { class: "nowrap" },
        made("span", {
          class: row.trend < 0 ? "worse" : row.trend > 0 ? "better" : null,
          title: row.last ? `compared with #${row.last.build.number}` : null,
          text: row.change,
        }),
      ),
      made("td", { class: `nowrap usual${away >= 4 ? " far" : ""}`, text: usual }),
      made(
        "td",
        {},
        ...[
          squash.spark([
            ...row.earlier.map((entry) => (entry && entry.unit === row.unit ? entry.value : null)),
            row.value,
          ]),
        ].filter(Boolean),
      ),
    );
  };

  const drawTable = () => {
    const table = card.querySelector("table");
    const all = chosen();
    const shown = all.slice(0, limit);
    const groups = new Map();
    for (const row of shown) groups.set(row.group, [...(groups.get(row.group) || []), row]);
    const several = new Set(rows.map((row) => row.group)).size > 1;
    table.querySelectorAll("tbody").forEach((each) => each.remove());
    for (const [name, own] of groups) {
      const head = several
        ? [made("tr", {}, made("th", { class: "rows", colspan: 7, scope: "rowgroup", text: name || "no dataset" }))]
        : [];
      table.append(made("tbody", {}, ...head, ...own.map((row) => (row.node ??= cells(row)))));
    }
    const note = card.querySelector(".rows-note");
    note.replaceChildren();
    if (!all.length) note.textContent = "No measurement matches the filter.";
    if (all.length > limit) {
      const more = made("button", { type: "button", class: "button small", text: "Show all" });
      more.addEventListener("click", () => {
        limit = Infinity;
        drawTable();
      });
      note.append(`${limit} of ${all.length} measurements. `, more);
    }
  };

  const select = (name, title, options) =>
    made(
      "label",
      { class: "choice" },
      `${title} `,
      made("select", { name, autocomplete: "off" }, ...options.map(([value, text]) => made("option", { value, text }))),
    );
  const drawCard = (previous) => {
    const heads = [
      "metric",
      "value",
      "specifications",
      "reaches",
      previous ? `vs #${previous.number}` : "change",
      "usual",
      "history",
    ];
    const titles = {
      specifications: "the value and its limits, a tick for each",
      usual: `median of up to ${BACK} builds before this one, and the distance from it in units of the noise`,
    };
    const form = made(
      "form",
      { class: "choices", "aria-label": "Filter measurements" },
      made(
        "label",
        { class: "choice" },
        "find ",
        made("input", { name: "find", type: "search", autocomplete: "off", placeholder: "metric, filter…" }),
      ),
      select("only", "show", [
        ["", "everything"],
        ["misses", "missed specifications"],
        ["moved", "changed"],
      ]),
      select("order", "sorted by", [
        ["name", "name"],
        ["status", "status"],
        ["change", "change"],
        ["usual", "distance from the median"],
      ]),
    );
    form.hidden = rows.length < 12;
    form.addEventListener("input", () => {
      limit = FIRST;
      drawTable();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    const table = made(
      "table",
      {},
      made("thead", {}, made("tr", {}, ...heads.map((text) => made("th", { text, title: titles[text] })))),
    );
    card.replaceChildren(form, made("div", { class: "scroll" }, table), made("p", { class: "muted rows-note" }));
    drawTable();
  };

  const pills = () => {
    const measured = rows.filter((row) => row.value !== null);
    const levels = new Map();
    for (const row of measured) {
      for (const [level, met] of Object.entries(row.status.met)) {
        const [yes, all] = levels.get(level) || [0, 0];
        levels.set(level, [yes + Number(met), all + 1]);
      }
    }
    const pill = (text, count) => made("li", { class: "pill" }, `${text} `, made("b", { text: count }));
    const list = [pill(`${rows.length} measurement${rows.length === 1 ? "" : "s"} · measured`, measured.length)];
    for (const level of ["minimum", "design", "stretch"])
      if (levels.has(level)) list.push(pill(`meet ${level}`, levels.get(level).join(" of ")));
    return made("ul", { class: "pills build-pills" }, ...list);
  };

  const about = () => {
    const words = (key, most) =>
      [...new Set(rows.map((row) => row.series[key]).filter(Boolean))].sort().slice(0, most).join(", ");
    const text = [words("dataset", 4), words("filter", 8)].filter(Boolean).join(" · ");
    document.getElementById("about").textContent = text ? `${text} · ` : "";
  };

  const hasTab = (name) =>
    [...document.querySelector(".menu").querySelectorAll("a")].some((tab) =>
      tab.pathname.endsWith(`/${name}/index.html`),
    );

  // Link to comparisons with the previous build and with the usual values, if the site has the tab Compare.
  const offerCompared = (self, previous) => {
    if (!hasTab("compare")) return;
    const link = (a, text) =>
      made("a", {
        class: "button compared",
        href: `${squash.href("compare/index.html")}?${new URLSearchParams({ job: page.dataset.title, a, b: self.name })}`,
        text,
      });
    const links = previous
      ? [link(previous.name, `Compare with #${previous.number}`), link(`last${BACK}`, `Compare with last ${BACK}`)]
      : [];
    const place = document.querySelector(".head .buttons");
    const jenkins = place.querySelector(".main");
    place.querySelectorAll(".compared").forEach((each) => each.remove());
    for (const each of links) place.insertBefore(each, jenkins);
  };

  // The newest builds of a job, and those in which a finding begins, have tables: link the values made from them.
  const offerTables = async (job, self) => {
    if (!hasTab("drill-down")) return;
    const { kept } = await squash.load("data/tables.js");
    const { builds, kinds } = await squash.load(`${job.data}/${kept === null ? `blobs-${self.block}` : "blobs"}.js`);
    const own = builds.find((build) => build.number === number && build.start === start);
    for (const [kind, digest] of own ? own.blobs : []) {
      const [, dataset, filter, metrics] = kinds[kind];
      if (digest) for (const metric of metrics) tables.add(JSON.stringify([metric, dataset, filter]));
    }
    if (!tables.size) return;
    for (const row of rows) delete row.node;
    drawTable();
  };

  const begin = async () => {
    const job = (await squash.jobs()).find((each) => each.folder === page.dataset.folder);
    if (!job) throw new Error("This job is no longer listed");
    page.dataset.title = job.title;
    const [parts, finder, findings] = await Promise.all([
      readBack(job),
      squash.load("data/finder.js"),
      squash.load(`${job.data}/findings.js`),
    ]);
    histories = new Map(finder.metrics.map((metric) => [metric.name, metric.page]));
    const found = gather(parts);
    rows = found.rows;
    page.replaceChildren();
    const previous = rows
      .map((row) => row.last && row.last.build)
      .filter(Boolean)
      .sort((one, other) => other.start - one.start)[0];
    if (rows.length) {
      about();
      page.append(pills());
      if (card.querySelector("table")) drawTable();
      else drawCard(previous);
    } else
      card.replaceChildren(
        made("p", { class: "muted", text: page.dataset.nothing || "Its reports contain no measurements." }),
      );
    squash.findingsHere(page, findings.findings, [number, start]);
    offerCompared(found.self, previous);
    page.dataset.rows = String(rows.length);
    if (rows.length) await offerTables(job, found.self);
    page.dataset.tables = String(tables.size);
  };

  document.addEventListener("keydown", (event) => {
    if (
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)
    )
      return;
    const link = document.querySelector({ ArrowLeft: "a[rel=prev]", ArrowRight: "a[rel=next]" }[event.key] || "#none");
    if (link) link.click();
  });
  squash.onChange(begin);
  document.addEventListener("DOMContentLoaded", () =>
    begin().catch((error) => {
      card.replaceChildren(
        made("p", { text: `${error.message}. Rebuild the pages: squash-jenkins dashboards build.` }),
      );
    }),
  );
})();
