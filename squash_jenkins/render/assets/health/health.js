// CI health: which jobs are quiet, and the builds of the selected job.
"use strict";
(() => {
  const RUNNING = 20;
  const ROWS = 15;
  const DAY = 86400000;
  const page = document.getElementById("health");
  if (!page) return;
  const form = document.getElementById("health-choices");
  const table = /** @type {HTMLTableSectionElement} */ (document.getElementById("health-rows"));
  const failures = document.getElementById("health-failures");
  const none = document.getElementById("health-none");
  const sum = document.getElementById("health-sum");
  const selects = Object.fromEntries([...form.querySelectorAll("select")].map((each) => [each.name, each]));
  let jobs = [];
  const plots = [];
  let asked = 0;

  const span = (milliseconds) => {
    const hours = milliseconds / 3600000;
    if (hours < 1.5) return `${Math.max(1, Math.round(hours * 60))} min`;
    if (hours < 72) return `${Math.round(hours)} h`;
    return `${Math.round(hours / 24)} days`;
  };
  const took = (milliseconds) => {
    const minutes = milliseconds / 60000;
    if (minutes < 1.5) return `${Math.round(milliseconds / 1000)} s`;
    if (minutes < 90) return `${Math.round(minutes)} min`;
    const whole = Math.round(minutes);
    return `${Math.floor(whole / 60)} h${whole % 60 ? ` ${whole % 60} min` : ""}`;
  };

  // ---- quiet jobs: only the browser knows the current time ----
  const showQuiet = () => {
    for (const each of document.querySelectorAll("#health-said .health-quiet")) each.remove(); // from an earlier update
    for (const each of table.querySelectorAll(".quiet")) each.hidden = true;
    const quiet = [...table.rows].filter((row) => row.dataset.due && Date.now() > Number(row.dataset.due) * 1000);
    for (const row of quiet) {
      const place = row.querySelector(".quiet");
      place.textContent = `No build for ${span(Date.now() - Number(row.dataset.latest) * 1000)}; usually one every ${row.dataset.rhythm}`;
      place.hidden = false;
      if (row.dataset.failing === "0") moveUp(row);
    }
    const card = document.getElementById("health-said");
    const names = quiet.map((row) => row.dataset.job);
    const calm = document.getElementById("health-calm");
    if (calm) {
      calm.hidden = quiet.length > 0;
      card.className = quiet.length ? "card attention minimum" : "card calm";
    }
    if (!quiet.length) return;
    const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
    card.append(
      squash.make(
        "p",
        { class: "health-quiet" },
        squash.make("b", {
          text: `${squash.counted(quiet.length, "job")} ${quiet.length === 1 ? "is" : "are"} quiet for longer than usual`,
        }),
        `: ${names.slice(0, 3).join(", ")}${more}.`,
      ),
    );
  };
  const moveUp = (row) => {
    const calm = [...table.rows].find((each) => each.dataset.failing === "0" && each.querySelector(".quiet").hidden);
    if (calm && calm.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING) calm.before(row);
  };

  // ---- plots ----
  const isOver = (build) => build.good || build.failed;
  const lasted = (build) => build.end - build.start;
  /** @returns {[unit: string, milliseconds: number]} */
  const unitOf = (builds) => {
    const longest = Math.max(0, ...builds.map(lasted));
    /** @type {[unit: string, milliseconds: number][]} */
    const units = [
      ["hours", 3600000],
      ["minutes", 60000],
    ];
    return units.find(([, size]) => longest >= 2 * size) || ["seconds", 1000];
  };
  const at = (build) => squash.place(build, "time");
  const tone = (build) => (build.failed ? "misses" : build.tone);
  const columns = (builds, size) => ({
    x: builds.map(at),
    y: builds.map((build) => lasted(build) / size),
    color: builds.map((build) => squash.ink(tone(build))),
    build: builds.map((build) => `${build.job.title} #${build.number}`),
    result: builds.map((build) => build.result),
    took: builds.map((build) => (lasted(build) ? took(lasted(build)) : "not known")),
    when: builds.map((build) => squash.absolute(build.end)),
    open: builds.map((build) => new URL(build.page, location.href).href),
  });
  const usual = (builds, size) => {
    const good = builds.filter((build) => build.good && lasted(build));
    if (good.length < 5) return { xs: [], ys: [], color: [] };
    const ys = squash.runningMedian(good.map((build) => lasted(build) / size));
    return { xs: [good.map(at)], ys: [ys], color: [squash.ink("muted")] };
  };
  const rates = (builds) => {
    const found = { x: [], y: [], build: [], said: [] };
    builds.forEach((build, index) => {
      if (index + 1 < Math.min(RUNNING, 5)) return;
      const last = builds.slice(Math.max(0, index - RUNNING + 1), index + 1);
      const good = last.filter((each) => each.good).length;
      found.x.push(at(build));
      found.y.push(good / last.length);
      found.build.push(`#${build.number}`);
      found.said.push(`${good} of ${last.length}`);
    });
    return found;
  };

  const feed = (builds, over) => {
    const [unit, size] = unitOf(over);
    const gaps = squash.gaps(builds);
    const low = at(builds[0]);
    const high = at(builds[builds.length - 1]);
    const margin = (high - low || DAY) * 0.015;
    for (const plot of plots) {
      squash.fill(
        plot,
        "good",
        columns(
          over.filter((build) => !build.failed && lasted(build)),
          size,
        ),
      );
      squash.fill(
        plot,
        "bad",
        columns(
          over.filter((build) => build.failed),
          size,
        ),
      );
      squash.fill(plot, "usual", usual(over, size));
      squash.fill(plot, "gaps", {
        x0: gaps.map(([before]) => at(before)),
        x1: gaps.map(([, after]) => at(after)),
        color: gaps.map(() => squash.ink("sunken")),
      });
      squash.fill(plot, "rate", rates(over));
      squash.setRange(plot, "x_range", low - margin, high + margin);
      squash.setRange(plot, "y_range", 0, Math.max(1e-9, ...over.map((build) => lasted(build) / size)) * 1.08);
      const axis = squash.source(plot, "value_axis");
      const time = squash.source(plot, "time_axis");
      const line = squash.source(plot, "rate_line");
      if (axis) axis.setv({ axis_label: unit, axis_label_text_color: squash.ink("muted") });
      if (time) time.ticker.desired_num_ticks = window.innerWidth < 600 ? 3 : 6; // otherwise dates overlap
      if (line) line.glyph.line_color = squash.ink("series-0");
    }
  };

  // ---- summary and table ----
  const showSummary = (job, over, builds) => {
    const good = over.filter((build) => build.good);
    const times = good.map(lasted).filter(Boolean);
    const gaps = squash.gaps(builds).reduce((total, [, , missing]) => total + missing, 0);
    const parts = [
      over.length
        ? `${good.length} of ${squash.counted(over.length, "build")} succeeded (${Math.round((100 * good.length) / over.length)}%)`
        : "No build finished in this period",
    ];
    if (times.length) parts.push(`median duration ${took(squash.median(times))}`);
    parts.push(gaps ? `${squash.counted(gaps, "build")} missing` : "no build missing");
    /** @type {(Node | string)[]} */
    const links = [squash.make("a", { href: squash.href(`${job.folder}/index.html`), text: "All its builds" })];
    if (job.jenkins)
      links.push(" · ", squash.make("a", { href: job.jenkins, rel: "noopener", text: "Open in Jenkins ↗" }));
    sum.replaceChildren(`${parts.join(" · ")}. `, ...links);
  };
  const listFailures = (over) => {
    const failed = over.filter((build) => build.failed).reverse();
    failures.replaceChildren(
      ...failed
        .slice(0, ROWS)
        .map((build) =>
          squash.make(
            "tr",
            {},
            squash.make("td", { class: "nowrap" }, squash.make("a", { href: build.page, text: `#${build.number}` })),
            squash.make("td", {}, squash.make("span", { class: `dot ${build.tone}`, text: build.result })),
            squash.make("td", { class: "nowrap", title: squash.absolute(build.end), text: squash.ago(build.end) }),
            squash.make("td", { class: "nowrap", text: lasted(build) ? took(lasted(build)) : "not known" }),
            squash.make(
              "td",
              {},
              ...(build.jenkins
                ? [squash.make("a", { href: build.jenkins, rel: "noopener", class: "nowrap", text: "↗ Jenkins" })]
                : []),
            ),
          ),
        ),
    );
    /** @type {HTMLElement} */ (failures.closest(".scroll")).hidden = !failed.length;
    none.textContent = !failed.length
      ? "No build failed in this period."
      : failed.length > ROWS
        ? `The newest ${ROWS} of ${failed.length}; choose a shorter period to see others.`
        : "";
  };

  const show = async () => {
    const turn = ++asked;
    const job = jobs.find((each) => each.title === selects.job.value);
    const all = await squash.readBuilds(job, squash.periodStart(selects.period.value));
    if (turn !== asked) return; // superseded by a newer choice
    for (const row of table.rows) {
      if (row.dataset.job === job.title) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    const over = all.filter(isOver);
    for (const plot of plots) {
      plot.empty.hidden = over.length > 0;
      plot.empty.textContent = "No build finished in this period: choose a longer one.";
    }
    if (all.length) feed(all, over);
    showSummary(job, over, all);
    listFailures(over);
    page.dataset.builds = String(all.length);
  };

  // ---- choices ----
  const toAddress = () => {
    const query = new URLSearchParams({ job: selects.job.value, period: selects.period.value });
    if (`?${query}` !== location.search) history.pushState(null, "", `?${query}`);
  };
  const fromAddress = () => {
    const query = new URLSearchParams(location.search);
    const before = selects.job.value;
    const titles = [...table.rows].map((row) => row.dataset.job);
    selects.job.replaceChildren(
      ...titles
        .filter((title) => jobs.some((job) => job.title === title))
        .map((title) => squash.make("option", { value: title, text: title })),
    );
    const wanted = query.get("job") ?? before;
    if (jobs.some((job) => job.title === wanted)) selects.job.value = wanted;
    const job = jobs.find((each) => each.title === selects.job.value);
    const period = query.get("period");
    const known = [...selects.period.options].map((option) => option.value);
    const newest = job ? job.newest : 0;
    const fits = ["6months", "year"].find((word) => newest > squash.periodStart(word)) || "";
    selects.period.value = period !== null && known.includes(period) ? period : fits;
  };

  // After an update: the server has written the rows; the plots are read again.
  const renew = async () => {
    showQuiet();
    jobs = await squash.jobs();
    fromAddress();
    const unzoom = squash.keepZoom(plots);
    await show();
    unzoom();
  };
  const start = async () => {
    showQuiet();
    jobs = await squash.jobs();
    fromAddress();
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => {
      toAddress();
      show().catch(fail);
    });
    const copy = form.querySelector("button");
    copy.addEventListener("click", () => {
      toAddress();
      copy.dataset.copy = location.href;
    });
    for (const place of page.querySelectorAll(".health-plot")) {
      const plot = await squash.draw(place);
      if (plot) plots.push(plot);
    }
    await show();
    window.addEventListener("popstate", () => {
      fromAddress();
      show().catch(fail);
    });
    squash.onChange(renew);
    if (new URLSearchParams(location.search).has("job")) document.getElementById("one").scrollIntoView();
    setTimeout(() => plots.forEach(squash.repaint), 100);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show().catch(fail));
  };
  const fail = (error) => {
    for (const each of page.querySelectorAll(".empty")) {
      each.hidden = false;
      each.textContent = `${error.message}. Rebuild the pages: squash-jenkins dashboards build.`;
    }
  };
  document.addEventListener("DOMContentLoaded", () => start().catch(fail));
})();
