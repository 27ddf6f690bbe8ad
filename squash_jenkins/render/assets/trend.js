// Feed the plots of the history: sources are filled by name, colours come from the theme.
"use strict";
window.squash = window.squash || {};
(() => {
  const DASHES = { minimum: "misses", design: "design", stretch: "stretch" };
  const levelInk = (level) => squash.ink(DASHES[level] || "muted");
  const seriesInk = (index) => squash.ink(`series-${index}`);

  const packagesText = (packages) => {
    if (!packages) return "not told";
    if (!packages.total) return "none";
    const named = packages.rows.slice(0, 3).map((row) => row[0]).join(", ");
    return packages.total > 3 ? `${named} and ${packages.total - 3} more` : named;
  };

  const place = (build, axis) => (axis === "build" ? build.number : build.start);

  const linesOf = (each, axis) => {
    const stretches = [[]];
    for (const point of each.points) {
      if (point.value === null) stretches.push([]);
      else stretches[stretches.length - 1].push(point);
    }
    return stretches.filter((stretch) => stretch.length > 1).map((stretch) => ({
      x: stretch.map((point) => place(point.build, axis)), y: stretch.map((point) => point.value),
      color: seriesInk(each.color),
    }));
  };

  // Return each specification once, from the first to the last build that it held for.
  const limitsOf = (series, axis) => {
    const found = new Map();
    for (const point of series.flatMap((each) => each.points)) {
      const x = place(point.build, axis);
      for (const [level, threshold, text] of point.limits) {
        const limit = found.get(text) || { level, threshold, text, from: x, to: x };
        limit.from = Math.min(limit.from, x);
        limit.to = Math.max(limit.to, x);
        found.set(text, limit);
      }
    }
    return [...found.values()].sort((one, other) => one.threshold - other.threshold);
  };

  // Choose the y range: all values, and the specifications that are not far away from them.
  const range = (values, limits) => {
    let low = Math.min(...values), high = Math.max(...values);
    const span = Math.max(high - low, Math.abs(high) * 0.05, 1e-12);
    const near = limits.map((limit) => limit.threshold).filter((each) => each > low - 5 * span && each < high + 5 * span);
    low = Math.min(low, ...near);
    high = Math.max(high, ...near);
    const margin = Math.max((high - low) * 0.12, span * 0.1);
    return [low - margin, high + margin];
  };

  const setRange = (model, [start, end]) => model.setv({ start, end, reset_start: start, reset_end: end });

  const pointColumns = (points, axis) => ({
    x: points.map((point) => place(point.build, axis)),
    y: points.map((point) => point.value),
    time: points.map((point) => point.build.start),
    number: points.map((point) => point.build.number),
    color: points.map((point) => seriesInk(point.series.color)),
    fill: points.map(() => squash.ink("card")),
    series: points.map((point) => point.series.label),
    build: points.map((point) => `${point.build.job.name} #${point.build.number}`),
    when: points.map((point) => squash.absolute(point.build.end)),
    value: points.map((point) => [squash.number(point.value), point.unit].filter(Boolean).join(" ")),
    change: points.map((point) => point.change || "nothing to compare with"),
    reaches: points.map(squash.reaches),
    packages: points.map((point) => packagesText(point.build.packages)),
    open: points.map((point) => point.build.jenkins || new URL(point.build.page, location.href).href),
  });

  const failedColumns = (builds, axis) => ({
    x: builds.map((build) => place(build, axis)),
    y: builds.map(() => 0.03),
    color: builds.map(() => squash.ink("misses")),
    build: builds.map((build) => `${build.job.name} #${build.number}`),
    when: builds.map((build) => squash.absolute(build.end)),
    result: builds.map((build) => build.result),
    open: builds.map((build) => build.jenkins || new URL(build.page, location.href).href),
  });

  // Fill one plot with {builds, series} and findings; returns the points in the order of its source.
  squash.feedTrend = (plot, shown, axis, found) => {
    const fresh = axis === "build" ? (build) => !build.replaced : () => true;
    const series = shown.series.map((each) => ({ ...each, points: each.points.filter((point) => fresh(point.build)) }));
    const points = series.flatMap((each) => each.points).filter((point) => point.value !== null);
    const limits = limitsOf(series, axis);
    const bounds = points.length ? range(points.map((point) => point.value), limits) : [0, 1];
    if (found.some((finding) => finding.marks.length)) bounds[1] += (bounds[1] - bounds[0]) * 0.12; // room for their words
    const drawn = limits.filter((limit) => limit.threshold > bounds[0] && limit.threshold < bounds[1]);
    const oneJob = new Set(shown.builds.map((build) => build.job)).size === 1;
    const gaps = oneJob ? squash.gaps(shown.builds) : [];
    const lines = series.flatMap((each) => linesOf(each, axis));
    squash.fill(plot, "points", pointColumns(points, axis));
    squash.fill(plot, "lines", { xs: lines.map((l) => l.x), ys: lines.map((l) => l.y), color: lines.map((l) => l.color) });
    squash.fill(plot, "gaps", {
      x0: gaps.map(([before, after]) => (axis === "build" ? before.number + 0.5 : before.start)),
      x1: gaps.map(([before, after]) => (axis === "build" ? after.number - 0.5 : after.start)),
      color: gaps.map(() => squash.ink("sunken")),
    });
    squash.fill(plot, "failed", failedColumns(shown.builds.filter((build) => build.failed && fresh(build)), axis));
    const ends = setAxes(plot, shown, axis, bounds, fresh, drawn);
    squash.feedMarks(plot, shown, found, axis, ends);
    return { points, hidden: limits.filter((limit) => !drawn.includes(limit)) };
  };

  const setAxes = (plot, shown, axis, bounds, fresh, drawn) => {
    const xs = shown.builds.filter(fresh).map((build) => place(build, axis));
    const low = Math.min(...xs), high = Math.max(...xs);
    const span = (high - low) || (axis === "build" ? 1 : 86400000);
    const ends = xs.length ? [low - span * 0.015, high + span * 0.015] : [0, 1];
    squash.fill(plot, "limits", {
      x0: drawn.map((limit) => (limit.from === low ? ends[0] : limit.from)),
      x1: drawn.map((limit) => (limit.to >= high - span * 0.02 ? ends[1] : limit.to)),
      y: drawn.map((limit) => limit.threshold), text: drawn.map((limit) => limit.text),
      color: drawn.map((limit) => levelInk(limit.level)),
      ink: drawn.map((limit) => squash.ink(`${DASHES[limit.level] || "none"}-text`)),
    });
    const [x, y] = ["x", "y"].map((name) => squash.source(plot, `${name}_range`));
    if (x) setRange(x, ends);
    if (y) setRange(y, bounds);
    for (const [name, on] of [["time_axis", axis === "time"], ["build_axis", axis === "build"]]) {
      const model = squash.source(plot, name);
      if (!model) continue;
      model.visible = on;
      model.ticker.desired_num_ticks = window.innerWidth < 600 ? 3 : 6; // or dates run into each other
    }
    return ends;
  };
})();
