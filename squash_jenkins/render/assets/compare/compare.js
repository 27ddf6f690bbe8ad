// The tab Compare; its address holds the choice.
"use strict";
(() => {
  const USUAL = 4;
  const SUGGESTED = 100;
  const READ = 640; // times the noise; builds suggested; builds whose commits and packages are read
  const UNJUDGED = ["no specification", "not measured"]; // statuses without a target or a value
  const OF_OTHER = 30; // the same where the builds are of two jobs
  const made = squash.make;
  const page = document.getElementById("compare");
  const form = /** @type {HTMLFormElement} */ (document.getElementById("compare-choices"));
  if (!page) return;
  const field = (name) => /** @type {any} */ (form.elements.namedItem(name));
  const place = (name) => /** @type {any} */ (document.getElementById(`compare-${name}`));
  const CHOICES = ["find", "package", "dataset", "filter", "only", "over"];
  const extra = { sort: "", unmeasured: "" }; // choices without a field
  const state = { jobs: [], builds: new Map(), a: null, b: null, view: null, rows: [] };

  // ---- the address ----
  let query = new URLSearchParams(location.search);
  const asked = { job: "", jobb: "", a: "", b: "" };
  const fromAddress = () => {
    query = new URLSearchParams(location.search);
    for (const own of [asked, extra]) for (const name of Object.keys(own)) own[name] = query.get(name) || "";
    for (const name of ["find", "only", "over"]) field(name).value = query.get(name) || "";
  };
  const choice = () => ({ ...Object.fromEntries(CHOICES.map((name) => [name, field(name).value.trim()])), ...extra });
  // A choice of builds is an entry of the browser's history, so that Back leads to the one before; a filter is not.
  const write = () => {
    const values = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...asked, ...choice() })) if (value) values.set(name, value);
    history[state.chosen ? "pushState" : "replaceState"](null, "", `?${values}`);
    state.chosen = false;
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
    document.getElementById(`builds-${name}`).replaceChildren(
      made("option", { value: "last30", label: "median of the 30 builds before" }),
      ...near.map((build) => {
        const label = [build.label, build.result, squash.moment(build.start)].filter(Boolean).join(", ");
        return made("option", { value: build.name, label });
      }),
    );
  };

  // Offer what the second build is usually compared with.
  const offerReady = async () => {
    const side = state.b.range ? state.a : state.b;
    const other = state.b.range ? state.b : state.a;
    const choices = squash.readyChoices(side, await buildsOf(side.job), state.jobs);
    const buttons = choices.map(({ text, title, job, a }) => {
      const pressed = other.job.title === job && other.word === a;
      const own = made(
        "button",
        { type: "button", class: "button small", title, "aria-pressed": String(pressed) },
        text,
      );
      own.addEventListener("click", () =>
        choose({ job, a, b: side.word, jobb: job === side.job.title ? "" : side.job.title }),
      );
      return own;
    });
    const label = `Compare #${side.build.number} with`;
    place("ready").replaceChildren(
      ...(buttons.length ? [made("span", { class: "muted", text: label }), ...buttons] : []),
    );
    place("ready").setAttribute("aria-label", label);
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
    const same = from.job === to.job;
    const inOrder = [from.build, to.build].sort((one, other) => one.start - other.start || one.number - other.number);
    const [older, newer] = same ? inOrder : [null, to.build];
    const between = (await buildsOf(to.job)).filter(
      (build) => (!older || build.start > older.start) && build.start <= newer.start,
    );
    const read = between.slice(same ? -READ : -OF_OTHER);
    box.replaceChildren(made("p", { class: "muted", text: "Reading commits and packages…" }));
    const table = await squash.codeIn(read);
    if (state.view !== view) return;
    const most = read.length < between.length ? `; only the newest ${read.length} are listed` : "";
    const text = same
      ? `${squash.counted(between.length, "build")} after #${older.number} up to #${newer.number}${most}.`
      : `The builds are of two jobs: these are the builds of ${to.job.title} up to #${newer.number}${most}.`;
    box.replaceChildren(made("p", { class: "muted", text }), table);
  };

  // ---- drawing ----
  const sort = (sorted) => {
    extra.sort = sorted;
    redraw();
    place("rows")
      .querySelector(`[data-sort="${sorted.replace("-", "")}"]`)
      ?.focus();
  };
  const hiddenNote = (hidden, { from, to }) => {
    const only = (side, other) => hidden.filter((row) => !Number.isNaN(row[side]) && Number.isNaN(row[other])).length;
    const [a, b] = [only("from", "to"), only("to", "from")];
    const neither = hidden.length - a - b;
    const parts = [
      ...(a ? [`${squash.whole(a)} only in ${from.label}`] : []),
      ...(b ? [`${squash.whole(b)} only in ${to.label}`] : []),
      ...(neither ? [`${squash.whole(neither)} in neither`] : []),
    ];
    if (!hidden.length && !extra.unmeasured) return [];
    const text = extra.unmeasured ? "Hide what is not measured on both sides" : "Show them";
    const toggle = made("button", { type: "button", class: "button small", id: "compare-unmeasured", text });
    toggle.addEventListener("click", () => {
      extra.unmeasured = extra.unmeasured ? "" : "1";
      redraw();
      document.getElementById("compare-unmeasured")?.focus();
    });
    const said = hidden.length ? `Not measured on both sides: ${parts.join(", ")}. ` : "";
    return [made("p", { class: "muted small" }, said, toggle)];
  };
  const redraw = () => {
    const { view } = state;
    const { shown: fitting, hidden } = squash.splitMeasured(squash.fittingRows(view.rows, choice()), choice());
    state.rows = fitting;
    place("sum").replaceChildren(
      ...squash.summarizeCompared(view, Number(field("over").value || USUAL)),
      ...hiddenNote(hidden, view),
    );
    if (fitting.length) squash.drawCompared(place("rows"), fitting, view, { sorted: extra.sort, sort });
    else
      place("rows").replaceChildren(
        made("p", {
          class: "muted",
          text: hidden.length
            ? "No series that fits the filters was measured on both sides."
            : view.rows.length
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
    place("sides").replaceChildren(squash.sideLine(from), squash.sideLine(to));
    const reading = [squash.compareRows(from, to), squash.finder(), squash.nodeNote(from, to)];
    const [compared, finder, nodes] = await Promise.all(reading);
    if (state.turn !== turn) return; // superseded by a newer choice
    place("sides").append(...nodes);
    place("code").hidden = false;
    state.view = {
      ...compared,
      from,
      to,
      named: compared.rows.some((row) => row.where),
      judged: compared.rows.some((row) => row.statuses.some((status) => status && !UNJUDGED.includes(status.name))),
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
    await offerReady();
    redraw();
    await drawCode(state.view);
  };
  const showError = (error) => {
    const text = /could not be loaded/.test(error.message)
      ? `${error.message}. Rebuild the pages: squash-jenkins dashboards build.`
      : `${error.message}.`;
    place("rows").replaceChildren(made("p", { text }));
    for (const name of ["sum", "sides", "code", "ready"]) place(name).replaceChildren();
    place("code").hidden = true;
    state.view = null;
    if (!state.jobs.some((job) => job.title === asked.job)) field("job").selectedIndex = -1; // so that every job can be selected
    page.dataset.rows = "none";
  };
  const again = () => compare().catch(showError);

  // ---- input ----
  const choose = (change) => {
    Object.assign(asked, change);
    state.chosen = true;
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
    fromAddress();
    window.addEventListener("popstate", () => {
      fromAddress();
      again();
    });
    form.hidden = false;
    listen();
    await compare();
  };
  document.addEventListener("DOMContentLoaded", () => begin().catch(showError));
})();
