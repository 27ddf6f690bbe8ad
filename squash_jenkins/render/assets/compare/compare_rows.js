// Put two sides next to each other: one row for each series, with the noise that it has by itself.
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

  const gather = (parts, ignored) => {
    const found = new Map();
    for (const { part, places } of parts) {
      for (const series of part.series) {
        const told = places.filter((at) => series.status(at));
        if (!told.length) continue;
        const key = keyOf(series, ignored);
        const known = found.get(key);
        const last = told[told.length - 1];
        const fresh =
          known && known.unit === series.unit ? known : { series, unit: series.unit, values: [], statuses: [] };
        for (const at of told) if (!Number.isNaN(series.values[at])) fresh.values.push(series.values[at]);
        fresh.statuses.push(...told.map((at) => series.status(at)));
        fresh.limits = series.limits(last);
        found.set(key, fresh);
      }
    }
    return found;
  };

  const commonest = (words) => {
    const counts = new Map();
    for (const word of words) counts.set(word, (counts.get(word) || 0) + 1);
    return [...counts].sort((one, other) => other[1] - one[1])[0][0];
  };
  const valueOf = (entry) => (entry && entry.values.length ? squash.median(entry.values) : NaN);

  // ---- the noise ----
  // The block of a build and the one before it: up to 128 builds.
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

  const noiseOf = (past) => squash.noise(past.filter((value) => !Number.isNaN(value)));

  // ---- rows ----
  /** @returns {ComparedRow} */
  const rowOf = (one, other, past) => {
    const { series, unit } = other || one;
    const both = one && other && one.unit === other.unit;
    const from = valueOf(one);
    const to = valueOf(other);
    const difference = both ? squash.difference(from, to) : NaN;
    const noise = past ? noiseOf(past) : NaN;
    const times = difference === 0 && noise >= 0 ? 0 : difference / noise;
    const limits = (other || one).limits;
    const words = [one, other].map((each) => (each ? commonest(each.statuses) : ""));
    const ranks = words.map((word) => (word ? squash.severity(word) : 9));
    const way = Math.sign(difference) * squash.better(limits);
    const short = series.metric.split(".").pop();
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
      limits,
      words,
      share: Number.isNaN(difference)
        ? NaN
        : from === 0
          ? difference === 0
            ? 0
            : NaN
          : (100 * difference) / Math.abs(from),
      trend: way > 0 ? "better" : way < 0 ? "worse" : "",
      steps: ranks.every((rank) => rank < 5) ? Math.sign(ranks[1] - ranks[0]) : 0,
      changed: both && words[0] !== words[1],
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
      package: series.metric.split(".").slice(0, -1).join("."),
      text: [series.metric, series.dataset, series.filter, series.level, unit, ...words].join(" ").toLowerCase(),
    };
  };

  // Two jobs may have one dataset or filter each, of other names: they are matched without.
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

  // Far ones first; those without a known noise after them, by their share.
  const byDistance = (one, other) => {
    const [a, b] = [one, other].map((row) => (Number.isNaN(row.times) ? -1 : Math.abs(row.times)));
    return b - a || (Math.abs(other.share) || 0) - (Math.abs(one.share) || 0) || (one.text < other.text ? -1 : 1);
  };

  // Return {rows, ignored, end, near}: rows by how far they moved, and how many builds tell the noise.
  squash.compareRows = async (from, to) => {
    const read = reader();
    const [one, other, history] = await Promise.all([readSide(from, read), readSide(to, read), readHistory(to, read)]);
    const ignored = from.job === to.job ? new Set() : differing([one, other]);
    const before = gather(one, ignored);
    const after = gather(other, ignored);
    const past = pastOf(history, ignored);
    const rows = [...new Set([...before.keys(), ...after.keys()])].map((key) => {
      const [a, b] = [before.get(key), after.get(key)];
      return rowOf(a, b, past.get(`${key}\u0000${(b || a).unit}`));
    });
    return { rows: rows.sort(byDistance), ignored, end: history.end, near: history.order.length };
  };
})();
