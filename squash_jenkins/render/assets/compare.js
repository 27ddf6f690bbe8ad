// The page that compares: what is asked for in its address, and all that is said of it.
"use strict";
(() => {
  const FIRST = 100, LEAST = 4, BETWEEN = 512; // rows, × noise, builds whose packages are read unasked
  const FILTERS = ["find", "package", "dataset", "filter", "only", "least", "order"];
  const made = (...given) => squash.make(...given), place = (id) => document.getElementById(id);
  const sidesForm = place("compare-sides"), choices = place("compare-choices"), sum = place("compare-sum"), found = place("compare-found");
  if (!sidesForm) return;
  const table = found.querySelector(".compare-table"), counted = (number, word) => `${number.toLocaleString("en").replaceAll(",", "\u202f")} ${word}${number === 1 ? "" : "s"}`;
  const fields = Object.fromEntries(["a", "b"].map((letter) => [letter, sidesForm.querySelector(`[data-side=${letter}]`)]));
  const field = (letter, name) => fields[letter].querySelector(`[name=${name}]`);
  let jobs = [], histories = new Map(), state = {}, shown = null, limit = FIRST, asked = 0;

  // ---- the address ----
  const readAddress = () => {
    const query = new URLSearchParams(location.search);
    state = { job: query.get("job") || "", jobb: query.get("jobb") || "", a: query.get("a") || "", b: query.get("b") || "" };
    for (const name of FILTERS) choices.elements[name].dataset.wanted = query.get(name) || "";
  };
  const writeAddress = () => {
    const query = new URLSearchParams({ job: state.job });
    for (const name of ["jobb", "a", "b"]) if (state[name]) query.set(name, state[name]);
    for (const name of FILTERS) if (choices.elements[name].value) query.set(name, choices.elements[name].value);
    history.replaceState(null, "", `?${query}`);
  };

  // ---- which builds ----
  const named = (title) => {
    const job = jobs.find((each) => each.title === title);
    if (!job) throw new squash.Unclear(`There is no job called ${title} here: choose one of the list.`);
    return job;
  };
  // Fill in what the address leaves open: the newest build with values, and the one before.
  const complete = async (jobA, jobB, buildsA, buildsB) => {
    const none = (job) => { throw new squash.Unclear(`The newest builds of ${job.title} measured nothing, so there is nothing to compare: choose another job, or a build by its number.`); };
    if (!state.b) {
      const before = state.a && jobA === jobB ? buildsB.find((build) => build.name === state.a && build === buildsB[buildsB.length - 1]) || null : null;
      state.b = ((await squash.measuredBefore(buildsB, before)) || none(jobB)).name;
    }
    if (state.a) return;
    const b = buildsB.find((build) => build.name === state.b) || null, same = jobA === jobB;
    const a = await squash.measuredBefore(buildsA, same ? b : null);
    if (!a && !same) none(jobA);
    if (!a) throw new squash.Unclear(`${jobA.title} has no build with measurements before #${state.b}, and comparing needs two: wait for the next, or choose another job for a.`);
    state.a = a.name;
  };
  const readSides = async () => {
    const jobA = named(state.job), jobB = state.jobb ? named(state.jobb) : jobA;
    const buildsA = await squash.readBuilds(jobA), buildsB = jobA === jobB ? buildsA : await squash.readBuilds(jobB);
    fillJobs(jobA, jobB);
    await complete(jobA, jobB, buildsA, buildsB);
    const askedA = squash.sideAsked(state.a), askedB = squash.sideAsked(state.b);
    fillSide("a", askedA);
    fillSide("b", askedB);
    const single = (asked_, job, builds) => (asked_.kind === "build" ? squash.resolveSide(asked_, job, builds).builds[0] : null);
    const a = squash.resolveSide(askedA, jobA, buildsA, askedA.kind === "last" ? single(askedB, jobB, buildsB) : null);
    const b = squash.resolveSide(askedB, jobB, buildsB, askedB.kind === "last" ? single(askedA, jobA, buildsA) : null);
    Object.assign(a, { letter: "a", all: buildsA, short: a.kind === "build" ? `a · ${a.label}` : "a · median" });
    Object.assign(b, { letter: "b", all: buildsB, short: b.kind === "build" ? `b · ${b.label}` : "b · median" });
    return { a, b };
  };

  // ---- the two sides in the form ----
  const fillJobs = (jobA, jobB) => {
    for (const [letter, job] of [["a", jobA], ["b", jobB]]) {
      const select = field(letter, "job");
      if (!select.options.length) select.append(...jobs.map((each) => made("option", { value: each.title, text: each.title })));
      select.value = job.title;
    }
  };
  const fillSide = (letter, given) => {
    const own = { number: given.name, from: given.from, to: given.to, count: given.count };
    field(letter, "kind").value = given.kind;
    for (const [name, value] of Object.entries(own)) if (value !== undefined) field(letter, name).value = value;
    for (const each of fields[letter].querySelectorAll("[data-of]")) each.hidden = each.dataset.of !== given.kind;
  };
  const askedIn = (letter) => {
    const of = (name) => field(letter, name).value.trim().replace(/^#/, "");
    return { build: () => of("number"), median: () => `median:${of("from")}..${of("to")}`, last: () => `last${of("count")}` }[field(letter, "kind").value]();
  };
  const tellSide = (side) => {
    const told = fields[side.letter].querySelector(".compare-told"), [first] = side.builds, last = side.builds[side.builds.length - 1];
    if (side.kind !== "build") {
      const text = `${counted(side.builds.length, "build")} from `;
      told.replaceChildren(text, made("a", { href: first.page, text: `#${first.name}` }), " to ", made("a", { href: last.page, text: `#${last.name}` }), `, ${squash.moment(first.start)} to ${squash.moment(last.start)}`);
    } else {
      told.replaceChildren(made("a", { href: first.page, text: `${side.job.title} #${first.name}` }), ` ${first.result}, started `, made("span", { title: squash.absolute(first.start), text: squash.ago(first.start) }),
        ...(first.jenkins ? [" · ", made("a", { href: first.jenkins, rel: "noopener", class: "nowrap", text: "Open in Jenkins ↗" })] : []));
    }
    const at = side.all.indexOf(last);
    for (const step of fields[side.letter].querySelectorAll("[data-step]")) step.disabled = side.all[at + Number(step.dataset.step)] === undefined;
  };

  // ---- what is said of the whole ----
  const tellSum = ({ rows, a, b }) => {
    const least = Number(choices.elements.least.value) || LEAST, moved = rows.filter((row) => Math.abs(row.away) > least);
    const worse = moved.filter((row) => row.trend < 0).length, better = moved.filter((row) => row.trend > 0).length, open = moved.length - worse - better;
    const parts = [`${worse} worse`, `${better} better`, open ? `${open} of which no limit tells the better way` : ""].filter(Boolean);
    const turned = rows.filter((row) => row.turned).length, unknown = rows.filter((row) => !Number.isNaN(row.difference) && Number.isNaN(row.away)).length;
    const lead = moved.length ? `${moved.length.toLocaleString("en").replaceAll(",", "\u202f")} of ${counted(rows.length, "series")}`.replace("seriess", "series") : `None of ${rows.length} series`;
    const rest = [turned ? `${turned} changed status.` : "", unknown ? `Of ${unknown} the noise is not known.` : "", a.builds[0].start > b.builds[0].start && a.job === b.job ? "a is younger than b." : ""];
    sum.replaceChildren(made("b", { text: `${lead} moved more than ${least}× their noise` }), moved.length ? `: ${parts.join(", ")}. ` : ". ", rest.filter(Boolean).join(" "));
  };
  const tellNoise = ({ near }) => {
    const { order } = near, names = order.length ? ` (#${order[0][2].name} to #${order[order.length - 1][2].name})` : "";
    place("compare-noise").textContent = `The noise of a series is how much neighbouring builds usually differ, from ${counted(order.length, "build")} around the earlier side${names}; it needs values of 8. A full bar is 12× or more, to the right where the value rose. Differences below the seventh digit do not count.`;
  };

  // ---- what changed in the code ----
  const tellCode = async ({ a, b }, turn) => {
    const box = place("compare-code"), summary = box.querySelector("summary"), body = box.querySelector("div");
    const [first, last] = [a, b].map((side) => side.builds[side.builds.length - 1]).sort((one, other) => one.start - other.start);
    box.hidden = a.job !== b.job || first === last;
    if (box.hidden) return;
    const builds = a.all.slice(a.all.indexOf(first) + 1, a.all.indexOf(last) + 1);
    const read = async () => {
      summary.textContent = "Reading what changed in the code…";
      await squash.readPackages(builds);
      if (turn !== asked) return;
      const told = squash.uniteChanges(builds), names = told.rows.slice(0, 6).map((row) => row.name).join(", ");
      const some = told.rows.length ? `${counted(told.rows.length, "package")} changed: ${names}${told.rows.length > 6 ? " and others" : ""}` : told.untold ? "What changed in the code is not told" : "No package changed";
      summary.textContent = `${some} · ${counted(builds.length, "build")} after #${first.name} up to #${last.name}`;
      body.replaceChildren(squash.packageTable(told), ...(told.untold && told.rows.length ? [made("p", { class: "muted", text: `${counted(told.untold, "build")} between do not tell their packages.` })] : []));
      box.dataset.told = builds.length;
    };
    if (builds.length <= BETWEEN) { await read(); return; }
    summary.textContent = `${counted(builds.length, "build")} lie between: what changed in the code is read when asked for`;
    const button = made("button", { type: "button", class: "button small", text: `Read ${builds.length} builds` });
    button.addEventListener("click", () => read().catch(fail));
    body.replaceChildren(button);
  };

  // ---- the table ----
  const choice = () => Object.fromEntries(FILTERS.map((name) => [name, choices.elements[name].value]));
  const draw = () => {
    const own = squash.chooseRows(shown.rows, choice()), rest = place("compare-rest");
    table.tBodies[0].replaceChildren(...own.slice(0, limit).map((row) => squash.compareRow(row, { histories, near: shown.sparks, b: shown.b })));
    rest.replaceChildren();
    if (!own.length) rest.textContent = shown.rows.length ? "No metric fits this choice: take one of the conditions above away." : "The two have no metric in common.";
    if (own.length > limit) {
      const more = made("button", { type: "button", class: "button small", text: "Show all" });
      more.addEventListener("click", () => { limit = Infinity; draw(); });
      rest.append(`${limit} of ${counted(own.length, "metric")}. `, more);
    }
    tellSum(shown);
    writeAddress();
    found.dataset.rows = own.length;
    return own;
  };
  const offer = () => {
    const values = { package: shown.rows.map((row) => row.package), dataset: shown.rows.flatMap((row) => [row.a.series.dataset, row.b.series.dataset]), filter: shown.rows.flatMap((row) => [row.a.series.filter, row.b.series.filter]) };
    for (const [name, all] of Object.entries(values)) {
      const select = choices.elements[name], before = select.dataset.wanted || select.value, own = [...new Set(all.map((each) => each || "–"))].sort();
      select.replaceChildren(made("option", { value: "", text: "all" }), ...own.map((value) => made("option", { value, text: value === "–" ? "none" : value })));
      select.value = own.includes(before) ? before : "";
      select.parentElement.hidden = own.length < 2;
    }
    for (const name of ["find", "only", "least", "order"]) {
      const control = choices.elements[name];
      if (control.dataset.wanted) control.value = control.dataset.wanted;
      if (control.selectedIndex === -1) control.selectedIndex = 0;
    }
    for (const name of FILTERS) delete choices.elements[name].dataset.wanted;
  };

  const silent = (side, other) => {
    const [only] = side.builds, which = side.kind === "build" ? `#${only.name} of ${side.job.title}${only.failed ? ` ended with ${only.result} and` : ""}` : `None of the ${side.builds.length} builds of ${side.letter}`;
    return `${which} measured ${side.kind === "build" ? "nothing" : "anything"}, so there is nothing to compare with ${other.short.split(" · ")[1]}: choose another build with ‹ and ›.`;
  };
  const show = async () => {
    const turn = ++asked;
    found.dataset.busy = "";
    const { a, b } = await readSides();
    if (turn !== asked) return; // chosen anew meanwhile
    const earlier = a.job === b.job && b.builds[0].start < a.builds[0].start ? b : a;
    tellSide(a);
    tellSide(b);
    const [one, other, near, sparks] = await Promise.all([squash.readSide(a), squash.readSide(b), squash.readForNoise(earlier, earlier.all), squash.readForSparks(b, b.all)]);
    if (turn !== asked) return;
    for (const [side, of, against] of [[a, one, b], [b, other, a]]) if (!of.size) throw new squash.Unclear(silent(side, against));
    shown = { a, b, near, sparks, ...squash.pairSides(one, other, near, earlier.letter, a.job === b.job) };
    sum.className = "";
    found.hidden = false;
    place("compare-take").hidden = false;
    limit = FIRST;
    table.tHead.rows[0].replaceChildren(...squash.compareHeads(a, b));
    offer();
    draw();
    tellNoise(shown);
    place("compare-lone").replaceChildren(...[[a, shown.onlyA], [b, shown.onlyB]].filter(([, list]) => list.length).map(([side, list]) => squash.loneCard(side, list)));
    found.dataset.shown = `${state.a} ${state.b}`;
    delete found.dataset.busy;
    await tellCode(shown, turn);
  };
  const fail = (error) => {
    found.hidden = true;
    place("compare-take").hidden = true;
    sum.className = "card note";
    sum.textContent = error instanceof squash.Unclear ? error.message : `${error.message}. Build the pages again: squash-jenkins dashboards build.`;
    if (jobs.length) fillLost();
  };
  // The form must stay of use where the address asks for what is not there.
  const fillLost = () => {
    const known = (title) => jobs.find((job) => job.title === title) || jobs[0];
    fillJobs(known(state.job), known(state.jobb || state.job));
    for (const letter of ["a", "b"]) if (state[letter]) fillSide(letter, squash.sideAsked(state[letter]));
  };
  const again = () => { writeAddress(); return show().catch(fail); };

  // ---- what readers do ----
  const changed = (event) => {
    const letter = event.target.closest("fieldset").dataset.side, other = letter === "a" ? "b" : "a";
    if (event.target.name === "job") {
      const [jobA, jobB] = [field("a", "job").value, field("b", "job").value];
      Object.assign(state, { job: jobA, jobb: jobA === jobB ? "" : jobB, [letter]: "" });
    } else if (event.target.name === "kind") {
      const kind = event.target.value, near = field(letter, "number").value || "1", number = Number.parseInt(near, 10) || 1;
      fillSide(letter, { kind, name: near, from: field(letter, "from").value || Math.max(1, number - 20), to: field(letter, "to").value || number, count: field(letter, "count").value || 30 });
      if (kind === "last" && field(other, "kind").value === "last") fillSide(other, { kind: "build" });
      state[other] = askedIn(other);
      state[letter] = askedIn(letter);
    } else state[letter] = askedIn(letter);
    again();
  };
  const step = (letter, by) => {
    const side = shown && shown[letter], all = side ? side.all : [], at = all.findIndex((build) => build.name === state[letter]);
    if (!all[at + by]) return;
    state[letter] = all[at + by].name;
    again();
  };
  const swap = () => {
    const jobB = state.jobb || state.job;
    state = { job: jobB, jobb: state.jobb ? state.job : "", a: state.b, b: state.a };
    again();
  };
  const save = () => {
    const own = squash.chooseRows(shown.rows, choice()), whole = own.length === shown.rows.length;
    const name = squash.fileName(["compare", state.job, state.a, state.jobb, state.b].filter(Boolean).join("-"), "csv");
    squash.save(name, "text/csv", squash.compareCsv(own, whole ? shown.onlyA : [], whole ? shown.onlyB : []));
  };

  const begin = async () => {
    jobs = await squash.jobs();
    readAddress();
    const newest = [...jobs].sort((one, other) => other.newest - one.newest)[0];
    state.job = state.job || newest.title;
    if (state.jobb === state.job) state.jobb = "";
    sidesForm.hidden = false;
    sidesForm.addEventListener("change", changed);
    sidesForm.addEventListener("submit", (event) => event.preventDefault());
    sidesForm.addEventListener("click", (event) => { const button = event.target.closest("[data-step]"); if (button) step(button.closest("fieldset").dataset.side, Number(button.dataset.step)); });
    place("compare-swap").addEventListener("click", swap);
    choices.addEventListener("input", () => { limit = FIRST; draw(); });
    choices.addEventListener("submit", (event) => event.preventDefault());
    place("compare-take").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button && button.dataset.do === "csv") save();
      if (button && button.dataset.do === "link") squash.copyLink(button);
    });
    const finder = await squash.load("data/finder.js");
    histories = new Map(finder.metrics.map((metric) => [metric.name, metric.page]));
    await show();
  };
  document.addEventListener("DOMContentLoaded", () => begin().catch(fail));
})();
