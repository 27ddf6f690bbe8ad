// Plan the content of the history plots: sources are filled by name, colours come from the theme.
"use strict";
(() => {
  const TONES = { minimum: "misses", design: "design", stretch: "stretch" };
  const MANY = 2000; // points; with more, each is a speck
  const LETTER = 6.7;
  const LINE = 15;
  const EDGE = 90;
  const NONE = { x: [], y: [], xs: [], ys: [], color: [], dash: [] };
  const DASHES = [[], [7, 3], [2, 3]];

  // Return what is drawn of each series; `y` are the values as shown.
  const drawnOf = (shown, view, fresh) =>
    shown.series
      .filter((each) => !view.hidden.has(each.label))
      .map((series) => {
        const base = view.y === "percent" ? squash.baseline(series, view.base) : null;
        const points = series.points.filter((point) => fresh(point.build));
        const y = points.map((point) => (base ? squash.relative(point.value, base.value) : point.value));
        return {
          series,
          points,
          y,
          base,
          color: squash.ink(`series-${series.color}`),
          dash: DASHES[Math.floor(series.index / 6) % 3],
        };
      });

  // ---- lines, interrupted where nothing was measured ----
  const segments = ({ points, y }, axis, usable) => {
    const found = [];
    let x = [];
    let own = [];
    const close = () => {
      if (own.length) found.push({ x: Float64Array.from(x), y: Float64Array.from(own) });
      x = [];
      own = [];
    };
    for (let at = 0; at < points.length; at++) {
      if (!usable(y[at])) {
        close();
        continue;
      }
      x.push(squash.place(points[at].build, axis));
      own.push(y[at]);
    }
    close();
    return found;
  };
  const linesOf = (drawn, axis, usable, smooth) => {
    const lines = { xs: [], ys: [], color: [], dash: [] };
    for (const each of drawn) {
      for (const { x, y } of segments(each, axis, usable)) {
        if (y.length < 2) continue;
        lines.xs.push(x);
        lines.ys.push(smooth ? squash.runningMedian(y) : y);
        lines.color.push(each.color);
        lines.dash.push(each.dash);
      }
    }
    return lines;
  };

  // ---- specifications, where they apply ----
  const limitsOf = (drawn, axis) => {
    const found = [];
    const single = drawn.length === 1;
    for (const { points, base } of drawn) {
      if (base && !single) continue; // each series would need its own lines
      const open = new Map();
      let last = null;
      let x = 0;
      let before = 0;
      for (const point of points) {
        before = x;
        x = squash.place(point.build, axis);
        if (point.limits === last) continue;
        last = point.limits;
        const now = new Set(last.map(([, , text]) => text));
        for (const [text, limit] of open)
          if (!now.has(text)) {
            limit.to = before;
            open.delete(text);
          }
        for (const [level, threshold, text] of last) {
          if (open.has(text)) continue;
          const limit = {
            level,
            text,
            y: base ? squash.relative(threshold, base.value) : threshold,
            from: x,
            to: null,
          };
          open.set(text, limit);
          found.push(limit);
        }
      }
      for (const limit of open.values()) limit.to = x;
    }
    return together(found).sort((one, other) => one.y - other.y);
  };
  // Series that share a specification share its line.
  const together = (limits) => {
    const found = [];
    for (const limit of limits.filter((each) => each.y !== null).sort((one, other) => one.from - other.from)) {
      const own = found.find((each) => each.text === limit.text && each.y === limit.y && each.to >= limit.from);
      if (own) own.to = Math.max(own.to, limit.to);
      else found.push({ ...limit });
    }
    return found;
  };

  // Labels are placed beside the last points if these would cover them.
  const collides = (limit, drawn, axis, toX, toY, from) =>
    drawn.some(({ points, y }) => {
      for (let at = points.length - 1; at >= 0; at--) {
        if (toX(squash.place(points[at].build, axis)) < from) return false;
        const below = toY(limit.y) - toY(y[at]);
        if (y[at] !== null && below > -7 && below < LINE + 7) return true;
      }
      return false;
    });
  const room = (limits, drawn, axis, [low, high], toY, width) => {
    const long = Math.max(0, ...limits.filter((each) => each.to >= high).map((each) => each.text.length * LETTER + 10));
    if (!long || long > width / 3) return high;
    const toX = (x) => ((x - low) / (high - low)) * width;
    const tight = limits.some((limit) => limit.to >= high && collides(limit, drawn, axis, toX, toY, width - long));
    return tight ? low + ((high - low) * width) / (width - long) : high;
  };
  // Labels of lines close together are placed side by side.
  const shifts = (limits, toY) => {
    let before = -Infinity;
    let shift = -4;
    return limits.map((limit, at) => {
      const y = -toY(limit.y);
      shift = y - before < LINE && at ? shift - limits[at - 1].text.length * LETTER - 12 : -4;
      before = y;
      return shift;
    });
  };

  // ---- the whole plot ----
  // Represent points as lines of length zero: one stroke draws all points of a series.
  const specksOf = (drawn, axis, usable) => {
    const specks = { xs: [], ys: [], color: [] };
    for (const { points, y, color } of drawn) {
      const xs = new Float64Array(3 * y.length).fill(NaN);
      const ys = new Float64Array(3 * y.length).fill(NaN);
      for (let at = 0; at < y.length; at++) {
        if (!usable(y[at])) continue;
        xs[3 * at] = xs[3 * at + 1] = squash.place(points[at].build, axis);
        ys[3 * at] = ys[3 * at + 1] = y[at];
      }
      specks.xs.push(xs);
      specks.ys.push(ys);
      specks.color.push(color);
    }
    return specks;
  };

  const usableOn = (log) => (log ? (value) => value !== null && value > 0 : (value) => value !== null);

  const pointColumns = (drawn, axis, usable) => {
    const points = [];
    const x = [];
    const y = [];
    const color = [];
    for (const each of drawn) {
      for (let at = 0; at < each.points.length; at++) {
        if (!usable(each.y[at])) continue;
        points.push(each.points[at]);
        x.push(squash.place(each.points[at].build, axis));
        y.push(each.y[at]);
        color.push(each.color);
      }
    }
    return { points, columns: { x, y, color } };
  };

  /** @returns {[number, number]} */
  const xEnds = (builds, axis) => {
    let low = Infinity;
    let high = -Infinity;
    for (const build of builds) {
      const x = squash.place(build, axis);
      if (x < low) low = x;
      if (x > high) high = x;
    }
    if (low > high) return [0, 1];
    const span = high - low || (axis === "build" ? 4 : 86400000 * 4);
    return [low - span * 0.015, high + span * 0.015];
  };

  const limitColumns = (limits, high, last, toY) => ({
    x0: limits.map((limit) => limit.from),
    x1: limits.map((limit) => (limit.to >= last ? high : limit.to)),
    y: limits.map((limit) => limit.y),
    text: limits.map((limit) => limit.text),
    shift: shifts(limits, toY),
    color: limits.map((limit) => squash.ink(TONES[limit.level] || "muted")),
    ink: limits.map((limit) => squash.ink(`${TONES[limit.level] || "none"}-text`)),
    back: limits.map(() => squash.ink("card")),
  });

  const gapsOf = (builds) => (new Set(builds.map((build) => build.job)).size === 1 ? squash.gaps(builds) : []);
  const gapColumns = (gaps, axis) => {
    const middle = ([before, after]) => (squash.place(before, axis) + squash.place(after, axis)) / 2;
    return {
      x: gaps.map(middle),
      y: gaps.map(() => 0.06),
      x0: gaps.map(([before]) => squash.place(before, axis) + (axis === "build" ? 0.5 : 0)),
      x1: gaps.map(([, after]) => squash.place(after, axis) - (axis === "build" ? 0.5 : 0)),
      color: gaps.map(() => squash.ink("sunken")),
    };
  };

  const failedColumns = (failed, axis) => ({
    x: failed.map((build) => squash.place(build, axis)),
    y: failed.map(() => 0.03),
    color: failed.map(() => squash.ink("misses")),
  });

  // Return the builds without a value of what is drawn, and why: [{build, reasons: [[label, missing]]}].
  const missingOf = (builds, drawn) => {
    const found = new Map();
    const add = (build, label, missing) => {
      if (build.failed || !missing) return;
      if (!found.has(build)) found.set(build, []);
      found.get(build).push([label, missing]);
    };
    for (const build of builds) if (!build.measured) add(build, "", build.without);
    for (const { series, points } of drawn)
      for (const point of points) if (point.value === null) add(point.build, series.label, point.missing);
    return [...found].map(([build, reasons]) => ({ build, reasons }));
  };
  const missingColumns = (missing, axis) => ({
    x: missing.map(({ build }) => squash.place(build, axis)),
    y: missing.map(() => 0.03),
    color: missing.map(() => squash.ink("none")),
  });

  // Return the content of a plot.
  squash.planTrend = (place, shown, view, findings) => {
    const axis = view.x;
    const fresh = axis === "build" ? (build) => !build.replaced : () => true;
    const builds = shown.builds.filter((build) => fresh(build));
    const drawn = drawnOf(shown, view, fresh);
    const all = drawn.flatMap((each) => each.y).filter((value) => value !== null);
    const log = view.y === "log" || (view.y === "" && squash.wantsLog(all));
    const usable = usableOn(log);
    const { points, columns } = pointColumns(drawn, axis, usable);
    const many = points.length > MANY;
    const limits = limitsOf(drawn, axis).filter((limit) => usable(limit.y));
    const marked = findings.some((finding) => finding.marks.length);
    const tight = squash.yRange(
      columns.y,
      limits.map((limit) => limit.y),
      log,
    );
    const bounds = marked ? squash.withRoomAbove(tight, 0.12, log) : tight; // for the labels of findings
    const on = limits.filter((limit) => limit.y > bounds[0] && limit.y < bounds[1]);
    const width = Math.max(place.clientWidth - EDGE, 200);
    const height = 310;
    const scale = log ? Math.log10 : (value) => value;
    const toY = (value) => height * (1 - (scale(value) - scale(bounds[0])) / (scale(bounds[1]) - scale(bounds[0])));
    const ends = xEnds(builds, axis);
    const last = on.reduce((most, limit) => Math.max(most, limit.to), -Infinity);
    const edge = on.length
      ? room(
          on.map((limit) => ({ ...limit, to: limit.to >= last ? ends[1] : limit.to })),
          drawn,
          axis,
          ends,
          toY,
          width,
        )
      : ends[1];
    /** @type {[number, number]} */
    const across = [ends[0], edge];
    const failed = builds.filter((build) => build.failed);
    const missing = missingOf(builds, drawn);
    const gaps = gapsOf(builds);
    const ticks = { desired_num_ticks: width < 500 ? 3 : 6 }; // otherwise dates overlap
    const marks = squash.planMarks(shown, findings, axis, across, width);
    return {
      axis,
      sources: {
        points: many ? NONE : columns,
        specks: many ? specksOf(drawn, axis, usable) : NONE,
        lines: linesOf(drawn, axis, usable, false),
        medians: view.median ? linesOf(drawn, axis, usable, true) : NONE,
        limits: limitColumns(on, edge, last, toY),
        gaps: gapColumns(gaps, axis),
        missing: missingColumns(missing, axis),
        failed: failedColumns(failed, axis),
        ...marks.sources,
      },
      models: {
        x_range: { start: across[0], end: edge, reset_start: across[0], reset_end: edge },
        y_range: { start: bounds[0], end: bounds[1], reset_start: bounds[0], reset_end: bounds[1] },
        time_axis: { visible: axis === "time" },
        build_axis: { visible: axis === "build" },
        linear_axis: { visible: !log, ...axisLook(drawn, view) },
        log_axis: { visible: log, ...axisLook(drawn, view) },
        time_ticker: ticks,
        build_ticker: ticks,
        linear_grid: { visible: !log },
        log_grid: { visible: log },
        dots: looks(points.length, view.median),
        other_dots: looks(points.length, true),
        line: { line_alpha: set(view.median ? 0.35 : 1), line_width: set(many ? 0.6 : 1.5) },
      },
      columns,
      log,
      points,
      failed,
      missing,
      gaps,
      marks: marks.marks,
      notes: notes(shown, view, drawn, { limits, on, log, all, points }),
    };
  };

  const set = (value) => ({ type: "value", value });
  const looks = (count, pale) => ({
    size: set(count > 400 ? 4 : 7),
    line_alpha: set(pale ? 0.6 : 1),
    fill_color: set(squash.ink("card")),
  });
  const axisLook = (drawn, view) => {
    const units = new Set(drawn.map((each) => each.series.unit || ""));
    return {
      axis_label: view.y === "percent" ? "% from the baseline" : units.size === 1 ? [...units][0] : "",
      axis_label_text_color: squash.ink("muted"),
    };
  };

  const notes = (shown, view, drawn, { limits, on, log, all, points }) => {
    const said = [];
    const off = [...new Set(limits.filter((limit) => !on.includes(limit)).map((limit) => limit.text))];
    if (off.length) said.push(`Off the scale: ${off.join(", ")}`);
    if (log) said.push("Logarithmic scale");
    if (all.length > points.length)
      said.push(`${all.length - points.length} values of zero or less cannot be shown on it`);
    if (view.y === "percent") {
      said.push(`% from ${[...new Set(drawn.map((each) => each.base.text))].slice(0, 2).join(" and ")}`);
      if (drawn.length > 1) said.push("specifications are drawn for one series at a time");
    }
    return said;
  };

  // ---- drawing ----
  // Only Bokeh's logarithmic axis has a number format that is short for both 1e-12 and 1e12.
  squash.showTrend = (plot, plan) => {
    const Log = plot.model.extra_y_scales.log;
    if (Log && (plot.model.y_scale.type === "LogScale") !== plan.log) {
      plot.linear = plot.linear || plot.model.y_scale.constructor;
      plot.model.y_scale = plan.log ? new Log.constructor() : new plot.linear();
    }
    if (plot.held === plan) return; // it is drawn already
    plot.held = plan;
    if (!Log) squash.fill(plot, "points", plan.columns); // the figure of a plug-in gets all points
    for (const [name, columns] of Object.entries(plan.sources))
      if (Log || name !== "points") squash.fill(plot, name, columns);
    for (const [name, attributes] of Object.entries(plan.models)) {
      const model = squash.source(plot, name);
      if (model)
        model.setv(
          Object.fromEntries(
            Object.entries(attributes).map(([key, value]) => [
              key,
              value && value.type === "value" ? { value: value.value } : value,
            ]),
          ),
        );
    }
  };
})();
