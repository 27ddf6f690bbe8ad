// The tab Compare; its address holds the choice.
"use strict";
(() => {
  const USUAL = 4;
  const SUGGESTED = 100;
  const READ = 640; // times the noise; builds suggested; builds whose packages are read
  const made = squash.make;
  const page = document.getElementById("compare");
  const form = /** @type {HTMLFormElement} */ (document.getElementById("compare-choices"));
  if (!page) return;
  const field = (name) => /** @type {any} */ (form.elements.namedItem(name));
  const place = (name) => /** @type {any} */ (document.getElementById(`compare-${name}`));
  const CHOICES = ["find", "package", "dataset", "filter", "only", "over"];
  const state = { jobs: [], builds: new Map(), a: null, b: null, view: null, rows: [] };

  // ---- the address ----
  const query = new URLSearchParams(location.search);
  const asked = {
    job: query.get("job") || "",
    jobb: query.get("jobb") || "",
    a: query.get("a") || "",
    b: query.get("b") || "",
  };
  const choice = () => Object.fromEntries(CHOICES.map((name) => [name, field(name).value.trim()]));
  const write = () => {
    const values = new URLSearchParams();
    for (const [name, value] of Object.entries(asked)) if (value) values.set(name, value);
    for (const [name, value] of Object.entries(choice())) if (value) values.set(name, value);
    history.replaceState(null, "", `?${values}`);
  };

  // ---- the sides ----
  const buildsOf = async (job) => {
    if (!state.builds.has(job)) state.builds.set(job, squash.readBuilds(job));
    return state.builds.get(job);
  };
  const jobOf = (title) => {
    const found = state.jobs.find((job) => job.title === title);
    if (title && !found) throw new Error(`There is no job ${title}: choose another one`);
    return found;
  };
  const resolve = async () => {
    const newest = [...state.jobs].sort((one, other) => other.newest - one.newest)[0];
    const jobA = jobOf(asked.job) || newest;
    const jobB = jobOf(asked.jobb) || jobA;
    const [a, b] = await Promise.all([buildsOf(jobA), buildsOf(jobB)]);
    asked.job = jobA.title;
    asked.jobb = jobB === jobA ? "" : jobB.title;
    suggest("a", a);
    suggest("b", b);
    field("job").value = asked.job;
    field("jobb").value = asked.jobb;
    // Without a choice, b is the newest build and a the one before it.
    [state.a, state.b] = squash.resolveSides(
      { job: jobA, builds: a, word: asked.a },
      { job: jobB, builds: b, word: asked.b },
    );
    [asked.a, asked.b] = [state.a.word, state.b.word];
    field("a").value = asked.a;
    field("b").value = asked.b;
  };
  const suggest = (name, builds) => {
    const near = builds.slice(-SUGGESTED).reverse();
    document
      .getElementById(`builds-${name}`)
      .replaceChildren(
        made("option", { value: "last30", label: "median of the 30 builds before" }),
        ...near.map((build) =>
          made("option", { value: build.name, label: `${build.result}, ${squash.moment(build.start)}` }),
        ),
      );
  };

  // ---- above the table ----
  const link = (side) => made("a", { href: side.build.page, text: side.label });
  const sideLine = (side) => {
    const { job, build, builds, range } = side;
    const about = range
      ? `${builds.length} build${builds.length === 1 ? "" : "s"} from ${squash.moment(builds[0].start)} to ${squash.moment(build.start)}${side.left ? `; ${side.left} older ones of the range are left out` : ""}`
      : `${build.result}, finished ${squash.moment(build.end)}`;
    return made(
      "p",
      {},
      made("b", {}, `${job.title} `, ...(range ? [side.label] : [link(side)])),
      ` ${about} `,
      ...(build.jenkins && !range
        ? [made("a", { href: build.jenkins, rel: "noopener", class: "nowrap", text: "↗ Jenkins" })]
        : []),
    );
  };
  const summary = ({ rows, ignored, to }) => {
    const over = Number(field("over").value || USUAL);
    const measured = rows.filter((row) => !Number.isNaN(row.difference));
    const far = measured.filter((row) => Math.abs(row.times) > over);
    const unknown = measured.filter((row) => Number.isNaN(row.times));
    const way = (word) => far.filter((row) => row.trend === word).length;
    const neutral = far.length - way("worse") - way("better");
    const parts = [
      `${squash.number(way("worse"))} worse`,
      `${squash.number(way("better"))} better`,
      ...(neutral ? [`${squash.number(neutral)} without a better or worse`] : []),
    ];
    const changed = rows.filter((row) => row.changed).length;
    /** @type {(Node | string)[]} */
    const sentence = [
      made("b", {
        text: measured.length
          ? `${squash.number(far.length)} of ${squash.number(measured.length)} series moved more than ${squash.number(over)}× their noise${far.length ? `: ${parts.join(", ")}` : ""}.`
          : "No series was measured on both sides, so there is nothing to compare.",
      }),
    ];
    if (changed) sentence.push(` The status of ${squash.number(changed)} changed.`);
    const note = [
      `Noise: typical build-to-build difference, steps and outliers aside; findings compare with the same, as of ${to.range ? `#${to.build.number}` : to.label}.`,
    ];
    if (unknown.length)
      note.push(
        ` Of ${squash.number(unknown.length)} the noise is unknown because fewer than 8 builds measured them; they come last, sorted by their change in percent.`,
      );
    if (ignored.size)
      note.push(
        ` The jobs have one ${[...ignored].join(" and one ")} each, of other names: series are matched without.`,
      );
    return [made("p", {}, ...sentence), made("p", { class: "muted small", text: note.join("") })];
  };

  const options = (name, values, all) => {
    const select = field(name);
    const before = select.value || query.get(name) || "";
    const sorted = [...new Set(values.map((value) => value || "–"))].sort();
    select.replaceChildren(
      made("option", { value: "", text: all }),
      ...sorted.map((value) => made("option", { value, text: value })),
    );
    select.value = sorted.includes(before) ? before : "";
    select.parentElement.hidden = sorted.length < 2;
  };

  // ---- code changes between the two ----
  const drawCode = async (view) => {
    const { from, to } = view;
    const box = made("div", { class: "card" });
    place("code").replaceChildren(made("h2", { text: "What changed in the code" }), box);
    if (from.job !== to.job) {
      box.replaceChildren(
        made("p", { class: "muted", text: "The builds are of two jobs; their own pages show their code changes." }),
      );
      return;
    }
    const [older, newer] = [from.build, to.build].sort(
      (one, other) => one.start - other.start || one.number - other.number,
    );
    const between = (await buildsOf(from.job)).filter(
      (build) => build.start > older.start && build.start <= newer.start,
    );
    const read = between.slice(-READ);
    box.replaceChildren(made("p", { class: "muted", text: "Reading the packages…" }));
    const table = await squash.packagesIn(read);
    if (state.view !== view) return;
    const text = `${squash.counted(between.length, "build")} after #${older.number} up to #${newer.number}${read.length < between.length ? `; only the newest ${READ} are listed` : ""}. Commits are on the pages of the builds.`;
    box.replaceChildren(made("p", { class: "muted", text }), table);
  };

  // ---- drawing ----
  const redraw = () => {
    const { view } = state;
    const fitting = squash.fittingRows(view.rows, choice());
    state.rows = fitting;
    place("sum").replaceChildren(...summary(view));
    if (fitting.length) squash.drawCompared(place("rows"), fitting, view);
    else
      place("rows").replaceChildren(
        made("p", {
          class: "muted",
          text: view.rows.length
            ? "No series matches the filters: remove one."
            : "Neither side measured anything. Choose other builds.",
        }),
      );
    page.dataset.rows = String(fitting.length);
    write();
  };

  const steps = () => {
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("button[data-step]")))
      button.disabled = Boolean(state[button.dataset.side].range) || !beside(button.dataset);
    place("swap").disabled = state.a.range !== state.b.range; // the range always comes first
  };
  /** @param {DOMStringMap} data */
  const beside = ({ side, step }) => {
    const { job, build } = state[side];
    const builds = state.known.get(job);
    return builds[builds.findIndex((each) => each.name === build.name) + Number(step)];
  };

  const compare = async () => {
    const turn = (state.turn = {});
    delete page.dataset.rows;
    await resolve();
    state.known = new Map();
    for (const [job, builds] of state.builds) state.known.set(job, await builds);
    const [from, to] = squash.inReadingOrder([state.a, state.b]);
    place("sides").replaceChildren(sideLine(from), sideLine(to));
    const [compared, finder] = await Promise.all([squash.compareRows(from, to), squash.finder()]);
    if (state.turn !== turn) return; // superseded by a newer choice
    place("code").hidden = false;
    state.view = {
      ...compared,
      from,
      to,
      named: compared.rows.some((row) => row.where),
      pages: new Map(finder.metrics.map((metric) => [metric.name, metric.page])),
    };
    options(
      "package",
      compared.rows.map((row) => row.package),
      "all packages",
    );
    options(
      "dataset",
      compared.rows.map((row) => row.series.dataset),
      "all datasets",
    );
    options(
      "filter",
      compared.rows.map((row) => row.series.filter),
      "all filters",
    );
    steps();
    redraw();
    await drawCode(state.view);
  };
  const showError = (error) => {
    const text = /could not be loaded/.test(error.message)
      ? `${error.message}. Rebuild the pages: squash-jenkins dashboards build.`
      : `${error.message}.`;
    place("rows").replaceChildren(made("p", { text }));
    for (const name of ["sum", "sides", "code"]) place(name).replaceChildren();
    place("code").hidden = true;
    state.view = null;
    if (!state.jobs.some((job) => job.title === asked.job)) field("job").selectedIndex = -1; // so that every job can be selected
    page.dataset.rows = "none";
  };
  const again = () => compare().catch(showError);

  // ---- input ----
  const choose = (change) => {
    Object.assign(asked, change);
    return again();
  };
  const listen = () => {
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const name of CHOICES) field(name).addEventListener("input", () => state.view && redraw());
    for (const name of ["a", "b"])
      field(name).addEventListener("change", () => choose({ [name]: field(name).value.trim().replace(/^#/, "") }));
    field("job").addEventListener("change", () =>
      choose({ job: field("job").value, a: "", b: asked.jobb ? asked.b : "" }),
    );
    field("jobb").addEventListener("change", () => choose({ jobb: field("jobb").value, b: "" }));
    form.addEventListener("click", (/** @type {EventOn} */ { target }) => {
      if (target.dataset.step) choose({ [target.dataset.side]: beside(target.dataset).name });
    });
    place("swap").addEventListener("click", () => {
      const other = asked.jobb || asked.job;
      choose({ a: asked.b, b: asked.a, job: other, jobb: asked.jobb ? asked.job : "" });
    });
    place("link").addEventListener("click", () => squash.copyLink(place("link")));
    place("csv").addEventListener(
      "click",
      () =>
        state.view &&
        squash.save(
          squash.fileName(`${state.view.to.job.title} ${state.view.from.label} ${state.view.to.label}`, "csv"),
          "text/csv;charset=utf-8",
          `\ufeff${squash.comparedCsv(state.rows, state.view)}`,
        ),
    );
  };

  const offerJobs = async () => {
    state.jobs = await squash.jobs();
    const titles = state.jobs.map((job) => job.title);
    if (JSON.stringify(titles) === state.titles) return;
    state.titles = JSON.stringify(titles);
    field("job").replaceChildren(...titles.map((title) => made("option", { value: title, text: title })));
    field("jobb").replaceChildren(
      made("option", { value: "", text: "the same job" }),
      ...titles.map((title) => made("option", { value: title, text: title })),
    );
    field("jobb").parentElement.hidden = titles.length < 2;
  };
  // After an update there may be more builds, or another median. Text being typed stays.
  const renew = async () => {
    await offerJobs();
    state.builds.clear();
    if (!["a", "b"].some((name) => field(name) === document.activeElement && field(name).value !== asked[name]))
      await again();
  };
  const begin = async () => {
    await offerJobs();
    squash.onChange(renew);
    for (const name of ["find", "only", "over"]) if (query.has(name)) field(name).value = query.get(name);
    form.hidden = false;
    listen();
    await compare();
  };
  document.addEventListener("DOMContentLoaded", () => begin().catch(showError));
})();
