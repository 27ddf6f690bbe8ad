// What changed in a range of builds: the values, the commits and the packages.
"use strict";
(() => {
  const MOST = 200; // packages listed
  const COMMITS = 60; // commits listed at once
  const made = squash.make;
  const asked = new WeakMap(); // panel → token of its last request

  // Merge the package changes of builds: [{name, steps: [[text, url, build]]}], the most changed package first.
  const unite = (builds) => {
    const found = new Map();
    let more = 0;
    let unknown = 0;
    for (const build of builds) {
      if (!build.packages) {
        unknown += 1;
        continue;
      }
      more += build.packages.total - build.packages.rows.length;
      for (const [name, text, url] of build.packages.rows) {
        if (!found.has(name)) found.set(name, []);
        found.get(name).push([text, url, build]);
      }
    }
    const rows = [...found].map(([name, steps]) => ({ name, steps }));
    return {
      rows: rows.sort((one, other) => other.steps.length - one.steps.length || (one.name < other.name ? -1 : 1)),
      more,
      unknown,
    };
  };

  const packageRow = ({ name, steps }) =>
    made(
      "tr",
      {},
      made("td", { class: "break", text: name }),
      made(
        "td",
        { class: "break" },
        ...steps.flatMap(([text, url], at) => [
          at ? ", " : "",
          url ? made("a", { href: url, rel: "noopener", class: "code", text }) : made("span", { class: "code", text }),
        ]),
      ),
      made(
        "td",
        {},
        ...steps.flatMap(([, , build], at) => [
          at ? ", " : "",
          made("a", { href: build.page, text: `#${build.number}` }),
        ]),
      ),
    );

  const packageTable = (united) => {
    if (!united.rows.length) {
      return made("p", {
        class: "muted",
        text: united.unknown ? "The packages of these builds are unknown." : "No package changed.",
      });
    }
    const head = ["package", "change", "since"].map((text) => made("th", { text }));
    const rest = united.more + Math.max(0, united.rows.length - MOST);
    const box = made(
      "div",
      { class: "scroll between-packages" },
      made(
        "table",
        {},
        made("thead", {}, made("tr", {}, ...head)),
        made("tbody", {}, ...united.rows.slice(0, MOST).map(packageRow)),
      ),
    );
    return rest
      ? made(
          "div",
          {},
          box,
          made("p", { class: "muted", text: `${rest} more changes are on the pages of the builds.` }),
        )
      : box;
  };

  // ---- commits, build by build ----
  // Load `commits` of builds: {total, rows: [[revision, message, author]]}.
  const readCommits = async (builds) => {
    const due = builds.filter((build) => build.commits === undefined);
    const path = (build) => `${build.job.data}/commits-${build.block}.js`;
    const files = new Map(due.map((build) => [path(build), {}]));
    await Promise.all([...files.keys()].map(async (each) => files.set(each, (await squash.load(each)).commits)));
    for (const build of due) build.commits = files.get(path(build))[build.name] || { total: 0, rows: [] };
  };
  const commitRow = ([revision, message, author]) =>
    made(
      "li",
      {},
      made("span", { class: "code", text: revision }),
      ` ${message} `,
      made("span", { class: "muted", text: author }),
    );
  const ofBuild = (build, rows) => [
    made(
      "li",
      { class: "since" },
      made("a", { href: build.page, text: `#${build.number}` }),
      ` ${squash.moment(build.start)} · ${build.result}`,
    ),
    ...rows.map(commitRow),
    ...(build.commits.total > build.commits.rows.length && rows.length === build.commits.rows.length
      ? [made("li", { class: "muted", text: `and ${build.commits.total - build.commits.rows.length} more` })]
      : []),
  ];
  const listCommits = (list, builds, most) => {
    let left = most;
    const shown = [];
    for (const build of builds) {
      if (left <= 0) break;
      const rows = build.commits.rows.slice(0, left);
      left -= rows.length;
      shown.push(...ofBuild(build, rows));
    }
    list.replaceChildren(...shown);
  };
  const commitList = (builds) => {
    const having = builds.filter((build) => build.commits.total).reverse();
    const rows = having.flatMap((build) => build.commits.rows);
    if (!rows.length) return [made("p", { class: "muted", text: "Jenkins reports no commits for these builds." })];
    const total = having.reduce((sum, build) => sum + build.commits.total, 0);
    const people = new Set(rows.map(([, , author]) => author)).size;
    const text = `${squash.counted(total, "commit")} by ${squash.counted(people, "author")} in ${having.length} of ${squash.counted(builds.length, "build")}, the newest first.`;
    const list = made("ul", { class: "unlisted list commits" });
    listCommits(list, having, COMMITS);
    const more = made("button", { type: "button", class: "button small", text: "Show all commits" });
    more.addEventListener("click", () => {
      listCommits(list, having, Infinity);
      more.remove();
    });
    return [made("p", { class: "muted", text }), list, ...(rows.length > COMMITS ? [more] : [])];
  };

  // Return what changed in the code of some builds of a job, in order: their commits and their packages.
  squash.codeIn = async (builds) => {
    await Promise.all([readCommits(builds), squash.readPackages(builds)]);
    const part = (title, ...content) =>
      made("section", { "aria-label": title }, made("h3", { text: title }), ...content);
    return made(
      "div",
      { class: "between-code" },
      part("Commits", ...commitList(builds)),
      part("Packages", packageTable(unite(builds))),
    );
  };

  const movesOf = (series, first, last) =>
    series
      .map((each) => {
        const inside = each.points.filter(
          (point) =>
            point.value !== null &&
            point.build.job === first.job &&
            point.build.start >= first.start &&
            point.build.start <= last.start,
        );
        return inside.length > 1 ? { label: each.label, from: inside[0], to: inside[inside.length - 1] } : null;
      })
      .filter(Boolean);

  const moveRow = ({ label, from, to }, several) =>
    made(
      "li",
      {},
      ...(several ? [made("span", { class: "muted", text: `${label}: ` })] : []),
      made("b", { text: squash.quantities([from.value, to.value], to.unit) }),
      ` (${squash.change(to.value, from.value) || "from 0"})`,
    );

  const link = (build) => made("a", { href: build.page, text: `#${build.number}` });
  const button = (text, act) => {
    const own = made("button", { type: "button", class: "button small", text });
    own.addEventListener("click", act);
    return own;
  };

  const head = (builds, first, last, act) => {
    const { job } = first;
    const failed = builds.filter((build) => build.failed).length;
    const query = new URLSearchParams({ job: job.title, a: first.name, b: last.name });
    return made(
      "div",
      { class: "between-head" },
      made("h2", { id: "between-title" }, `What changed in ${job.title} from `, link(first), " to ", link(last)),
      made("p", {
        class: "muted",
        text: `${builds.length} builds from ${squash.moment(first.start)} to ${squash.moment(last.end)}${failed ? `, ${failed} of them failed` : ""}.`,
      }),
      made(
        "p",
        { class: "buttons" },
        made("a", {
          class: "button small",
          href: `${squash.href("compare/index.html")}?${query}`,
          text: "Compare the two builds",
        }),
        button("Zoom in", act.zoom),
        button(`Use #${first.number} as the baseline`, act.base),
        button("Clear", act.clear),
      ),
    );
  };

  // Fill the panel for a range of builds of one job; `act` has zoom, base and clear.
  squash.showBetween = async (place, shown, first, last, act) => {
    const token = {};
    asked.set(place, token);
    const builds = shown.builds.filter(
      (build) => build.job === first.job && build.start >= first.start && build.start <= last.start,
    );
    const moves = movesOf(shown.series, first, last);
    const list = made(
      "ul",
      { class: "unlisted moves" },
      ...moves.slice(0, 12).map((move) => moveRow(move, shown.series.length > 1)),
    );
    if (moves.length > 12) list.append(made("li", { class: "muted", text: `and ${moves.length - 12} more series` }));
    const later = made("div", {}, made("p", { class: "muted", text: "Reading commits and packages…" }));
    place.replaceChildren(head(builds, first, last, act), list, later);
    place.hidden = false;
    const after = builds.filter((build) => build !== first);
    const table = await squash.codeIn(after);
    if (asked.get(place) !== token) return;
    later.replaceChildren(table);
    place.dataset.told = `${first.name}-${last.name}`;
  };
  squash.hideBetween = (place) => {
    asked.delete(place);
    place.hidden = true;
    delete place.dataset.told;
  };
})();
