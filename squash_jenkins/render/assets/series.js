// Read the data of a metric and turn it into points; nothing here touches the page.
"use strict";
window.squash = window.squash || {};
(() => {
  const DAY = 86400000;
  const FAILED = new Set(["FAILURE", "ABORTED", "NOT_BUILT"]);

  // Load the blocks of a job, newest first, until the period is covered.
  const blocksOf = async (job, days) => {
    const blocks = [...job.blocks].sort((one, other) => other - one), loaded = [];
    let oldest = Infinity;
    for (const block of blocks) {
      if (oldest < job.newest - days * DAY) break;
      const [builds, values] = await Promise.all([
        squash.load(`${job.data}/builds-${block}.js`), squash.load(`${job.data}/series-${block}.js`)]);
      oldest = Math.min(oldest, ...builds.start);
      loaded.unshift({ builds, values });
    }
    return loaded;
  };

  const buildsOf = (job, block) => block.builds.number.map((number, at) => ({
    job, number,
    start: block.builds.start[at], end: block.builds.end[at], result: block.builds.result[at],
    name: block.builds.name[at], packages: block.builds.packages[at],
    failed: FAILED.has(block.builds.result[at]),
    replaced: block.builds.name[at] !== String(number),
    page: squash.href(`${job.folder}/${block.builds.name[at]}/index.html`),
    jenkins: job.jenkins ? `${job.jenkins}${number}/` : null,
    measured: false,
  }));

  const wanted = (entry, choice, metric) => entry.metric === metric &&
    ["dataset", "filter", "level"].every((key) => !choice[key] || choice[key] === (entry[key] || "–"));

  // Return {builds, series}: each series has its points in order of start.
  squash.readSeries = async (jobs, metric, choice) => {
    const days = Number(choice.period) || Infinity;
    const builds = [], series = new Map();
    for (const job of jobs) {
      for (const block of await blocksOf(job, days)) {
        const own = buildsOf(job, block);
        builds.push(...own);
        for (const entry of block.values.series) {
          if (entry.metric !== metric) continue;
          entry.at.forEach((at) => { own[at].measured = true; });
          if (!wanted(entry, choice, metric)) continue;
          const key = JSON.stringify([job.name, job.controller, entry.dataset, entry.filter, entry.level]);
          if (!series.has(key)) series.set(key, { key, job, ...entry, points: [] });
          series.get(key).points.push(...pointsOf(entry, own));
        }
      }
    }
    const newest = Math.max(...jobs.map((job) => job.newest));
    const recent = (build) => build.start >= newest - days * DAY;
    const found = [...series.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
    for (const each of found) follow(each);
    for (const each of found) each.points = each.points.filter((point) => recent(point.build));
    return {
      builds: builds.filter(recent).sort((one, other) => one.start - other.start),
      series: found.filter((each) => each.points.length),
    };
  };

  const pointsOf = (entry, own) => {
    let limits = [], next = 0;
    return entry.at.map((at, index) => {
      while (next < entry.limits.length && entry.limits[next][0] <= index) limits = entry.limits[next++][1];
      return { build: own[at], value: entry.value[index], status: entry.status[index], limits, unit: entry.unit };
    });
  };

  // Tell each point its change to the measured one before.
  const follow = (each) => {
    each.points.sort((one, other) => one.build.start - other.build.start || one.build.number - other.build.number);
    let before = null;
    for (const point of each.points) {
      point.series = each;
      point.before = before;
      point.change = before ? squash.change(point.value, before.value) : "";
      if (point.value !== null) before = point;
    }
  };

  squash.reaches = ({ status, series }) => (series.level && status === series.level ? `meets ${status}`
    : status === "minimum" ? "minimum only" : status);

  // Name each series by what tells it from the others.
  squash.nameSeries = (series) => {
    const differs = (pick) => new Set(series.map(pick)).size > 1;
    const parts = [
      [(each) => each.job.title], [(each) => each.dataset], [(each) => each.filter],
      [(each) => each.level],
    ].filter(([pick]) => differs(pick));
    series.forEach((each, index) => {
      each.label = parts.map(([pick]) => pick(each) || "–").join(" · ") || [each.dataset, each.filter, each.level].filter(Boolean).join(" · ") || each.job.title;
      each.color = index % 6;
    });
  };

  // Return the stretches between builds whose numbers are missing: [from, to, how many].
  squash.gaps = (builds) => {
    const found = [];
    const sorted = builds.filter((build) => !build.replaced).sort((one, other) => one.number - other.number);
    for (let at = 1; at < sorted.length; at++) {
      const missing = sorted[at].number - sorted[at - 1].number - 1;
      if (missing > 0 && sorted[at].job === sorted[at - 1].job) found.push([sorted[at - 1], sorted[at], missing]);
    }
    return found;
  };
})();
