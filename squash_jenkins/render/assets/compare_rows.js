// Pair what two sides measured, and say how far each metric moved in units of its noise.
"use strict";
window.squash = window.squash || {};
(() => {
  const NOISE = 128, SPARK = 30, FILES = 3; // builds, builds, files of 64 builds
  const SAME = 2e-7; // older blocks are written to seven digits: less is no difference

  // ---- the builds around one, for noise and spark lines ----
  // Return up to `most` builds around the last of a side, `after` of them after it where these are
  // all there are: {order: [[block, at, build]], index: series by key and block}.
  const readAround = async (side, builds, most, after) => {
    const last = side.builds[side.builds.length - 1], at = builds.findIndex((build) => build.name === last.name);
    const from = Math.max(0, Math.min(at + after + 1, builds.length) - most), near = builds.slice(from, from + most);
    const wanted = [...new Set(near.map((build) => build.block))].sort((one, other) => Math.abs(one - last.block) - Math.abs(other - last.block) || one - other).slice(0, FILES);
    const read = new Map(await Promise.all(wanted.map(async (block) => [block, await squash.blockOnce(side.job, block)])));
    const order = near.filter((build) => read.has(build.block)).map((build) => [read.get(build.block), read.get(build.block).places.get(build.name), build]);
    return { order, index: indexOf(read.values()) };
  };
  squash.readForNoise = (side, builds) => readAround(side, builds, NOISE, NOISE >> 2);
  squash.readForSparks = (side, builds) => readAround(side, builds, SPARK, 0);

  const indexOf = (read) => {
    const found = new Map();
    for (const block of read) {
      for (const series of block.series) {
        const key = squash.seriesKey(series);
        if (!found.has(key)) found.set(key, new Map());
        found.get(key).set(block, series);
      }
    }
    return found;
  };

  // Return the values of a series in order, null where there is none.
  const valuesOf = ({ order, index }, key, unit) => {
    const own = index.get(key);
    if (!own) return [];
    return order.map(([block, at]) => {
      const series = own.get(block), value = series && series.unit === unit ? series.values[at] : NaN;
      return Number.isNaN(value) ? null : value;
    });
  };
  squash.sparkOf = (near, entry) => squash.spark(valuesOf(near, entry.key, entry.unit));

  // ---- pairs ----
  // Jobs may name their datasets differently: what is left is matched by less, where that is unique.
  const WAYS = [["metric", "dataset", "filter", "level"], ["metric", "filter", "level"], ["metric", "level"]];
  const grouped = (entries, keys) => {
    const found = new Map();
    for (const entry of entries) {
      const key = JSON.stringify(keys.map((each) => entry.series[each]));
      found.set(key, [...(found.get(key) || []), entry]);
    }
    return found;
  };
  const pair = (a, b, ways) => {
    let left = [...a.values()], right = [...b.values()];
    const pairs = [];
    for (const keys of ways) {
      const ones = grouped(left, keys), others = grouped(right, keys), taken = new Set();
      for (const [key, found] of ones) {
        const matching = others.get(key);
        if (found.length !== 1 || !matching || matching.length !== 1) continue;
        pairs.push([found[0], matching[0]]);
        taken.add(found[0]).add(matching[0]);
      }
      left = left.filter((entry) => !taken.has(entry));
      right = right.filter((entry) => !taken.has(entry));
    }
    return { pairs, onlyA: left, onlyB: right };
  };

  const arrow = (one, other) => (one === other ? one : `${one || "–"} → ${other || "–"}`);
  const rowOf = (a, b) => {
    const of = ["dataset", "filter", "level"].map((key) => arrow(a.series[key], b.series[key])).filter(Boolean).join(" · ");
    const both = a.value !== null && b.value !== null && a.unit === b.unit;
    const raw = both ? b.value - a.value : NaN;
    const difference = Math.abs(raw) <= SAME * Math.max(Math.abs(a.value), Math.abs(b.value)) ? 0 : raw;
    const way = squash.better(b.limits.length ? b.limits : a.limits);
    const { metric } = b.series, cut = metric.lastIndexOf(".");
    return {
      a, b, of, metric, difference, package: cut > 0 ? metric.slice(0, cut) : "", name: metric.slice(cut + 1),
      share: both && a.value !== 0 ? difference / Math.abs(a.value) : NaN,
      trend: Number.isNaN(difference) ? 0 : Math.sign(difference) * way,
      turned: Boolean(a.status && b.status && a.status !== b.status),
      text: `${metric} ${of}`.toLowerCase(), noise: NaN, away: NaN,
    };
  };

  // Away is infinite where a metric moved that hardly ever does, NaN where its noise is not known.
  const judge = (row, near, from) => {
    if (Number.isNaN(row.difference)) return;
    const entry = row[from];
    row.noise = squash.noise(valuesOf(near, entry.key, entry.unit).filter((value) => value !== null));
    if (!Number.isNaN(row.noise)) row.away = row.difference === 0 ? 0 : row.difference / row.noise;
  };

  // Return {rows, onlyA, onlyB}; `from` says to which side ("a" or "b") the builds of `near` belong.
  squash.pairSides = (a, b, near, from, sameJob) => {
    const { pairs, onlyA, onlyB } = pair(a, b, sameJob ? WAYS.slice(0, 1) : WAYS);
    const rows = pairs.map(([one, other]) => rowOf(one, other));
    for (const row of rows) judge(row, near, from);
    return { rows, onlyA, onlyB };
  };

  // ---- order and choice ----
  const size = (value) => (Number.isNaN(value) ? -1 : Math.abs(value));
  const byName = (one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : 0);
  const larger = (one, other) => (one === other ? 0 : other - one);
  const ORDERS = {
    "": (one, other) => larger(size(one.away), size(other.away)) || larger(size(one.share), size(other.share)) || byName(one, other),
    percent: (one, other) => larger(size(one.share), size(other.share)) || byName(one, other),
    name: byName,
  };
  squash.chooseRows = (rows, choice) => {
    const words = choice.find.toLowerCase().split(/\s+/).filter(Boolean), least = Number(choice.least) || 0;
    const only = { worse: (row) => row.trend < 0, better: (row) => row.trend > 0, status: (row) => row.turned }[choice.only] || (() => true);
    const named = (row, key) => !choice[key] || [row.a, row.b].some(({ series }) => (series[key] || "–") === choice[key]);
    return rows.filter((row) => words.every((word) => row.text.includes(word)) && only(row) && (!least || size(row.away) >= least)
      && (!choice.package || (row.package || "–") === choice.package) && named(row, "dataset") && named(row, "filter"))
      .sort(ORDERS[choice.order] || ORDERS[""]);
  };
})();
