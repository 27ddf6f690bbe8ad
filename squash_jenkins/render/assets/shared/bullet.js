// Small drawings and words of status, as render/svg.py and render/judged.py make them.
"use strict";
(() => {
  const SPARK = [94, 26];
  const BULLET = [220, 18];
  const MARGIN = 3;

  // Draw values in order (null leaves a gap); nothing without two of them.
  squash.spark = (values) => {
    const measured = values.filter((value) => value !== null);
    if (measured.length < 2) return null;
    const [width, height] = SPARK;
    const low = Math.min(...measured);
    const span = Math.max(...measured) - low;
    const step = (width - 2 * MARGIN) / (values.length - 1);
    const y = (value) => (span ? height - MARGIN - ((value - low) / span) * (height - 2 * MARGIN) : height / 2);
    const points = values.map((value, at) => (value === null ? null : [MARGIN + at * step, y(value)]));
    const lines = [[]];
    for (const point of points) {
      if (point) lines[lines.length - 1].push(point.map((each) => each.toFixed(1)).join(","));
      else lines.push([]);
    }
    const drawing = squash.svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    for (const line of lines) if (line.length > 1) drawing.append(squash.svg("polyline", { points: line.join(" ") }));
    const last = points[points.length - 1];
    if (last) drawing.append(squash.svg("circle", { cx: last[0].toFixed(1), cy: last[1].toFixed(1), r: 2.4 }));
    return drawing;
  };

  // Draw a value against its limits, [[level, threshold, label]]; nothing where one is missing.
  squash.bullet = (value, limits, tone) => {
    if (value === null || !limits.length) return null;
    const [width, height] = BULLET;
    const thresholds = limits.map(([, threshold]) => threshold);
    const low = Math.min(0, value, ...thresholds);
    const widest = Math.max(...thresholds, 0) - low || 1;
    const cut = value - low > 2 * widest;
    const high = low + (cut ? 2 * widest : 1.25 * Math.max(widest, value - low));
    const place = (each) => ((each - low) * width) / (high - low);
    const zero = place(0);
    const end = cut ? width : place(value);
    const drawing = squash.svg(
      "svg",
      {
        class: "bullet",
        viewBox: `0 0 ${width} ${height}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": limits.map(([, , label]) => label).join(", "),
      },
      squash.svg("rect", { class: "track", x: 0, y: 5, width, height: 8, rx: 4 }),
      squash.svg("rect", {
        class: `bar ${tone}`,
        x: Math.min(zero, end).toFixed(1),
        y: 5,
        width: Math.max(Math.abs(end - zero), 1.5).toFixed(1),
        height: 8,
        rx: 4,
      }),
    );
    if (cut) drawing.append(squash.svg("line", { class: "cut", x1: 207, x2: 211, y1: 15, y2: 3 }));
    for (const [, threshold, label] of limits) {
      const x = place(threshold).toFixed(1);
      const title = squash.svg("title");
      title.textContent = label;
      drawing.append(squash.svg("line", { class: "tick", x1: x, x2: x, y1: 1, y2: 17 }, title));
    }
    return drawing;
  };

  // ---- status ----
  const RANKS = {
    "misses minimum": 0,
    minimum: 2,
    "misses design": 2,
    design: 3,
    "misses stretch": 3,
    "not measured": 5,
    "not comparable": 6,
    "no specification": 7,
  };
  const TONES = ["misses", "misses", "minimum", "design", "stretch", "none", "none", "plain"];
  squash.severity = (status) => (Object.hasOwn(RANKS, status) ? RANKS[status] : status.startsWith("misses ") ? 1 : 4);
  squash.tone = (status, level) =>
    status === "minimum" && level === "minimum" ? "design" : TONES[squash.severity(status)];
  squash.statusWord = (status, level) =>
    level && status === level ? `meets ${level}` : status === "minimum" ? "minimum only" : status;

  const HOLDS = {
    "≤": (a, b) => a <= b,
    "≥": (a, b) => a >= b,
    "<": (a, b) => a < b,
    ">": (a, b) => a > b,
    "=": (a, b) => a === b,
    "≠": (a, b) => a !== b,
  };
  const signOf = (level, label) => label.slice(level.length).trim()[0];
  // Tell of each level of some limits whether a value meets it.
  squash.levelsMet = (value, limits) => {
    const met = new Map();
    for (const [level, threshold, label] of limits) {
      const holds = HOLDS[signOf(level, label)];
      if (holds) met.set(level, (met.get(level) ?? true) && holds(value, threshold));
    }
    return met;
  };
  // Say which way is better: 1 up, -1 down, 0 where the limits do not tell.
  squash.better = (limits) => {
    const ways = new Set(
      limits.map(([level, , label]) => ({ "≤": -1, "<": -1, "≥": 1, ">": 1 })[signOf(level, label)] ?? 0),
    );
    return ways.size === 1 ? [...ways][0] : 0;
  };

  // ---- noise ----
  const SAME = 5e-7; // of a value: older ones are kept to seven digits
  // Return the noise of values in order: from the differences of neighbours, so that steps hardly count.
  // Counts are often as before: where half of the differences is 0 the mean of them tells it.
  squash.noise = (values) => {
    if (values.length < 8) return NaN;
    const differences = [];
    const least = SAME * Math.abs(squash.median(values));
    for (let at = 1; at < values.length; at++) differences.push(Math.abs(values[at] - values[at - 1]));
    const usual = (squash.median(differences) * 1.4826) / Math.SQRT2;
    if (usual > least) return usual;
    const mean = ((differences.reduce((sum, each) => sum + each, 0) / differences.length) * Math.sqrt(Math.PI)) / 2;
    return mean > least ? mean : 0;
  };
  squash.difference = (from, to) =>
    Math.abs(to - from) <= SAME * Math.max(Math.abs(from), Math.abs(to)) ? 0 : to - from;
})();
