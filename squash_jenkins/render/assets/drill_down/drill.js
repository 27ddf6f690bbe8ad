// The tab Drill-down: choosing a build, a metric and a table, and the texts about them.
"use strict";
(() => {
  const drill = squash.drill;
  const made = squash.make;
  const TRIED = 20;
  const page = document.getElementById("drill");
  const form = document.getElementById("drill-choices");
  if (!page) return;
  const selects = Object.fromEntries([...form.querySelectorAll("select")].map((each) => [each.name, each]));
  const place = (name) => document.getElementById(`drill-${name}`);
  const none = place("none");
  const links = place("links");
  none.hidden = false; // until the first table is read
  let jobs = [];
  let kept = null;
  let histories = new Map();
  let asked = 0;
  let stepping = false; // whether Back is to undo the next change of the address
  let view = null;
  let state = null;

  // ---- words ----
  const say = (...content) => {
    none.hidden = !content.length;
    none.querySelector("p").replaceChildren(...content);
  };
  const command = () => made("code", { text: "squash-jenkins serve" });
  const ofText = ([dataset, filter]) => [dataset, filter].filter(Boolean).join(" · ") || "no dataset";
  const ofKey = (blob) => JSON.stringify([blob.dataset, blob.filter]);

  // ---- choices; each depends on those before it ----
  const offer = (name, options, wanted) => {
    const known = new Map(options);
    const select = selects[name];
    select.replaceChildren(...[...known].map(([value, text]) => made("option", { value, text })));
    select.value = known.has(wanted) ? wanted : (known.keys().next().value ?? "");
    select.parentElement.hidden = known.size < 2 && name !== "build";
    return select.value;
  };
  const buildOf = async (job, builds, number) => {
    const found = builds.findLast((build) => build.number === number);
    if (found || kept !== null || !Number.isInteger(number)) return found;
    return (await drill.buildsAround(job, number)).findLast((build) => build.number === number);
  };
  const whyNot = (job, builds, wanted) => {
    if (!builds.length)
      return [
        `No build of ${job.title} has tables yet. Tables come with reports; those of this job have none, or its newest builds failed. Choose another job.`,
      ];
    const number = Number(wanted);
    if (!Number.isInteger(number)) return [`“${wanted}” is no number of a build. Choose one above.`];
    if (kept === null || number > builds.first)
      return [`Build #${number} of ${job.title} has no tables, or does not exist. Choose another one above.`];
    return [
      `The tables of build #${number} are not part of this site, which has the tables of the newest ${kept} builds with tables of each job and of builds in which a finding begins. The live server, `,
      command(),
      ", has all tables.",
    ];
  };
  const preferred = (blobs) => {
    const model = ["MatchedMultiVisitDataset", "matchedDataset"];
    return blobs.find((blob) => model.includes(blob.name)) || [...blobs].sort((one, other) => other.rows - one.rows)[0];
  };

  const offerBuilds = (builds, build, wanted) => {
    const numbers = builds.map((each) => String(each.number)).reverse();
    const begin = new Set(builds.filter((each) => each.begins).map((each) => String(each.number)));
    if (build && !numbers.includes(String(build.number))) numbers.push(String(build.number));
    offer(
      "build",
      [
        ...(build ? [] : [["", wanted ? `#${wanted}` : "none"]]),
        ...numbers.map((number) => [number, `#${number}${begin.has(number) ? " · a finding begins" : ""}`]),
      ],
      build ? String(build.number) : "",
    );
  };

  // Resolve the query: {job, builds, build, blobs, metric, blob}, or `why` if something is missing.
  /** @returns {Promise<any>} */
  const settle = async (query) => {
    const job = await jobOf(query.get("job"));
    if (!job)
      return {
        why: [
          query.get("job")
            ? `There is no job “${query.get("job")}”. Choose one above.`
            : "There are no jobs yet. Ingest builds first: squash-jenkins backfill.",
        ],
      };
    const builds = await drill.builds(job);
    const wanted = query.get("build");
    const build = wanted ? await buildOf(job, builds, Number(wanted)) : builds[builds.length - 1];
    offerBuilds(builds, build, wanted);
    if (!build) return { job, builds, why: whyNot(job, builds, wanted) };
    const asks = JSON.stringify([query.get("dataset") || "", query.get("filter") || ""]);
    const metric = query.get("metric") || "";
    const named = build.blobs.filter((blob) => !metric || blob.metrics.includes(metric));
    const first = (named.length ? named : build.blobs)[0];
    const of = offer(
      "of",
      build.blobs.map((blob) => [ofKey(blob), ofText([blob.dataset, blob.filter])]),
      query.has("dataset") || query.has("filter") ? asks : ofKey(first),
    );
    const all = build.blobs.filter((blob) => ofKey(blob) === of);
    const metrics = [...new Set(all.flatMap((blob) => blob.metrics))].sort();
    offer(
      "metric",
      [["", "any"], ...metrics.map((name) => [name, squash.shortName(name)])],
      metric || (query.size ? "" : metrics.find((name) => /[AP][AM]1$/.test(name)) || metrics[0]),
    );
    const lacks =
      metric && !metrics.includes(metric)
        ? `No table of #${build.number} is marked as the source of ${squash.shortName(metric)}; other tables of the same report are shown.`
        : "";
    const own = selects.metric.value;
    const blobs = all.filter((blob) => lacks || !own || blob.metrics.includes(own));
    const tables = blobs.filter((blob) => blob.digest && blob.rows);
    const known = new Map(tables.map((blob) => [blob.name, blob]));
    const name = offer(
      "blob",
      [...known.keys()].map((each) => [each, each]),
      known.has(query.get("blob")) ? query.get("blob") : tables.length ? preferred(tables).name : "",
    );
    return { job, builds, build, blobs, lacks, metric: own, blob: known.get(name) };
  };
  // Return the job of the query, by default the first one with tables.
  const jobOf = async (title) => {
    if (title) {
      selects.job.value = title;
      return jobs.find((job) => job.title === title || job.name === title);
    }
    for (const job of jobs.slice(0, TRIED)) if ((await drill.builds(job)).length) return job;
    return jobs[0];
  };

  // ---- the value that the reader came from, and its limits ----
  const valueOf = async ({ job, build, metric, blob }) => {
    if (!metric) return { limits: [], unit: "", text: "" };
    const { builds, series } = await squash.readBlock(job, squash.blockOf(build.number));
    const at = builds.findIndex((each) => each.number === build.number && each.start === build.start);
    const own = series.filter(
      (each) =>
        each.metric === metric &&
        each.dataset === blob.dataset &&
        each.filter === blob.filter &&
        at >= 0 &&
        each.status(at),
    );
    const text = own
      .map(
        (each) =>
          `${each.level ? `${each.level} ` : ""}${Number.isNaN(each.values[at]) ? "not measured" : drill.valueText(each.values[at], each.unit)}`,
      )
      .join(" · ");
    const limits = new Map(own.flatMap((each) => each.limits(at).map((limit) => [JSON.stringify(limit), limit])));
    return { limits: [...limits.values()], unit: own.length ? own[0].unit : "", text };
  };

  // ---- around the plots ----
  const button = (href, text, more = {}) => made("a", { class: "button", href, text, ...more });
  const showLinks = ({ job, builds, build, metric, blob }) => {
    const at = builds.findIndex((each) => each.number === build.number && each.start === build.start);
    const beside = (other, text) =>
      other
        ? [
            button(address({ build: String(other.number) }), text(other.number), {
              rel: text(1).startsWith("‹") ? "prev" : "next",
            }),
          ]
        : [];
    const query = new URLSearchParams(
      [
        ["job", job.title],
        ["dataset", blob ? blob.dataset : ""],
        ["filter", blob ? blob.filter : ""],
      ].filter(([, value]) => value),
    );
    const pooled = new URLSearchParams([...query, ...(blob ? [["table", blob.name]] : [])]);
    const history = histories.get(metric);
    const own = build.page.split("/").at(-2) === String(build.number);
    links.replaceChildren(
      ...beside(at > 0 ? builds[at - 1] : null, (number) => `‹ #${number}`),
      ...beside(at >= 0 ? builds[at + 1] : null, (number) => `#${number} ›`),
      button(squash.href(build.page), `Page of #${build.number}`),
      ...(history ? [button(`${squash.href(history)}?${query}`, `History of ${squash.shortName(metric)}`)] : []),
      ...(blob ? [button(`${squash.href("pooled/index.html")}?${pooled}`, "Many builds at once")] : []),
      ...(job.jenkins && own
        ? [button(`${job.jenkins}${build.number}/`, "Open in Jenkins ↗", { class: "button main", rel: "noopener" })]
        : []),
    );
    links.hidden = false;
  };
  const listParameters = (blobs) => {
    const card = place("parameters");
    const parts = [];
    for (const blob of blobs.filter((each) => each.parameters.length)) {
      const rows = blob.parameters.map(([name, value, unit, label, description]) =>
        made(
          "tr",
          {},
          made(
            "th",
            { class: "break", scope: "row" },
            name,
            made("div", { class: "small muted", text: description || label }),
          ),
          made("td", { class: "nowrap", text: parameterText(value, unit) }),
        ),
      );
      parts.push(made("div", {}, made("h3", { text: blob.name }), made("table", {}, made("tbody", {}, ...rows))));
    }
    card.replaceChildren(
      made("h2", { text: "Parameters" }),
      ...(parts.length
        ? [made("div", { class: "drill-parameters" }, ...parts)]
        : [made("p", { class: "muted", text: "This table has no parameters." })]),
    );
  };
  const parameterText = (value, unit) => {
    const one = (each) =>
      typeof each === "number" ? squash.number(each) : each === null ? "not measured" : String(each);
    return `${Array.isArray(value) ? value.map(one).join(", ") : one(value)}${unit ? ` ${unit}` : ""}`;
  };
  const listColumns = (table) => {
    const cells = (column) => {
      if (!drill.isNumeric(column)) return ["", `${new Set(column.values).size} different words`, ""];
      const sorted = drill.sorted(column.values);
      return sorted.length
        ? [sorted[0], squash.quantile(sorted, 0.5), sorted[sorted.length - 1]].map((each) => squash.number(each))
        : ["", "none finite", ""];
    };
    page
      .querySelector("#drill-summary tbody")
      .replaceChildren(
        ...[...table.columns.values()].map((column) =>
          made(
            "tr",
            {},
            made("td", { text: column.name }),
            made("td", { text: column.unit }),
            made("td", { class: "number", text: squash.counted(column.size, "").trim().replace(/s$/, "") }),
            ...cells(column).map((text) => made("td", { class: "number nowrap", text })),
            made("td", { class: "small muted", text: column.description || column.label }),
          ),
        ),
      );
  };
  const showNotes = (table, blob) => (notes) => {
    const sampled = [...table.columns.values()].find((column) => column.size > column.values.length);
    const parts = notes.filter(Boolean).map((note) => `${note} `);
    if (sampled)
      parts.unshift(
        `${squash.counted(sampled.values.length, "row")} are drawn, a random sample of ${squash.counted(sampled.size, "row")}, and all numbers on this page are those of the sample. `,
        made("a", { href: links.querySelector('a[href*="pooled/"]').href, text: "The pooled tables" }),
        ` show every row of ${blob.name}. `,
      );
    place("notes").replaceChildren(...parts);
  };
  const showTitle = ({ job, build, metric, blob }, value) => {
    place("title").textContent =
      `${metric ? `Behind ${squash.shortName(metric)}` : "Tables"} of ${job.title} #${build.number}`;
    const of = blob ? `${squash.counted(blob.rows, "row")} of ${blob.name}` : "";
    place("lead").textContent = [
      value.text ? `${squash.shortName(metric)}: ${value.text}` : "",
      of,
      squash.absolute(build.start),
    ]
      .filter(Boolean)
      .join(" · ");
    document.title = `${place("title").textContent} · ${document.title.split(" · ").pop()}`;
  };

  // ---- the address ----
  const chosen = () => {
    const [dataset, filter] = selects.of.value ? JSON.parse(selects.of.value) : ["", ""];
    return {
      job: selects.job.value,
      build: selects.build.value,
      metric: selects.metric.value,
      dataset,
      filter,
      blob: selects.blob.value,
      view: selects.view.value,
    };
  };
  const address = (changes = {}) => {
    const all = { ...chosen(), ...(view ? view.toAddress() : {}), ...changes };
    return `?${new URLSearchParams(Object.entries(all).filter(([name, value]) => value || (name === "y" && value !== undefined)))}`;
  };
  // A choice of a menu adds a step to the browser's history; a cut or a zoom does not.
  const save = () => {
    if (stepping && address() !== location.search) history.pushState(null, "", address());
    else history.replaceState(null, "", address());
    stepping = false;
  };

  // ---- update of the page ----
  const viewOf = (table, metric, unit, wanted) => {
    const fitting = drill.views.filter((each) => each.fits(table));
    const ofMagnitudes = /mag$/.test(unit) || /(^|\.)P[AF]\d/.test(metric);
    const first = fitting.find((each) => each.name === "magnitudes" && ofMagnitudes) || fitting[0];
    const name = offer(
      "view",
      fitting.map((each) => [each.name, each.title]),
      fitting.some((each) => each.name === wanted) ? wanted : first && first.name,
    );
    return fitting.find((each) => each.name === name);
  };
  const show = async (query) => {
    const turn = ++asked;
    place("cut").hidden = place("columns").hidden = place("key").hidden = place("empty").hidden = true;
    view = null;
    const found = await settle(query);
    if (turn !== asked) return; // superseded by a newer choice
    if (found.job) selects.job.value = found.job.title;
    page.hidden = !found.build;
    links.hidden = !found.build;
    if (!found.build) {
      say(...found.why);
      ["of", "metric", "blob", "view"].forEach((name) => offer(name, []));
      return;
    }
    state = found;
    showLinks(found);
    // Without a metric, list the parameters of the table and of the models, not those of every metric.
    listParameters(
      found.metric
        ? found.blobs
        : found.blobs.filter((each) => each === found.blob || (!each.rows && each.metrics.length > 4)),
    );
    place("summary").hidden = place("notes").hidden = place("plots").hidden = !found.blob;
    const value = await valueOf({ ...found, blob: found.blob || found.blobs[0] });
    showTitle(found, value);
    say(
      ...[found.lacks, found.blob ? "" : "This value has parameters but no table; they are listed below."].filter(
        Boolean,
      ),
    );
    delete page.dataset.shown;
    if (!found.blob) {
      offer("view", []);
      save();
      return;
    }
    const table = await drill.table(found.blob.digest);
    if (turn !== asked) return;
    listColumns(table);
    view = viewOf(table, found.metric, value.unit, query.get("view"));
    if (!view) {
      drill.show([]);
      say("This table has no numbers to draw; its columns are listed below.");
      save();
      return;
    }
    const note = showNotes(table, found.blob);
    const same = state.build.blobs.filter((each) => ofKey(each) === ofKey(found.blob));
    const parameters = relevant(view.name, [...found.blobs, ...same]);
    note(await view.show({ ...value, table, parameters, query, save, note, fail }));
    save();
    page.dataset.shown = `${found.build.number} ${found.blob.name} ${view.name}`;
  };
  // Return the parameters of the model that belongs to a view.
  const relevant = (name, blobs) =>
    (
      blobs.find((blob) => blob.parameters.some(([own]) => own === (name === "magnitudes" ? "m5" : "theta"))) || {
        parameters: [],
      }
    ).parameters;

  const fail = (error) => {
    say(`${error.message} `);
    place("plots").hidden = place("summary").hidden = true;
    place("cut").hidden = place("columns").hidden = true;
    if (state) {
      links.hidden = false;
      save();
    }
  };
  const readJobs = async () => {
    let finder;
    [jobs, kept, finder] = await Promise.all([squash.jobs(), drill.kept(), squash.finder()]);
    histories = new Map(finder.metrics.map((metric) => [metric.name, metric.page]));
    offer(
      "job",
      jobs.map((job) => [job.title, job.title]),
      selects.job.value,
    );
  };
  // After an update there may be more builds. The plots stay because a table never changes.
  const renew = async () => {
    const shown = state;
    await readJobs();
    if (!view) {
      await show(new URLSearchParams(address())).catch(fail);
      return;
    }
    const job = jobs.find((each) => each.title === shown.job.title);
    if (!job) return;
    const builds = await drill.builds(job);
    if (shown !== state) return; // superseded by a newer choice
    Object.assign(state, { job, builds });
    offerBuilds(builds, state.build, String(state.build.number));
    showLinks(state);
  };
  const start = async () => {
    await readJobs();
    form.hidden = false;
    squash.onChange(renew);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", (/** @type {EventOn<HTMLSelectElement>} */ { target }) => {
      const names = ["job", "build", "of", "metric", "blob", "view"];
      const query = new URLSearchParams(address());
      const drop =
        { job: ["build", "metric", "dataset", "filter"], of: ["blob"], metric: ["blob", "view"], blob: ["view"] }[
          target.name
        ] || [];
      if (!names.includes(target.name)) return;
      for (const name of [
        ...drop,
        "box",
        ...(target.name === "blob" || target.name === "view" ? ["x", "y", "xscale", "yscale", "colour"] : []),
      ])
        query.delete(name);
      if (!query.has("dataset") && !query.has("filter") && target.name !== "job") query.set("dataset", "");
      stepping = true;
      show(query).catch(fail);
    });
    window.addEventListener("popstate", () => show(new URLSearchParams(location.search)).catch(fail));
    const copy = place("copy");
    copy.addEventListener("click", () => squash.copyLink(copy));
    await show(new URLSearchParams(location.search)).catch(fail);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
      show(new URLSearchParams(address())).catch(fail),
    );
  };
  document.addEventListener("DOMContentLoaded", () => start().catch(fail));
})();
