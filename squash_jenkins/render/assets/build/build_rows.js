// What a build measured, each series beside the builds before it.
"use strict";
(() => {
  const BACK = 30;
  const FAR = 4; // times the noise
  const STRETCH = 3; // rank of what misses no more than its stretch goal
  const ENOUGH = 5; // values that a usual one is made of

  // Return the blocks with the build and enough builds before it: [{builds, series}].
  const readBack = async (job, number) => {
    const own = squash.blockOf(number);
    const earlier = job.recreated
      ? job.blocks.filter((block) => block !== own)
      : job.blocks.filter((block) => block < own).slice(-1);
    return Promise.all([own, ...earlier.slice(-3)].map((block) => squash.readBlock(job, block)));
  };

  const before = (one, other) => one.start < other.start || (one.start === other.start && one.number < other.number);
  const keyOf = (series) => JSON.stringify([series.dataset, series.filter, series.metric, series.level]);

  // Return by series its entry in the build, and those of the builds before it (newest last).
  const gather = (parts, self, back) => {
    const places = new Map(back.map((build, at) => [build, at]));
    const found = new Map();
    for (const { builds, series } of parts) {
      for (const each of series) {
        const key = keyOf(each);
        const known = found.get(key) || { series: each, own: null, earlier: back.map(() => null) };
        builds.forEach((build, at) => {
          const status = each.status(at);
          if (build === self && Number.isNaN(each.values[at])) known.missing ??= squash.whyMissing(build, each, at);
          if (!status) return;
          const value = Number.isNaN(each.values[at]) ? null : each.values[at];
          const limits = each.limits(at);
          const entry = { build, value, status, unit: each.unit, limits, better: each.better(at), noise: each.noise };
          if (build === self) known.own = entry;
          else if (places.has(build)) known.earlier[places.get(build)] = entry;
        });
        found.set(key, known);
      }
    }
    return [...found.values()];
  };

  const ABSENT = { name: "", rank: 9, tone: "none", word: "", met: {} };
  // What a build says of a series that builds before it measured, and that it does not report.
  const absent = (entry) => ({ ...entry, value: null, status: ABSENT, limits: [] });

  const awayOf = ({ value, noise }, usual) =>
    value === null || Number.isNaN(usual) || !(noise > 0) ? NaN : squash.difference(usual, value) / noise;

  /** @returns {BuildRow} */
  const rowOf = ({ series, own, earlier, missing }, self) => {
    const values = earlier.filter((entry) => entry && entry.value !== null);
    const now = own || absent(values[values.length - 1]);
    const alike = values.filter((entry) => entry.unit === now.unit);
    const last = alike[alike.length - 1] || null;
    const usual = alike.length >= ENOUGH ? squash.median(alike.map((entry) => entry.value)) : NaN;
    const away = awayOf(now, usual);
    const name = squash.shortName(series.metric);
    const trend = squash.steps(last && last.status, now.status);
    const far = Math.abs(away) >= FAR;
    const moved = last && now.value !== null && last.value ? now.value / last.value - 1 : NaN;
    const way = trend || (far ? Math.sign(away) * now.better : 0);
    return {
      series,
      ...now,
      earlier,
      last,
      usual,
      away,
      far,
      name: series.level ? `${name} ${series.level}` : name,
      group: [series.dataset, series.filter].filter(Boolean).join(" · "),
      change: last && now.value !== null ? squash.change(now.value, last.value) : "",
      moved,
      way,
      // Whether the change since the last build goes the same way: it may be a way back.
      turn: trend || Math.sign(moved) * now.better === way ? way : 0,
      why: now.value === null ? squash.missingText(missing || squash.whyMissing(self, null, 0), self) : null,
      kind: kindOf(now, values.length > 0, far || trend !== 0),
    };
  };
  const kindOf = ({ value, status }, known, moved) => {
    if (value === null) return known ? "gone" : "empty";
    return status.name.startsWith("misses") && status.rank < STRETCH ? "misses" : moved ? "moved" : "usual";
  };

  // A series that the build does not report is missing if most builds before it, of those with a report, measured it.
  const expected = (entries, reporting) =>
    entries.filter((entry) => entry && entry.value !== null).length > reporting.size / 2;

  // Return the build, a row for each series that it reports or that is missing, and the builds before it.
  squash.readBuildRows = async (job, number, start) => {
    const parts = await readBack(job, number);
    const builds = parts.flatMap((part) => part.builds).sort((one, other) => (before(one, other) ? -1 : 1));
    const self = builds.find((build) => build.number === number && build.start === start);
    const earlier = builds.filter((build) => before(build, self));
    const back = earlier.slice(-BACK);
    const found = gather(parts, self, back);
    const reporting = new Set(found.flatMap((each) => each.earlier.filter(Boolean).map((entry) => entry.build)));
    const reports = found.some(({ own }) => own);
    const rows = found
      .filter((each) => (reports ? each.own || expected(each.earlier, reporting) : false))
      .map((each) => rowOf(each, self));
    return { self, rows, earlier };
  };
})();
