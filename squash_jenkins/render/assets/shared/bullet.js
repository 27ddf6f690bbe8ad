// Small drawings, as render/svg/sparks.py makes them.
"use strict";
(() => {
  const SPARK = [94, 26];
  const BULLET = [220, 18];
  const MARGIN = 3;
  // Outliers of sparks, as in sparks.py: at most one in 20 values, with the others within a third of the whole.
  const FEWEST = 5;
  const SHARE = 20;
  const FAR = 3;

  // Return the range to draw: of all values, or without the few that are far from the others.
  const sparkEnds = (measured) => {
    const ordered = Float64Array.from(measured).sort();
    const last = ordered.length - 1;
    const half = (ends) => ends[1] / 2 - ends[0] / 2; // of the largest numbers the whole is infinite
    const whole = [ordered[0], ordered[last]];
    if (ordered.length < FEWEST) return whole;
    const out = Math.max(1, Math.floor(ordered.length / SHARE));
    let least = whole;
    for (let at = 0; at <= out; at++) {
      const ends = [ordered[at], ordered[last - out + at]];
      if (half(ends) < half(least)) least = ends;
    }
    return half(least) > 0 && half(least) * FAR < half(whole) ? least : whole;
  };

  // Draw values in order (null leaves a gap); return null for fewer than two.
  squash.spark = (values) => {
    const measured = values.filter((value) => value !== null);
    if (measured.length < 2) return null;
    const [width, height] = SPARK;
    const [low, high] = sparkEnds(measured);
    const span = high / 2 - low / 2;
    const step = (width - 2 * MARGIN) / (values.length - 1);
    const inside = (place) => Math.min(Math.max(place, 0), height);
    const y = (value) =>
      span ? inside(height - MARGIN - ((value / 2 - low / 2) / span) * (height - 2 * MARGIN)) : height / 2;
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
