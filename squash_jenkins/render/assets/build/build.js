// The page of a build: its measurements, compared with their specifications, the previous build and the usual value.
"use strict";
(() => {
  const NAMED = 3; // series named in a sentence
  const page = document.getElementById("build");
  const card = document.getElementById("measured");
  if (!page) return;
  const made = squash.make;
  const number = Number(page.dataset.number);
  const start = Number(page.dataset.start);
  const asked = new URLSearchParams(location.search);
  const choice = { find: asked.get("find") || "", only: asked.get("only") || "", sort: asked.get("sort") || "" };
  const tables = new Set();
  let table = null;

  const write = () => {
    const values = Object.entries(choice).filter(([, value]) => value);
    const query = new URLSearchParams(Object.fromEntries(values)).toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  };

  // ---- the sentence at the top: the server wrote what is missed, here is added what moved ----
  const listed = (rows) => {
    const names = rows.slice(0, NAMED).map((row) => `${row.name}${row.group ? ` (${row.group})` : ""}`);
    const more = rows.length - names.length;
    return `${names.join(", ")}${more ? ` and ${more} more` : ""}`;
  };
  const verdict = (rows, begins) => {
    const place = document.getElementById("verdict");
    if (!place) return;
    place.querySelectorAll(".moves").forEach((each) => each.remove());
    const far = rows
      .filter((row) => row.far && row.value !== null)
      .sort((one, other) => Math.abs(other.away) - Math.abs(one.away));
    const say = (which, text) => (which.length ? [`${which.length} ${text}: ${listed(which)}.`] : []);
    const known = rows.some((row) => !Number.isNaN(row.away));
    const sentences = [
      ...say(
        far.filter((row) => row.way < 0),
        "got worse by more than 4× the noise",
      ),
      ...say(
        far.filter((row) => !row.way),
        "changed by more than 4× the noise, where better or worse is not known",
      ),
      ...say(
        far.filter((row) => row.way > 0),
        "got better",
      ),
      ...say(
        rows.filter((row) => row.kind === "gone"),
        "usually measured, but not in this build",
      ),
    ];
    if (known && !far.length) sentences.unshift("Nothing moved by more than 4× its noise.");
    // What moved stands before the counts, which end the sentences of the server.
    place.lastElementChild.before(...sentences.map((text) => made("p", { class: "moves" }, ...squash.breakable(text))));
    if (begins.length) {
      const text = `${begins.length} finding${begins.length === 1 ? " begins" : "s begin"} here`;
      place.prepend(made("p", { class: "moves" }, made("a", { href: "#begins", text }), "."));
    }
    const bad = begins.some((each) => each.direction === "worse") || far.some((row) => row.way < 0);
    if (bad) place.className = place.className.replace(/\b(calm|note)\b/, "warn");
  };

  // ---- search and filter ----
  const drawForm = (rows) => {
    const option = ([value, text]) => made("option", { value, text });
    const only = made(
      "select",
      { name: "only", autocomplete: "off" },
      ...[
        ["", "everything"],
        ["misses", "missed specifications"],
        ["moved", "moved"],
        ["missing", "not measured"],
      ].map(option),
    );
    const find = made("input", { name: "find", type: "search", autocomplete: "off", placeholder: "metric, filter…" });
    [find.value, only.value] = [choice.find, choice.only];
    const form = made(
      "form",
      { class: "choices", "aria-label": "Filter measurements" },
      made("label", { class: "choice" }, "find ", find),
      made("label", { class: "choice" }, "show ", only),
    );
    form.hidden = rows.length < 12;
    form.addEventListener("input", () => table.choose({ find: find.value, only: only.value }));
    form.addEventListener("submit", (event) => event.preventDefault());
    return form;
  };
  const drawTable = (view) => {
    const place = made("div", {});
    table = new squash.BuildTable(place, view, choice, write);
    if (!card.querySelector("form")) card.replaceChildren(drawForm(view.rows));
    card.querySelectorAll(":scope > div").forEach((each) => each.remove());
    card.append(place);
    table.draw();
  };

  const pills = (rows) => {
    const measured = rows.filter((row) => row.value !== null);
    const reported = rows.filter((row) => row.kind !== "gone" || row.status.name);
    const levels = new Map();
    for (const row of measured) {
      for (const [level, met] of Object.entries(row.status.met)) {
        const [yes, all] = levels.get(level) || [0, 0];
        levels.set(level, [yes + Number(met), all + 1]);
      }
    }
    const pill = (text, count) => made("li", { class: "pill" }, `${text} `, made("b", { text: count }));
    const list = [pill(`${squash.counted(reported.length, "measurement")} · measured`, measured.length)];
    for (const level of ["minimum", "design", "stretch"])
      if (levels.has(level)) list.push(pill(`meet ${level}`, levels.get(level).join(" of ")));
    return made("ul", { class: "pills build-pills" }, ...list);
  };

  const about = (rows) => {
    const words = (key, most) =>
      [...new Set(rows.map((row) => row.series[key]).filter(Boolean))].sort().slice(0, most).join(", ");
    const text = [words("dataset", 4), words("filter", 8)].filter(Boolean).join(" · ");
    document.getElementById("about").textContent = text ? `${text} · ` : "";
  };

  const hasTab = (name) =>
    [...document.querySelector(".menu").querySelectorAll("a")].some((tab) =>
      tab.pathname.endsWith(`/${name}/index.html`),
    );

  // Link to comparisons with the previous build, the usual values and the target, if the site has the tab Compare.
  const offerCompared = (job, self, previous) => {
    if (!hasTab("compare")) return;
    const link = (sides, text) =>
      made("a", {
        class: "button compared",
        href: `${squash.href("compare/index.html")}?${new URLSearchParams({ ...sides, b: self.name })}`,
        text,
      });
    const own = { job: job.title };
    const links = previous
      ? [
          link({ ...own, a: previous.name }, `Compare with #${previous.number}`),
          link({ ...own, a: "last30" }, "Compare with last 30"),
        ]
      : [];
    if (job.target && job.target !== job.title)
      links.push(link({ job: job.target, jobb: job.title, a: "last30" }, `Compare with ${job.target}`));
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
    if (tables.size) table.renew();
  };

  const begin = async () => {
    const job = (await squash.jobs()).find((each) => each.folder === page.dataset.folder);
    if (!job) throw new Error("This job is no longer listed");
    page.dataset.title = job.title;
    const [{ self, rows, earlier }, finder, { findings }] = await Promise.all([
      squash.readBuildRows(job, number, start),
      squash.finder(),
      squash.load(`${job.data}/findings.js`),
    ]);
    const last = rows.map((row) => row.last && row.last.build).filter(Boolean);
    const previous = last.sort((one, other) => other.start - one.start)[0];
    page.replaceChildren();
    if (rows.length) {
      about(rows);
      page.append(pills(rows));
      const pages = new Map(finder.metrics.map((metric) => [metric.name, metric.page]));
      drawTable({ rows, title: job.title, number, previous, pages, tables });
    } else
      card.replaceChildren(
        made("p", { class: "muted", text: page.dataset.nothing || "Its reports contain no measurements." }),
      );
    verdict(rows, squash.findingsHere(page, findings, [number, start]));
    offerCompared(job, self, previous || earlier.findLast((build) => build.good));
    page.dataset.rows = String(rows.length);
    if (rows.length) await offerTables(job, self);
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
