// Prepare values for the trend: percent of a baseline, and a scale that fits.
"use strict";
(() => {
  const FIRST = 10;
  const DECADES = 4;
  const HUGE = 1e300; // beyond it, differences and margins may be infinite
  const LARGEST = Number.MAX_VALUE;
  // Powers of ten that are numbers: 1e-307 is the smallest with all its digits.
  const power = (exponent) => 10 ** Math.min(Math.max(exponent, -307), 308);

  // Return the baseline of a series: its value in the picked build, else the median of its first values.
  squash.baseline = (series, build) => {
    const own = build && series.points.find((point) => point.value !== null && point.build.name === build);
    if (own) return { value: own.value, text: `#${own.build.number}` };
    const first = [];
    for (const point of series.points) {
      if (point.value !== null) first.push(point.value);
      if (first.length === FIRST) break;
    }
    return {
      value: squash.median(first),
      text: first.length === 1 ? "the first build" : `the median of the first ${first.length} builds`,
    };
  };
  squash.relative = (value, base) => (value === null || !base ? null : (100 * (value - base)) / Math.abs(base));

  // Positive values that span many decades need a logarithmic scale.
  squash.wantsLog = (values) => {
    let low = Infinity;
    let high = 0;
    for (const value of values) {
      if (value <= 0) return false;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return high / low > 10 ** DECADES;
  };

  // Return bounds with `share` of their height added above, as room for labels.
  squash.withRoomAbove = ([low, high], share, log) =>
    log
      ? [low, power(Math.log10(high) + share * (Math.log10(high) - Math.log10(low)))]
      : [low, Math.min(high + share * high - share * low, LARGEST)];

  // Choose the y range: all values, and the specifications near them.
  /** @type {Squash["yRange"]} */
  squash.yRange = (values, thresholds, log) => {
    let low = Infinity;
    let high = -Infinity;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) return log ? [1, 10] : [0, 1];
    if (log) return logRange(low, high, thresholds);
    const size = Math.max(Math.abs(high), Math.abs(low));
    if (size > HUGE) return [Math.max(low * 1.1, -LARGEST), Math.min(high * 1.1, LARGEST)];
    const span = Math.max(high - low, size * 0.05) || 1;
    const near = thresholds.filter((each) => each > low - 5 * span && each < high + 5 * span);
    low = Math.min(low, ...near);
    high = Math.max(high, ...near);
    const margin = Math.max((high - low) * 0.12, span * 0.1);
    return [low - margin, high + margin];
  };
  /** @returns {[low: number, high: number]} */
  const logRange = (low, high, thresholds) => {
    const near = thresholds.filter((each) => each > low / 100 && each < high * 100);
    const from = Math.log10(Math.min(low, ...near));
    const to = Math.log10(Math.max(high, ...near));
    const margin = Math.max((to - from) * 0.1, 0.15);
    return [power(from - margin), power(to + margin)];
  };
})();
