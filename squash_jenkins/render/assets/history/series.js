// Turn the data of a metric into points; this file does not touch the page.
"use strict";
(() => {
  const wanted = (series, choice, also) =>
    ["dataset", "filter", "level"].every((key) => {
      const own = series[key] || "–";
      return !choice[key] || choice[key] === own || also[key].has(own);
    });

  // Return {builds, series}; the points of a series are in order of start. Series of several metrics share builds.
  squash.readSeries = async (jobs, metrics, choice, also) => {
    const newest = Math.max(...jobs.map((job) => job.newest));
    const since = squash.periodStart(choice.period, newest);
    const known = new Map();
    const shared = (build) => {
      const key = `${build.job.data} ${build.name}`;
      if (!known.has(key)) known.set(key, build);
      return known.get(key);
    };
    const series = new Map();
    const asked = metrics.flatMap((metric, place) => jobs.map((job) => ({ metric, place, job })));
    for (const { metric, place, job } of asked) {
      for (const part of await squash.readMetric(job, metric, since)) {
        const own = part.builds.map(shared);
        for (const each of part.series) {
          mark(own, each);
          if (!wanted(each, choice, also)) continue;
          const name = [
            String(place).padStart(3, "0"),
            job.name,
            job.controller,
            each.dataset,
            each.filter,
            each.level,
          ];
          for (const [node, points] of byNode(pointsOf(each, own), choice.color === "node")) {
            const key = JSON.stringify([...name, node]);
            if (!series.has(key))
              series.set(key, {
                key,
                job,
                metric,
                dataset: each.dataset,
                filter: each.filter,
                level: each.level,
                unit: each.unit,
                node,
                points: [],
              });
            const found = series.get(key);
            found.unit = each.unit || found.unit;
            for (const point of points) found.points.push(point);
          }
        }
      }
    }
    const found = [...series.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
    for (const each of found) follow(each);
    for (const each of found) each.points = each.points.filter((point) => point.build.start >= since);
    return {
      builds: [...known.values()]
        .filter((build) => build.start >= since)
        .sort((one, other) => one.start - other.start || one.number - other.number),
      series: found.filter((each) => each.points.length),
    };
  };

  const mark = (builds, series) => {
    for (let at = 0; at < builds.length; at++) {
      if (series.status(at)) builds[at].measured = true;
      else builds[at].without ??= squash.whyMissing(builds[at], series, at);
    }
  };

  // Where each node has a colour, its points are a series.
  const byNode = (points, apart) => {
    const found = new Map();
    for (const point of points) {
      const node = apart ? point.build.node : "";
      if (!found.has(node)) found.set(node, []);
      found.get(node).push(point);
    }
    return found;
  };

  const pointsOf = (series, builds) => {
    const points = [];
    const { values, unit, entry } = series;
    let limits = [];
    let next = 0;
    for (let at = 0; at < builds.length; at++) {
      while (next < entry.limits.length && entry.limits[next][0] <= at) limits = entry.limits[next++][1];
      const status = series.status(at);
      if (!status) continue;
      const point = new Point(builds[at], Number.isNaN(values[at]) ? null : values[at], status, limits, unit);
      if (point.value === null) point.missing = squash.whyMissing(builds[at], series, at);
      points.push(point);
    }
    return points;
  };

  class Point {
    constructor(build, value, status, limits, unit) {
      this.build = build;
      this.value = value;
      this.status = status;
      this.limits = limits;
      this.unit = unit;
      /** @type {Missing | null} */
      this.missing = null; // why it has no value
      /** @type {ShownSeries} */
      this.series = null;
      /** @type {Point | null} */
      this.before = null;
    }
    get change() {
      return this.before ? squash.change(this.value, this.before.value) : "";
    }
  }

  // Link each point to the measured one before it.
  const follow = (each) => {
    each.points.sort((one, other) => one.build.start - other.build.start || one.build.number - other.build.number);
    let before = null;
    for (const point of each.points) {
      point.series = each;
      point.before = before;
      if (point.value !== null) before = point;
    }
  };

  // Label each series by the parts of its name that differ.
  squash.nameSeries = (series) => {
    const differs = (pick) => new Set(series.map(pick)).size > 1;
    const parts = [
      [(each) => squash.shortName(each.metric)],
      [(each) => each.job.title],
      [(each) => each.dataset],
      [(each) => each.filter],
      [(each) => each.level],
      [(each) => each.node],
    ].filter(([pick]) => differs(pick));
    series.forEach((each, index) => {
      each.label =
        parts.map(([pick]) => pick(each) || "–").join(" · ") ||
        [each.dataset, each.filter, each.level].filter(Boolean).join(" · ") ||
        each.job.title;
      each.color = index % 6;
    });
  };
})();
