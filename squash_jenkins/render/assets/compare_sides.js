// What is compared: a build or the median of several, from words of the address to builds.
"use strict";
window.squash = window.squash || {};
(() => {
  const MOST = 640; // builds of a median: each 64 are a file to read
  const BACK = 256; // builds that are looked at for one with values
  const RANGE = /^median:#?(\d+)\.\.#?(\d+)$/, LAST = /^last(\d+)$/, NAME = /^#?(\d+(?:@.*)?)$/;

  // What a reader can mend is told as it is.
  squash.Unclear = class extends Error {};
  const unclear = (text) => { throw new squash.Unclear(text); };
  const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

  // Return what a text asks for: {kind, …}; null for an empty one.
  squash.sideAsked = (text) => {
    const given = (text || "").trim(), range = RANGE.exec(given), last = LAST.exec(given), name = NAME.exec(given);
    if (range) return { kind: "median", from: Math.min(range[1], range[2]), to: Math.max(range[1], range[2]) };
    if (last) return { kind: "last", count: Number(last[1]) };
    if (name) return { kind: "build", name: name[1] };
    return given ? { kind: "build", name: given } : null;
  };
  squash.sideText = (asked) => ({ build: () => asked.name, median: () => `median:${asked.from}..${asked.to}`, last: () => `last${asked.count}` })[asked.kind]();

  // ---- blocks, each read once ----
  const blocks = new Map();
  squash.blockOnce = (job, block) => {
    const key = `${job.data} ${block}`;
    if (!blocks.has(key)) {
      blocks.set(key, squash.readBlock(job, block).then((read) => Object.assign(read, { places: new Map(read.builds.map((build, at) => [build.name, at])) })));
    }
    return blocks.get(key);
  };
  const hasValues = async (build) => {
    const { places, series } = await squash.blockOnce(build.job, build.block), at = places.get(build.name);
    return series.some((each) => each.entry.status[at] !== ".");
  };

  // Return the newest build with values before another one (or of all); undefined where there is none.
  squash.measuredBefore = async (builds, before = null) => {
    const end = before ? builds.indexOf(before) : builds.length;
    for (let at = end - 1; at >= Math.max(0, end - BACK); at--) if (await hasValues(builds[at])) return builds[at];
    return undefined;
  };

  // ---- from words to builds ----
  const spanOf = (job, builds) => (builds.length === 1 ? `its only build is #${builds[0].name}` : `its ${builds.length} builds go from #${builds[0].name} to #${builds[builds.length - 1].name}`);
  const one = (asked, job, builds) => {
    const build = builds.find((each) => each.name === asked.name);
    if (build) return { ...asked, job, builds: [build], label: `#${build.name}` };
    const number = Number.parseInt(asked.name, 10);
    if (Number.isNaN(number)) unclear(`“${asked.name}” is not the number of a build: write a number such as ${builds[builds.length - 1].name}.`);
    const near = builds.reduce((best, each) => (Math.abs(each.number - number) < Math.abs(best.number - number) ? each : best));
    return unclear(`#${asked.name} is not here: of ${job.title}, ${spanOf(job, builds)}, and #${near.name} is the nearest.`);
  };
  const several = (asked, job, found, where) => {
    if (!found.length) unclear(`${job.title} has no build ${where}, so there is no median: choose other numbers.`);
    if (found.length > MOST) unclear(`${found.length} builds are too many for a median: choose at most ${MOST}.`);
    return { ...asked, job, builds: found, label: `the median of ${counted(found.length, "build")} (#${found[0].name} to #${found[found.length - 1].name})` };
  };

  // Return a side as {kind, job, builds, label}; `other` is the build that `last30` stands before.
  squash.resolveSide = (asked, job, builds, other) => {
    if (asked.kind === "build") return one(asked, job, builds);
    if (asked.kind === "median") return several(asked, job, builds.filter((build) => !build.replaced && asked.from <= build.number && build.number <= asked.to), `from #${asked.from} to #${asked.to}`);
    if (!other) unclear("The builds before a build can only be compared with one build: choose a number at the other side.");
    if (asked.count < 1) unclear("The median needs at least one build: write how many to take.");
    return several(asked, job, builds.filter((build) => build.start < other.start).slice(-asked.count), `before #${other.name}`);
  };

  // ---- what they measured ----
  squash.seriesKey = (each) => JSON.stringify([each.metric, each.dataset, each.filter, each.level]);

  // Return by series what a side measured: {series, value | null, status, limits, unit, count}.
  squash.readSide = async (side) => {
    const found = new Map(), read = [...new Set(side.builds.map((build) => build.block))];
    for (const block of await Promise.all(read.map((each) => squash.blockOnce(side.job, each)))) {
      const places = side.builds.map((build) => (block.builds[block.places.get(build.name)]?.start === build.start ? block.places.get(build.name) : -1)).filter((at) => at >= 0);
      for (const series of block.series) {
        const told = places.filter((at) => series.entry.status[at] !== ".");
        if (told.length) addEntry(found, series, told);
      }
    }
    for (const entry of found.values()) {
      entry.count = entry.values.length;
      entry.value = entry.count ? (entry.count === 1 ? entry.values[0] : squash.median(entry.values)) : null;
      if (side.kind !== "build") entry.status = "";
    }
    return found;
  };
  const addEntry = (found, series, places) => {
    const key = squash.seriesKey(series), last = places[places.length - 1], { values } = series;
    const known = found.get(key), earlier = known && known.unit === series.unit ? known.values : [];
    found.set(key, {
      key, series, unit: series.unit, status: series.status(last), limits: series.limits(last),
      values: [...earlier, ...places.map((at) => values[at]).filter((value) => !Number.isNaN(value))],
    });
  };
})();
