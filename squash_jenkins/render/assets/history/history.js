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
  let hover;
  let dialog;
  let main;
  let plots = [];
  let shown = { builds: [], series: [] };
  let plan = null;
  let chosen = null;
  let range = null;
  let findings = [];
  let quiet = false;
  let zooming = 0;
  let shaded = '{"range":[],"chosen":[]}';

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
  const inRange = (point) =>
    point.build.job === range[0].job && point.build.start >= range[0].start && point.build.start <= range[1].start;

  const shade = () => {
    const axis = choices.value.x;
    const at = chosen ? plan.points.indexOf(chosen) : -1;
    const [x0, x1] = range ? range.map((build) => squash.place(build, axis)) : [0, 0];
    const now = { range: range ? [x0, x1] : [], chosen: at < 0 ? [] : [plan.columns.x[at], plan.columns.y[at]] };
    if (JSON.stringify(now) === shaded) return;
    shaded = JSON.stringify(now);
    squash.fill(
      main,
      "range",
      range ? { x0: [x0], x1: [x1], color: [squash.ink("accent")] } : { x0: [], x1: [], color: [] },
    );
    squash.fill(
      main,
      "chosen",
      at < 0
        ? { x: [], y: [], color: [], edge: [] }
        : {
            x: [plan.columns.x[at]],
            y: [plan.columns.y[at]],
            color: [plan.columns.color[at]],
            edge: [squash.ink("card")],
          },
    );
  };

  // Show the selection in the plots, the table, the panel and the address.
  const showSelection = (scroll, from = null) => {
    const picked = new Set(range ? plan.points.filter(inRange) : chosen ? [chosen] : []);
    const indices = [];
    if (picked.size)
      plan.points.forEach((point, at) => {
        if (picked.has(point)) indices.push(at);
      });
    quiet = true;
    shade();
    for (const plot of plots) {
      const source = sourceOf(plot);
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
    if (point && show) hover.showPoint(point);
  };
  const chooseRange = (one, other, from = null) => {
    if (!one || !other || one.job !== other.job) return;
    range = one.start <= other.start ? [one, other] : [other, one];
    if (one === other) range = null;
    showSelection(true, from);
  };
  const clear = () => {
    chosen = range = null;
    hover.hide();
    showSelection(false);
  };

  // Take over the selection of another plot: one point, or all between the first and the last.
  const selectedIn = (source) => {
    if (quiet) return;
    choosePoints(
      [...source.selected.indices].map((at) => plan.points[at]),
      source,
    );
  };
  const choosePoints = (points, from) => {
    if (points.length < 2) {
      chosen = points[0] || null;
      range = null;
      showSelection(Boolean(chosen), from);
      return;
    }
    const last = points.reduce((one, other) => (other.build.start > one.build.start ? other : one));
    const own = points.filter((point) => point.build.job === last.build.job);
    chosen = last;
    chooseRange(
      own.reduce((one, other) => (other.build.start < one.build.start ? other : one)).build,
      last.build,
      from,
    );
  };
  const dragged = ({ geometry, final }) => {
    if (final === false || geometry.type !== "rect") return;
    const [from, to] = [Math.min(geometry.x0, geometry.x1), Math.max(geometry.x0, geometry.x1)];
    choosePoints(
      plan.points.filter((_, at) => plan.columns.x[at] >= from && plan.columns.x[at] <= to),
      null,
    );
  };

  // ---- from build to build ----
  const seriesOf = (point) => plan.points.filter((each) => each.series === point.series);
  const step = (by, extend) => {
    if (!plan.points.length) return;
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
    hover.showPoint(next);
  };
  const newest = () => plan.points.reduce((one, other) => (other.build.start > one.build.start ? other : one));
  const toEnd = (last) => {
    const own = plan.points.length ? seriesOf(chosen || newest()) : [];
    if (own.length) choose(own[last ? own.length - 1 : 0]);
  };
  const otherSeries = (by) => {
    if (!chosen) {
      step(1);
      return;
    }
    const all = [...new Set(plan.points.map((point) => point.series))];
    const next = all[(all.indexOf(chosen.series) + by + all.length) % all.length];
    const own = plan.points.filter((point) => point.series === next);
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
    else go(kind === "point" ? what.build : what, event);
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
    squash.source(main, "x_range").setv({ start: from - margin, end: to + margin });
  };
  // The zoom in the address is the one that counts; a new plan begins with it.
  const rezoom = () => {
    const ends = squash.zoomEnds(choices.picked.zoom, plan.axis);
    if (!ends) choices.picked.zoom = "";
    else squash.source(main, "x_range").setv({ start: ends[0], end: ends[1] });
  };
  const zoomed = () => {
    const { start, end, reset_start: low, reset_end: high } = squash.source(main, "x_range");
    choices.picked.zoom = start === low && end === high ? "" : squash.zoomText(start, end, plan.axis);
    clearTimeout(zooming);
    zooming = setTimeout(() => choices.write(), 200);
  };
  const reset = () => {
    for (const name of ["x_range", "y_range"]) {
      const model = squash.source(main, name);
      model.setv({ start: model.reset_start, end: model.reset_end });
    }
  };

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

  const planned = (place) => squash.planTrend(place, shown, view(), findings);
  // Redraw the loaded data after a change of series, scale, baseline or colours.
  const draw = () => {
    const { zoom } = choices.picked; // while the plot changes it is another
    plan = planned(main ? main.place : page);
    for (const plot of plots) squash.showTrend(plot, plan);
    choices.picked.zoom = zoom;
    rezoom();
    after();
  };
  const after = () => {
    say(plan.points.length ? "" : nothing());
    hover.plan = plan;
    hover.hide();
    if (chosen && !plan.points.includes(chosen)) chosen = null;
    const gone = choices.gone
      ? [`No job named ${choices.gone} has measured this metric: it was renamed or deleted, or never measured it`]
      : [];
    squash.showLegend(legend, shown.series, choices.hidden, [...plan.notes, ...gone], changeSeries);
    const away = page.querySelector("[data-do=unbase]");
    away.hidden = !choices.picked.base || choices.value.y !== "percent";
    if (choices.picked.base) away.textContent = `Baseline #${choices.picked.base} ×`;
    showSelection(false);
    page.dataset.scale = plan.log ? "log" : "linear";
  };
  // Tests and other scripts wait for this.
  const done = () => {
    page.dataset.points = plan.points.length;
  };

  const read = async () => {
    shown = await squash.readSeries(choices.jobs, metric, choices.value);
    squash.nameSeries(shown.series);
    const { color } = choices.selects;
    color.parentElement.hidden = !color.value && new Set(shown.builds.map((build) => build.node)).size < 2;
    shown.series.forEach((each, at) => {
      each.index = at;
    });
    findings = await squash.readFindings(choices.jobs, metric, shown);
    chosen = range = null;
    performance.mark("history-read");
  };
  const showBelow = (limit) => {
    table.show(shown, limit);
    squash.listFindings(document.getElementById("found"), findings, choices.jobs.length > 1);
  };
  const show = async () => {
    await read();
    draw();
    showBelow();
    done();
  };

  // Restore the selection from the address.
  const restore = (hovered = true) => {
    const { build, series, from, to, of } = choices.picked;
    const named = (wanted) => shown.builds.find((each) => each.name === wanted && (!of || each.job.title === of));
    if (from && to) chooseRange(named(from), named(to));
    else if (build) {
      const point = plan.points.find((each) => each.build.name === build && (!series || each.series.label === series));
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
    const hovered = hover && hover.shown;
    const scrolled = table.frame.scrollTop;
    await read();
    if (main) draw();
    showBelow(table.limit);
    Object.assign(choices.picked, held);
    if (main) restore(Boolean(hovered));
    table.frame.scrollTop = scrolled;
    done();
  };
  // ---- buttons ----
  const csv = () =>
    squash.csv([
      ["job", "build", "started", "dataset", "filter", "level", "value", "unit", "status", "jenkins"],
      ...shown.series
        .filter((each) => !choices.hidden.has(each.label))
        .flatMap((each) => each.points)
        .map((point) => [
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
    main.model.toolbar.active_drag = word ? squash.source(main, `${word}_tool`) : null;
    for (const each of page.querySelectorAll("[data-drag]"))
      each.setAttribute("aria-pressed", String(each.dataset.drag === word));
  };
  const doing = {
    csv: () => squash.save(squash.fileName(metric, "csv"), "text/csv", csv()),
    link: (button) => {
      choices.write();
      squash.copyLink(button);
    },
    png: () => squash.savePicture(main, about(), metric),
    svg: () => squash.saveVectors(main, about(), metric),
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
    if (!button || !main) return;
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
    if (["x", "y", "median"].includes(changed)) {
      draw();
      done();
    } else show();
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
        if (point) hover.showPoint(point);
        else hover.hide();
      },
    );
    await read();
    const places = [...page.querySelectorAll(".plot")];
    plan = planned(places[0] || page);
    performance.mark("history-planned");
    plots = (await Promise.all(places.map((place) => squash.draw(place, plan.sources, plan.models)))).filter(Boolean);
    main = plots.find((plot) => squash.source(plot, "x_range")) || plots[0];
    if (!main) {
      showBelow();
      done();
      return;
    }
    hover = new squash.Hover(main, view, { near: (point) => table.near(point), open });
    main.place.tabIndex = 0;
    main.held = plan;
    for (const plot of plots) {
      squash.showTrend(plot, plan);
      listen(plot);
    }
    main.model.on_event("selectiongeometry", dragged);
    steps.hidden = false;
    drag(matchMedia("(pointer: coarse)").matches ? null : "zoom");
    const from = { ...choices.picked };
    rezoom();
    for (const end of ["start", "end"]) squash.source(main, "x_range").properties[end].change.connect(zoomed);
    after();
    performance.mark("history-drawn");
    await new Promise((seen) => {
      setTimeout(seen);
    }); // let the plot appear first
    showBelow();
    Object.assign(choices.picked, from);
    restore();
    done();
    settle();
  };
  const listen = (plot) => {
    const source = sourceOf(plot);
    if (source && plot !== main) source.selected.properties.indices.change.connect(() => selectedIn(source));
  };
  const settle = () => {
    dialog = squash.keysDialog();
    const key = (act) => () => {
      if (chosen) act(chosen.build);
    };
    squash.listenToKeys(main.place, {
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
    hover.hide();
    await read();
    Object.assign(choices.picked, held);
    draw();
    showBelow();
    Object.assign(choices.picked, held);
    restore(false);
    done();
  };
  window.addEventListener("popstate", () => {
    if (main) revisit();
  });

  squash.onChange(renew);
  document.addEventListener("DOMContentLoaded", () =>
    start().catch((error) => say(`${error.message}. Rebuild the pages: squash-jenkins dashboards build.`)),
  );
})();
