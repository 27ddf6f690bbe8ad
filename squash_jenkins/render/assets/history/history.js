// The history page: the choices, the plots, the panel and the table show one selection.
"use strict";
(() => {
  const page = document.getElementById("history");
  if (!page) return;
  const { metric } = page.dataset;
  const form = /** @type {HTMLFormElement} */ (document.querySelector(".choices"));
  const panel = document.getElementById("between");
  const legend = page.querySelector(".legend");
  const steps = page.querySelector(".steps");
  let choices;
  let table;
  let dialog;
  let panels;
  let ready = false; // whether there is a plot
  let foreign = []; // plots of plug-ins, which show what the first panel shows
  let shown = { builds: [], series: [] };
  /** @type {TrendPlan[]} */
  let plans = [];
  /** @type {Point[]} */
  let points = [];
  let chosen = null;
  let range = null;
  let findings = [];
  let nodes = []; // what is known of the nodes of the shown series
  let quiet = false;
  let zooming = 0;
  let shaded = "[null,-1]";

  const view = () => ({
    ...choices.value,
    hidden: choices.hidden,
    base: choices.picked.base,
    median: choices.median.checked,
  });
  const say = (text) => {
    for (const each of page.querySelectorAll(".empty")) {
      each.hidden = !text;
      each.textContent = text;
    }
  };

  // ---- one build, or a range of them ----
  const sourceOf = (plot) => squash.source(plot, "points");
  /** @returns {[Plot, TrendPlan][]} */
  const drawn = () => [
    ...panels.shown.map(({ plot, plan }) => [plot, plan]),
    ...foreign.map((plot) => [plot, plans[0]]),
  ];
  const hoverAt = (point) => {
    const found = panels.of(point);
    if (found) found.hover.showPoint(point);
  };
  const unhover = () => panels.all.forEach(({ hover }) => hover.hide());
  const inRange = (point) =>
    point.build.job === range[0].job && point.build.start >= range[0].start && point.build.start <= range[1].start;

  const shade = () => {
    const axis = choices.value.x;
    const now = range ? range.map((build) => squash.place(build, axis)) : null;
    const key = JSON.stringify([now, points.indexOf(chosen)]);
    if (key === shaded) return;
    shaded = key;
    panels.shade(now, chosen);
  };

  // Show the selection in the plots, the table, the panel and the address.
  const showSelection = (scroll, from = null) => {
    const picked = new Set(range ? points.filter(inRange) : chosen ? [chosen] : []);
    quiet = true;
    if (ready) shade();
    for (const [plot, plan] of drawn()) {
      const source = sourceOf(plot);
      const indices = picked.size ? [...plan.points.keys()].filter((at) => picked.has(plan.points[at])) : [];
      if (source && source !== from && source.data.x.length && (indices.length || source.selected.indices.length))
        source.selected.indices = indices;
    }
    quiet = false;
    table.mark(picked, scroll);
    Object.assign(choices.picked, {
      build: chosen && !range ? chosen.build.name : "",
      series: chosen && !range && shown.series.length > 1 ? chosen.series.label : "",
      from: range ? range[0].name : "",
      to: range ? range[1].name : "",
      of: range && choices.jobs.length > 1 ? range[0].job.title : "",
    });
    choices.write();
    if (range)
      squash.showBetween(panel, shown, range[0], range[1], {
        zoom: zoomToRange,
        base: () => rebase(range[0].name),
        clear,
      });
    else squash.hideBetween(panel);
  };

  const choose = (point, { scroll = true, show = true } = {}) => {
    chosen = point;
    range = null;
    showSelection(scroll);
    if (point && show) hoverAt(point);
  };
  const chooseRange = (one, other, from = null) => {
    if (!one || !other || one.job !== other.job) return;
    range = one.start <= other.start ? [one, other] : [other, one];
    if (one === other) range = null;
    showSelection(true, from);
  };
  const clear = () => {
    chosen = range = null;
    unhover();
    showSelection(false);
  };

  // Take over the selection of another plot: one point, or all between the first and the last.
  const selectedIn = (source) => {
    if (quiet) return;
    choosePoints(
      [...source.selected.indices].map((at) => plans[0].points[at]),
      source,
    );
  };
  const choosePoints = (those, from) => {
    if (those.length < 2) {
      chosen = those[0] || null;
      range = null;
      showSelection(Boolean(chosen), from);
      return;
    }
    const last = those.reduce((one, other) => (other.build.start > one.build.start ? other : one));
    const own = those.filter((point) => point.build.job === last.build.job);
    chosen = last;
    chooseRange(
      own.reduce((one, other) => (other.build.start < one.build.start ? other : one)).build,
      last.build,
      from,
    );
  };
  const dragged = ({ plan }, { geometry, final }) => {
    if (final === false || geometry.type !== "rect") return;
    const [from, to] = [Math.min(geometry.x0, geometry.x1), Math.max(geometry.x0, geometry.x1)];
    choosePoints(
      plan.points.filter((_, at) => plan.columns.x[at] >= from && plan.columns.x[at] <= to),
      null,
    );
  };

  // ---- from build to build ----
  const seriesOf = (point) => points.filter((each) => each.series === point.series);
  const step = (by, extend) => {
    if (!points.length) return;
    if (!chosen) {
      choose(newest());
      return;
    }
    const own = seriesOf(chosen);
    const next = own[own.indexOf(chosen) + by];
    if (!next) return;
    if (!extend) {
      choose(next);
      return;
    }
    const anchor = range ? range[chosen.build === range[0] ? 1 : 0] : chosen.build;
    chosen = next;
    chooseRange(anchor, next.build);
    hoverAt(next);
  };
  const newest = () => points.reduce((one, other) => (other.build.start > one.build.start ? other : one));
  const toEnd = (last) => {
    const own = points.length ? seriesOf(chosen || newest()) : [];
    if (own.length) choose(own[last ? own.length - 1 : 0]);
  };
  const otherSeries = (by) => {
    if (!chosen) {
      step(1);
      return;
    }
    const all = [...new Set(points.map((point) => point.series))];
    const next = all[(all.indexOf(chosen.series) + by + all.length) % all.length];
    const own = points.filter((point) => point.series === next);
    choose(
      own.reduce((one, other) =>
        Math.abs(other.build.start - chosen.build.start) < Math.abs(one.build.start - chosen.build.start) ? other : one,
      ),
    );
  };

  const go = (build, event) => {
    const away = event && (event.ctrlKey || event.metaKey || event.shiftKey) && build.jenkins;
    if (away) window.open(build.jenkins, "_blank", "noopener");
    else location.href = build.page;
  };
  const open = (kind, what, event, touch) => {
    if (kind === "point") choose(what, { scroll: true, show: touch });
    if (touch) return;
    if (kind === "marks") location.href = squash.href(what.finding.page);
    else if (kind !== "gaps") go(kind === "failed" ? what : what.build, event);
  };

  // ---- drawing ----
  const rebase = (build) => {
    choices.picked.base = build;
    choices.selects.y.value = "percent";
    draw();
  };
  const zoomToRange = () => {
    const axis = choices.value.x;
    const [from, to] = range.map((build) => squash.place(build, axis));
    const margin = (to - from) * 0.04 || 1;
    panels.zoom(from - margin, to + margin);
  };
  const zoomed = (ends) => {
    choices.picked.zoom = ends ? squash.zoomText(ends[0], ends[1], plans[0].axis) : "";
    clearTimeout(zooming);
    zooming = setTimeout(() => choices.write(), 200);
  };
  const reset = () => panels.reset();

  const changeSeries = (what, label) => {
    const { hidden } = choices;
    const labels = shown.series.map((each) => each.label);
    if (what === "toggle" && !hidden.delete(label)) hidden.add(label);
    if (what !== "toggle") hidden.clear();
    if (what === "none") labels.forEach((each) => hidden.add(each));
    if (what === "only") labels.filter((each) => each !== label).forEach((each) => hidden.add(each));
    choices.step = true;
    draw();
  };

  const nothing = () => {
    if (shown.series.length && shown.series.every((each) => choices.hidden.has(each.label)))
      return "All series are hidden. Select one above to show it.";
    if (shown.series.length)
      return `The ${shown.series.length === 1 ? "series has" : "series have"} no values in this period.`;
    if (!shown.builds.length) return "There is no build in this period. Choose a longer one.";
    return "Nothing was measured. Choose a longer period or another series.";
  };

  const planned = () => squash.planPanels(panels.first, shown, view(), findings);
  // Redraw the loaded data after a change of series, scale, baseline or colours.
  const draw = async () => {
    plans = planned();
    if (ready) await panels.show(plans, squash.zoomEnds(choices.picked.zoom, plans[0].axis));
    for (const plot of foreign) squash.showTrend(plot, plans[0]);
    after();
    done();
  };
  const after = () => {
    points = plans.flatMap((plan) => plan.points);
    shaded = "";
    say(points.length ? "" : nothing());
    if (!squash.zoomEnds(choices.picked.zoom, plans[0].axis)) choices.picked.zoom = "";
    if (chosen && !points.includes(chosen)) chosen = null;
    const gone = choices.gone
      ? [`No job named ${choices.gone} has measured this metric: it was renamed or deleted, or never measured it`]
      : [];
    const notes = new Set(plans.flatMap((plan) => plan.notes));
    squash.showLegend(legend, shown.series, choices.hidden, [...notes, ...nodes, ...gone], changeSeries);
    const away = page.querySelector("[data-do=unbase]");
    away.hidden = !choices.picked.base || choices.value.y !== "percent";
    if (choices.picked.base) away.textContent = `Baseline #${choices.picked.base} ×`;
    showSelection(false);
    page.dataset.scale = plans[0].log ? "log" : "linear";
    page.dataset.panels = String(plans.length);
  };
  // Tests and other scripts wait for this.
  const done = () => {
    page.dataset.points = String(points.length);
  };

  // Return the metrics to show; names in the address that nobody measured are forgotten.
  const alsoMeasured = async () => {
    const { also } = choices;
    if (!also.metric.size) return [metric];
    const pages = new Map((await squash.load("data/finder.js")).metrics.map((each) => [each.name, each.page]));
    for (const name of also.metric) if (!pages.has(name)) also.metric.delete(name);
    const paths = [...also.metric].map((name) => pages.get(name).replace(/^(.*)\/index\.html$/, "data/$1/series.js"));
    await Promise.all(paths.map(squash.listSeries));
    return [metric, ...also.metric];
  };

  const read = async () => {
    const metrics = await alsoMeasured();
    shown = await squash.readSeries(choices.jobs, metrics, choices.value, choices.also);
    squash.nameSeries(shown.series);
    const { color } = choices.selects;
    color.parentElement.hidden = !color.value && new Set(shown.builds.map((build) => build.node)).size < 2;
    shown.series.forEach((each, at) => {
      each.index = at;
    });
    findings = await squash.readFindings(choices.jobs, shown);
    nodes = await squash.readNodes(choices.jobs, shown);
    chosen = range = null;
    performance.mark("history-read");
  };
  const showBelow = (limit) => {
    table.show(shown, limit);
    squash.listFindings(document.getElementById("found"), findings, choices.jobs.length > 1);
  };
  const show = async () => {
    await read();
    await draw();
    showBelow();
    showAdded();
  };
  const showAdded = () => squash.showAlso(document.getElementById("also"), choices, changeAlso);
  const changeAlso = (parts) => {
    choices.addAlso(parts);
    choices.offerSeries();
    choices.step = true;
    show();
  };

  // Restore the selection from the address.
  const restore = (hovered = true) => {
    const { build, series, from, to, of } = choices.picked;
    const named = (wanted) => shown.builds.find((each) => each.name === wanted && (!of || each.job.title === of));
    if (from && to) chooseRange(named(from), named(to));
    else if (build) {
      const point = points.find((each) => each.build.name === build && (!series || each.series.label === series));
      if (point) choose(point, { show: hovered });
    }
  };

  // After an update: add the new data and keep the selection, the zoom and the scroll position.
  const renew = async () => {
    if (!choices) {
      await start(); // no build had measured this metric before
      return;
    }
    choices.renew(await squash.catalogue(page.dataset.catalogue));
    const held = { ...choices.picked };
    const hovered = panels.all.some(({ hover }) => hover.shown);
    const scrolled = table.frame.scrollTop;
    await read();
    await draw();
    showBelow(table.limit);
    Object.assign(choices.picked, held);
    restore(hovered);
    table.frame.scrollTop = scrolled;
    done();
  };
  // ---- buttons ----
  const csv = () =>
    squash.csv([
      ["metric", "job", "build", "started", "dataset", "filter", "level", "value", "unit", "status", "jenkins"],
      ...shown.series
        .filter((each) => !choices.hidden.has(each.label))
        .flatMap((each) => each.points)
        .map((point) => [
          point.series.metric,
          point.build.job.name,
          point.build.number,
          new Date(point.build.start).toISOString(),
          point.series.dataset,
          point.series.filter,
          point.series.level,
          point.value === null ? "" : point.value,
          point.unit,
          point.status.name,
          point.build.jenkins,
        ]),
    ]);
  const about = () => ({
    title: `${metric}${choices.value.y === "percent" ? " (% of the baseline)" : page.dataset.unit ? ` (${page.dataset.unit})` : ""}`,
    subtitle:
      [...new Set(shown.series.map((each) => each.job.title))].slice(0, 4).join(", ") +
      ["dataset", "filter", "level"]
        .map((key) => choices.value[key])
        .filter((text) => text && text !== "–")
        .map((text) => ` · ${text}`)
        .join(""),
    legend:
      shown.series.length < 2
        ? []
        : shown.series
            .filter((each) => !choices.hidden.has(each.label))
            .slice(0, 24)
            .map((each) => ({ text: each.label, ink: squash.ink(`series-${each.color}`) })),
  });
  const drag = (word) => {
    panels.drag(word);
    for (const each of page.querySelectorAll("[data-drag]"))
      each.setAttribute("aria-pressed", String(each.dataset.drag === word));
  };
  const plotsShown = () => panels.shown.map(({ plot }) => plot);
  const doing = {
    also: (button) => squash.offerAlso(button, choices, metric, changeAlso),
    csv: () => squash.save(squash.fileName(metric, "csv"), "text/csv", csv()),
    link: (button) => {
      choices.write();
      squash.copyLink(button);
    },
    png: () => squash.savePicture(plotsShown(), about(), metric),
    svg: () => squash.saveVectors(plotsShown(), about(), metric),
    before: () => step(-1),
    next: () => step(1),
    reset: () => reset(),
    help: () => dialog.showModal(),
    unbase: () => {
      choices.picked.base = "";
      draw();
    },
  };
  document.addEventListener("click", (/** @type {EventOn} */ event) => {
    const button = /** @type {HTMLElement} */ (event.target.closest("button[data-do], button[data-drag]"));
    if (!button || !ready) return;
    if (button.dataset.drag) drag(button.getAttribute("aria-pressed") === "true" ? null : button.dataset.drag);
    else doing[button.dataset.do](button);
  });

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (/** @type {EventOn<HTMLSelectElement>} */ event) => {
    const { name: changed } = event.target;
    if (!choices || changed === "metric") return;
    if (changed === "job") {
      choices.offerSeries();
      choices.gone = null;
      choices.picked.base = "";
      choices.hidden.clear();
    }
    choices.step = true;
    choices.trimAlso(changed);
    if (["x", "y", "median"].includes(changed)) draw();
    else show();
  });

  const pickRow = (row, event) => {
    if (event.shiftKey && (chosen || range)) {
      chooseRange(range ? range[0] : chosen.build, row.build);
      getSelection().removeAllRanges();
      return;
    }
    if (!row.point || row.point.value === null || row.point === chosen) clear();
    else choose(row.point, { scroll: false });
  };

  // ---- start ----
  const start = async () => {
    const catalogue = await squash.catalogue(page.dataset.catalogue);
    if (!catalogue.length) {
      say("No build has measured this metric yet. Its values appear here as soon as a build with it is ingested.");
      return;
    }
    choices = new squash.Choices(form, catalogue);
    table = new squash.Table(
      document.getElementById("rows"),
      document.getElementById("rows-note"),
      pickRow,
      (point) => {
        if (point) hoverAt(point);
        else unhover();
      },
    );
    const places = [...page.querySelectorAll(".plot")];
    const own = places.find((place) => place.dataset.name === "trend") || places[0];
    panels = new squash.Panels(own || page, view, {
      zoomed,
      dragged,
      near: (point) => table.near(point),
      open,
      focus: () => own.focus({ preventScroll: true }),
    });
    await read();
    plans = planned();
    performance.mark("history-planned");
    ready = Boolean(own && (await panels.add(plans[0])));
    const others = places.filter((place) => place !== own);
    foreign = (await Promise.all(others.map((place) => squash.draw(place, plans[0].sources, plans[0].models)))).filter(
      Boolean,
    );
    if (!ready) {
      showBelow();
      done();
      return;
    }
    own.tabIndex = 0;
    await panels.show(plans, squash.zoomEnds(choices.picked.zoom, plans[0].axis));
    for (const plot of foreign) {
      squash.showTrend(plot, plans[0]);
      listen(plot);
    }
    steps.hidden = false;
    drag(matchMedia("(pointer: coarse)").matches ? null : "zoom");
    const from = { ...choices.picked };
    after();
    performance.mark("history-drawn");
    await new Promise((seen) => {
      setTimeout(seen);
    }); // let the plot appear first
    showBelow();
    showAdded();
    Object.assign(choices.picked, from);
    restore();
    done();
    settle();
  };
  const listen = (plot) => {
    const source = sourceOf(plot);
    if (source) source.selected.properties.indices.change.connect(() => selectedIn(source));
  };
  const settle = () => {
    dialog = squash.keysDialog();
    const key = (act) => () => {
      if (chosen) act(chosen.build);
    };
    squash.listenToKeys(panels.first, {
      step,
      end: toEnd,
      series: otherSeries,
      reset,
      clear,
      help: () => dialog.showModal(),
      open: () => {
        if (chosen) go(chosen.build);
        return Boolean(chosen);
      },
      jenkins: key((build) => {
        if (build.jenkins) location.href = build.jenkins;
      }),
      base: key((build) => rebase(build.name)),
      median: () => {
        choices.median.checked = !choices.median.checked;
        draw();
      },
    });
    squash.offerMetrics(choices, metric);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  };

  // Back and Forward: the address has the state.
  const revisit = async () => {
    choices.read(new URLSearchParams(location.search));
    const held = { ...choices.picked };
    unhover();
    await read();
    Object.assign(choices.picked, held);
    await draw();
    showBelow();
    showAdded();
    Object.assign(choices.picked, held);
    restore(false);
  };
  window.addEventListener("popstate", () => {
    if (ready) revisit();
  });

  squash.onChange(renew);
  document.addEventListener("DOMContentLoaded", () =>
    start().catch((error) => say(`${error.message}. Rebuild the pages: squash-jenkins dashboards build.`)),
  );
})();
