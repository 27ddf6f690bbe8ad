// The plots of the page: one for each unit, below each other, with a common axis of time or builds.
"use strict";
(() => {
  const ENDS = ["start", "end"];
  const LABELS = 74; // pixels for the numbers of the y axis, so that the plots are aligned
  const EMPTY = { x0: [], x1: [], x: [], y: [], color: [], edge: [] };

  // Return what each panel shows: the series of one unit; all of them where values are in % of a baseline.
  const groupsOf = (shown, view) => {
    const visible = shown.series.filter((each) => !view.hidden.has(each.label));
    const units = [...new Set(visible.map((each) => each.unit || ""))];
    if (view.y === "percent" || units.length < 2) return [shown];
    return units.map((unit) => ({
      builds: shown.builds,
      series: shown.series.filter((each) => (each.unit || "") === unit),
    }));
  };
  const marksOf = (findings, { series }) => {
    const labels = new Set(series.map((each) => each.label));
    return findings.map((finding) => ({
      ...finding,
      marks: finding.marks.filter((mark) => mark.labels.some((label) => labels.has(label))),
    }));
  };

  /** @returns {TrendPlan[]} */
  squash.planPanels = (place, shown, view, findings) => {
    const groups = groupsOf(shown, view);
    const plans = groups.map((group) => squash.planTrend(place, group, view, marksOf(findings, group)));
    const end = Math.max(...plans.map((plan) => plan.models.x_range.end));
    for (const plan of plans) {
      const { limits } = plan.sources; // lines that reached the edge reach the common one
      limits.x1 = Array.from(limits.x1, (x) => (x === plan.models.x_range.end ? end : x));
      Object.assign(plan.models.x_range, { end, reset_end: end });
    }
    return plans;
  };

  squash.Panels = class {
    // `act` has zoomed(start, end | null), dragged(panel, geometry), and what Hover needs.
    constructor(place, view, act) {
      this.first = place;
      this.view = view;
      this.act = act;
      /** @type {Panel[]} */
      this.all = [];
      this.syncing = false;
      this.dragging = null;
    }

    /** The panels in use. */
    get shown() {
      return this.all.filter((panel) => panel.plan);
    }
    get points() {
      return this.shown.flatMap((panel) => panel.plan.points);
    }
    of(point) {
      return this.shown.find((panel) => panel.plan.points.includes(point));
    }

    async add(plan) {
      const place = this.all.length ? this.another() : this.first;
      const plot = await squash.draw(place, plan.sources, plan.models);
      if (!plot) return null;
      /** @type {Panel} */
      const panel = { plot, plan: null, hover: null };
      plot.held = plan; // it is drawn already
      panel.hover = new squash.Hover(plot, this.view, {
        ...this.act,
        alone: (own) => {
          for (const { hover } of this.all) if (hover !== own) hover.hide();
        },
      });
      this.all.push(panel);
      const range = squash.source(plot, "x_range");
      for (const end of ENDS) range.properties[end].change.connect(() => this.follow(range));
      plot.model.on_event("selectiongeometry", (event) => this.act.dragged(panel, event));
      this.drag(this.dragging);
      return panel;
    }

    // Make the place of another panel below the others.
    another() {
      const place = squash.make(
        "div",
        {
          class: "plot",
          "data-plot": this.first.dataset.plot,
          role: "group",
          "aria-label": "Plot of series in another unit",
        },
        squash.make("div", { class: "figure" }),
        squash.make("p", { class: "empty", hidden: "" }),
      );
      this.all[this.all.length - 1].plot.place.after(place);
      return place;
    }

    // Show plans, one in each panel; panels that are not needed are hidden.
    async show(plans, zoom) {
      while (this.all.length < plans.length) if (!(await this.add(plans[this.all.length]))) return;
      this.syncing = true; // these changes are not the reader's
      this.all.forEach((panel, at) => {
        panel.plan = plans[at] || null;
        panel.plot.place.hidden = !panel.plan;
        panel.hover.plan = panel.plan;
        panel.hover.hide();
        if (!panel.plan) return;
        panel.plot.model.min_border_left = plans.length > 1 ? LABELS : null;
        squash.showTrend(panel.plot, panel.plan);
        if (zoom) squash.source(panel.plot, "x_range").setv({ start: zoom[0], end: zoom[1] });
      });
      this.syncing = false;
    }

    // Zoom all panels like the one that the reader zoomed.
    follow(range) {
      if (this.syncing) return;
      this.syncing = true;
      for (const { plot } of this.shown) squash.source(plot, "x_range").setv({ start: range.start, end: range.end });
      this.syncing = false;
      const whole = range.start === range.reset_start && range.end === range.reset_end;
      this.act.zoomed(whole ? null : [range.start, range.end]);
    }
    zoom(start, end) {
      squash.source(this.all[0].plot, "x_range").setv({ start, end });
    }
    reset() {
      for (const { plot } of this.shown)
        for (const name of ["y_range", "x_range"]) {
          const model = squash.source(plot, name);
          model.setv({ start: model.reset_start, end: model.reset_end });
        }
    }

    drag(word) {
      this.dragging = word;
      for (const { plot } of this.all)
        plot.model.toolbar.active_drag = word ? squash.source(plot, `${word}_tool`) : null;
    }

    // Shade a range of builds, and emphasise a point.
    shade(range, chosen) {
      for (const { plot, plan } of this.shown) {
        const at = chosen ? plan.points.indexOf(chosen) : -1;
        const { x, y, color } = plan.columns;
        squash.fill(plot, "range", range ? { x0: [range[0]], x1: [range[1]], color: [squash.ink("accent")] } : EMPTY);
        squash.fill(
          plot,
          "chosen",
          at < 0 ? EMPTY : { x: [x[at]], y: [y[at]], color: [color[at]], edge: [squash.ink("card")] },
        );
      }
    }
  };
})();
