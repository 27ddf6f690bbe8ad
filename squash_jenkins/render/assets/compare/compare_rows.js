// Compare two sides: one row for each series, with its noise.
"use strict";
(() => {
  const PARTS = ["metric", "dataset", "filter", "level"];

  const reader = () => {
    const held = new Map();
    return (job, block) => {
      const key = `${job.data} ${block}`;
      if (!held.has(key)) held.set(key, squash.readBlock(job, block));
      return held.get(key);
    };
  };
  const keyOf = (series, ignored) => PARTS.map((part) => (ignored.has(part) ? "" : series[part])).join("\u0000");

  // ---- what a side measured ----
  const readSide = async (side, read) => {
    const names = new Set(side.builds.map((build) => build.name));
    const blocks = [...new Set(side.builds.map((build) => build.block))].sort((one, other) => one - other);
    const parts = await Promise.all(blocks.map((block) => read(side.job, block)));
    return parts.map((part) => ({
      part,
      places: part.builds.flatMap((build, at) => (names.has(build.name) ? [at] : [])),
    }));
  };

  // Return what a side measured by series; `why` gets the reasons for what a single build did not.
  const gather = (parts, ignored, why) => {
    const found = new Map();
    for (const { part, places } of parts) {
      for (const series of part.series) {
        const own = places.filter((at) => series.status(at));
        const key = keyOf(series, ignored);
        if (places.length === 1 && Number.isNaN(series.values[places[0]]))
          why.set(key, squash.whyMissing(part.builds[places[0]], series, places[0]));
        if (!own.length) continue;
        const known = found.get(key);
        const last = own[own.length - 1];
        const fresh =
          known && known.unit === series.unit ? known : { series, unit: series.unit, values: [], statuses: [] };
        for (const at of own) if (!Number.isNaN(series.values[at])) fresh.values.push(series.values[at]);
        fresh.statuses.push(...own.map((at) => series.status(at)));
        fresh.way = series.way(last);
        found.set(key, fresh);
      }
    }
    return found;
  };

  /** @param {Status[]} statuses */
  const commonest = (statuses) => {
    const counts = new Map();
    for (const { name } of statuses) counts.set(name, (counts.get(name) || 0) + 1);
    const [name] = [...counts].sort((one, other) => other[1] - one[1])[0];
    return statuses.find((status) => status.name === name);
  };
  const valueOf = (entry) => (entry && entry.values.length ? squash.median(entry.values) : NaN);

  // ---- the noise ----
  // Read the block of a build and the block before it: up to 128 builds.
  const readHistory = async (side, read) => {
    const { job, build } = side;
    const own = job.blocks.indexOf(build.block);
    const parts = await Promise.all(job.blocks.slice(Math.max(0, own - 1), own + 1).map((block) => read(job, block)));
    const order = parts.flatMap((part, from) =>
      part.builds.map((each, at) => ({ from, at, start: each.start, number: each.number })),
    );
    order.sort((one, other) => one.start - other.start || one.number - other.number);
    const end = order.findIndex((each) => each.number === build.number && each.start === build.start);
    return { parts, order, end };
  };

  const pastOf = ({ parts, order }, ignored) => {
    const places = parts.map((part) => new Int32Array(part.builds.length));
    order.forEach(({ from, at }, place) => {
      places[from][at] = place;
    });
    const found = new Map();
    parts.forEach((part, from) => {
      for (const series of part.series) {
        const key = `${keyOf(series, ignored)}\u0000${series.unit}`;
        const { values } = series;
        if (!found.has(key)) found.set(key, new Float64Array(order.length).fill(NaN));
        const past = found.get(key);
        for (let at = 0; at < values.length; at++) if (!Number.isNaN(values[at])) past[places[from][at]] = values[at];
      }
    });
    return found;
  };

  // Return the noise of each series as of the block of the build; Python computes it.
  const noiseIn = ({ parts }, ignored) => {
    const { series } = parts[parts.length - 1];
    return new Map(series.map((each) => [`${keyOf(each, ignored)}\u0000${each.unit}`, each.noise]));
  };

  // ---- rows ----
  /** @returns {ComparedRow} */
  const rowOf = (one, other, past, noise, missing) => {
    const { series, unit } = other || one;
    const both = one && other && one.unit === other.unit;
    const from = valueOf(one);
    const to = valueOf(other);
    const difference = both ? squash.difference(from, to) : NaN;
    const times = difference === 0 && noise >= 0 ? 0 : difference / noise;
    const statuses = [one, other].map((each) => (each ? commonest(each.statuses) : null));
    const names = statuses.map((status) => (status ? status.name : ""));
    const direction = (other || one).way;
    const way = Math.sign(difference) * (direction.sign || 0);
    const short = squash.shortName(series.metric);
    return {
      series,
      unit,
      units: one && other && !both ? [one.unit || "no unit", other.unit || "no unit"] : null,
      from,
      to,
      difference,
      noise,
      times,
      past,
      statuses,
      missing,
      names,
      share: Number.isNaN(difference)
        ? NaN
        : from === 0
          ? difference === 0
            ? 0
            : NaN
          : (100 * difference) / Math.abs(from),
      trend: way > 0 ? "better" : way < 0 ? "worse" : "",
      open: direction.sign === null, // good or bad? nobody knows
      guessed: direction.source === "guess",
      steps: squash.steps(statuses[0], statuses[1]),
      changed: both && names[0] !== names[1],
      name: series.level ? `${short} ${series.level}` : short,
      where: [
        one && one.series.dataset !== series.dataset
          ? `${one.series.dataset || "–"} → ${series.dataset || "–"}`
          : series.dataset,
        series.filter,
        series.level,
      ]
        .filter(Boolean)
        .join(" · "),
      package: squash.packageName(series.metric),
      text: [series.metric, series.dataset, series.filter, series.level, unit, ...names].join(" ").toLowerCase(),
    };
  };

  // If two jobs have one dataset or filter each, with different names, series are matched without it.
  const differing = (sides) => {
    const sets = (part) =>
      sides.map((parts) => new Set(parts.flatMap(({ part: { series } }) => series.map((each) => each[part]))));
    return new Set(
      ["dataset", "filter"].filter((part) => {
        const [one, other] = sets(part);
        return one.size === 1 && other.size === 1 && [...one][0] !== [...other][0];
      }),
    );
  };

  // Sort by distance; rows of unknown noise come last, sorted by percent.
  const byDistance = (one, other) => {
    const [a, b] = [one, other].map((row) => (Number.isNaN(row.times) ? -1 : Math.abs(row.times)));
    return b - a || (Math.abs(other.share) || 0) - (Math.abs(one.share) || 0) || (one.text < other.text ? -1 : 1);
  };

  // Return {rows, ignored, end}: the sorted rows, the parts of names that are ignored, and where `past` has the build.
  squash.compareRows = async (from, to) => {
    const read = reader();
    const [one, other, history] = await Promise.all([readSide(from, read), readSide(to, read), readHistory(to, read)]);
    const ignored = from.job === to.job ? new Set() : differing([one, other]);
    const whys = [new Map(), new Map()];
    const before = gather(one, ignored, whys[0]);
    const after = gather(other, ignored, whys[1]);
    const reason = (side, key, at) =>
      side.range ? null : squash.missingText(whys[at].get(key) || squash.whyMissing(side.build, null, 0), side.build);
    const past = pastOf(history, ignored);
    const noise = noiseIn(history, ignored);
    const rows = [...new Set([...before.keys(), ...after.keys()])].map((key) => {
      const [a, b] = [before.get(key), after.get(key)];
      const known = `${key}\u0000${(b || a).unit}`;
      const missing = [a, b].map((entry, at) =>
        entry && entry.values.length ? null : reason([from, to][at], key, at),
      );
      return rowOf(a, b, past.get(known), noise.get(known) ?? NaN, missing);
    });
    return { rows: rows.sort(byDistance), ignored, end: history.end };
  };
})();
