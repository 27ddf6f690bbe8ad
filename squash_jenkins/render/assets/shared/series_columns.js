// Read the columns of series as rows; what they hold is described in render/overview/series_file.py.
"use strict";
(() => {
  const FAR = 4; // times the noise, as series_rows.FAR
  const GAP = ".";
  const CODES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const WIDTH = 94;
  const HEIGHT = 26;
  const MARGIN = 3;
  const WAYS = { worse: 0, "": 1, better: 2 };

  const doubles = (text) => {
    const raw = atob(text);
    const bytes = Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
    return new Float64Array(bytes.buffer);
  };

  // What got worse comes first, then changes of unknown direction; of each the largest move.
  const importance = (row) => {
    if (row.mark) return WAYS[row.mark.trend] * 2;
    return row.rank === 0 ? 1 : 5 + WAYS[row.trend];
  };

  /** @returns {SeriesRow} */
  const rowOf = (part, at, values) => {
    const { lists } = part;
    const of = (name) => lists[name][part[name][at]];
    const [tone, word, rank] = of("status");
    const [number, page, end] = of("build");
    const [metric, history] = of("metric");
    const [title, folder, newest] = part.job;
    const [value, usual, noise] = values.map((column) => column[at]);
    const times = (value - usual) / noise;
    const way = part.better[at] * times;
    const [text, trend, finding, size] = part.mark[at] < 0 ? [] : of("mark");
    /** @type {SeriesRow} */
    const row = {
      job: title,
      folder,
      metric,
      history,
      short: squash.shortName(metric),
      dataset: of("dataset"),
      filter: of("filter"),
      level: of("level"),
      unit: of("unit"),
      limits: of("limits"),
      tone,
      word,
      rank,
      build: { number, page, end: end * 1000 },
      old: end < newest,
      value,
      usual,
      noise,
      times: Number.isFinite(times) ? times : NaN,
      share: usual ? (100 * (value - usual)) / Math.abs(usual) : NaN,
      trend: !(Math.abs(way) >= FAR) ? "" : way > 0 ? "better" : "worse",
      mark: text === undefined ? null : { text, trend, page: finding, size },
      spark: part.spark[at],
      weight: 0,
      size: 0,
      text: "",
    };
    row.weight = importance(row);
    row.size = row.mark ? row.mark.size : Math.abs(row.times) || 0;
    row.text = [metric, row.dataset, row.filter, row.level, title, row.unit, word, text].join(" ").toLowerCase();
    return row;
  };

  squash.seriesRows = ({ alike, parts }) => {
    squash.nameAlike(alike);
    return parts.flatMap((part) => {
      const values = [part.value, part.usual, part.noise].map(doubles);
      return part.metric.map((_, at) => rowOf(part, at, values));
    });
  };

  // Draw the heights of a spark line; null for none.
  squash.sparkOfCode = (code) => {
    if (code.length < 2) return null;
    const step = (WIDTH - 2 * MARGIN) / (code.length - 1);
    const points = [...code].map((sign, at) =>
      sign === GAP ? null : `${(MARGIN + at * step).toFixed(1)},${CODES.indexOf(sign) / 2}`,
    );
    const lines = [[]];
    for (const point of points) {
      if (point) lines[lines.length - 1].push(point);
      else lines.push([]);
    }
    const drawing = squash.svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
    for (const line of lines) if (line.length > 1) drawing.append(squash.svg("polyline", { points: line.join(" ") }));
    const last = points[points.length - 1];
    if (last) {
      const [cx, cy] = last.split(",");
      drawing.append(squash.svg("circle", { cx, cy, r: 2.4 }));
    }
    return drawing;
  };
})();
