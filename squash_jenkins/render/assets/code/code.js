// The page that finds code changes: builds by job, with what began there.
"use strict";
(() => {
  const HELD = 60; // builds drawn for each job
  const made = squash.make;
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("code"));
  if (!form) return;
  const note = document.getElementById("code-note");
  const place = document.getElementById("code-found");
  const older = document.getElementById("code-older");
  const hint = [...note.childNodes];
  const fields = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...form.querySelectorAll("input, select")]);
  const chosen = () => Object.fromEntries(fields.map((each) => [each.name, each.value.trim()]));
  let asked = 0;

  // ---- one build ----
  const compareLink = (text, job, before, after) => {
    const query = new URLSearchParams({ job: job.title, a: before, b: after });
    return made("a", { href: `${squash.href("compare/index.html")}?${query}`, text });
  };
  const links = (job, builds, build) => {
    const at = builds.findIndex((each) => each.name === build.name);
    if (at < 1) return [];
    const [before, newest] = [builds[at - 1], builds[builds.length - 1]];
    const both = [compareLink(`All metrics: #${before.number} → #${build.number}`, job, before.name, build.name)];
    if (newest !== build) both.push(compareLink(`All metrics until #${newest.number}`, job, before.name, newest.name));
    return both;
  };
  const began = (findings, build) =>
    findings.filter((each) => each.begin[0] === build.number && each.begin[1] === build.start);
  const findingRow = (finding) =>
    made(
      "li",
      {},
      made("span", { class: `word ${finding.tone}`, text: finding.word }),
      " ",
      made("a", { href: squash.href(finding.page), text: finding.headline }),
      ...(finding.state === "open" ? [] : [made("span", { class: "muted", text: ` · ${finding.state}` })]),
    );
  const commitRow = ([revision, message, author]) =>
    made(
      "li",
      {},
      made("span", { class: "code", text: revision }),
      ` ${message} `,
      made("span", { class: "muted", text: author }),
    );
  const packageRow = ([name, text, url]) =>
    made(
      "li",
      {},
      `${name} `,
      url ? made("a", { href: url, rel: "noopener", class: "code", text }) : made("span", { class: "code", text }),
    );
  const buildRow = ({ job, builds, findings }, { build, commits, packages }) =>
    made(
      "div",
      { class: "code-build" },
      made(
        "p",
        {},
        made("a", { href: build.page, text: `#${build.number}` }),
        made("span", { class: "muted", text: ` ${squash.moment(build.start)} · ${build.result}` }),
      ),
      made(
        "ul",
        { class: "unlisted" },
        ...began(findings, build).map(findingRow),
        ...commits.map(commitRow),
        ...packages.map(packageRow),
      ),
      made("p", { class: "links small" }, ...links(job, builds, build)),
    );

  // ---- one job ----
  const shownJob = (of) => {
    const rest = of.found.length - HELD;
    return made(
      "section",
      { class: "card", "aria-label": of.job.title },
      made("h2", {}, made("a", { href: squash.href(`${of.job.folder}/index.html`), text: of.job.title })),
      ...of.found.slice(0, HELD).map((each) => buildRow(of, each)),
      ...(rest > 0 ? [made("p", { class: "muted", text: `and ${squash.counted(rest, "earlier build")}` })] : []),
    );
  };
  const withHistory = async (job, found) => ({
    job,
    found,
    builds: (await squash.readBuilds(job)).filter((build) => !build.failed && !build.replaced),
    findings: (await squash.load(`${job.data}/findings.js`)).findings,
  });

  // ---- the search ----
  const summary = (all, text, left) => {
    const builds = all.reduce((sum, { found }) => sum + found.length, 0);
    const where = left ? "in the builds searched so far" : "in any stored build";
    if (!builds) return `Nothing named “${text}” ${where}.`;
    const first = all.map(({ job, found }) => `#${found[found.length - 1].build.number} of ${job.title}`);
    const jobs = first.length > 3 ? `${first.slice(0, 3).join(", ")} and others` : first.join(", ");
    return `“${text}” is in ${squash.counted(builds, "build")}${left ? " so far" : `; it came in with ${jobs}`}.`;
  };
  const search = async () => {
    const token = (asked += 1);
    const { q, job } = chosen();
    place.replaceChildren();
    older.hidden = true;
    note.replaceChildren(...(q ? ["Searching…"] : hint));
    if (!q) return;
    const jobs = (await squash.jobs()).filter((each) => !job || each.title === job);
    const running = squash.searchCode(jobs, q);
    const known = new Map();
    const step = async () => {
      older.hidden = true;
      for (const { job: of, builds } of await running.step()) {
        if (builds.length) known.set(of, [...(known.get(of) || []), ...builds]);
      }
      const all = await Promise.all([...known].map(([of, found]) => withHistory(of, found)));
      if (token !== asked) return;
      note.textContent = summary(all, q, running.left());
      place.replaceChildren(...all.map(shownJob));
      older.hidden = !running.left();
      older.onclick = step;
    };
    await step();
  };

  // ---- the address ----
  const read = () => {
    const query = new URLSearchParams(location.search);
    for (const field of fields) field.value = query.get(field.name) || "";
    search();
  };
  const go = (event) => {
    event.preventDefault();
    const query = new URLSearchParams(Object.entries(chosen()).filter(([, value]) => value));
    history.pushState(null, "", query.size ? `?${query}` : location.pathname);
    search();
  };
  form.hidden = false;
  form.addEventListener("submit", go);
  form.querySelector("select")?.addEventListener("change", go);
  addEventListener("popstate", read);
  squash.onChange(search);
  read();
})();
