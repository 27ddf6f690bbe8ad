// Small drawings, as render/svg/sparks.py makes them.
"use strict";
(() => {
  const SPARK = [94, 26];
  const BULLET = [220, 18];
  const MARGIN = 3;

  // Draw values in order (null leaves a gap); return null for fewer than two.
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

  // Draw a value against its limits; return null if there is no value or no limit.
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

  const SAME = 5e-7; // of a value: the files of older blocks hold seven digits
  // Return a difference; 0 if it is within the precision of the files.
  squash.difference = (from, to) =>
    Math.abs(to - from) <= SAME * Math.max(Math.abs(from), Math.abs(to)) ? 0 : to - from;
})();
