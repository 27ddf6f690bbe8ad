// Statistics of values that the reader selects; Python computes all others.
"use strict";
(() => {
  const WINDOW = 11; // values of a running median

  // Return a quantile of sorted values, interpolated; NaN for none.
  squash.quantile = (sorted, share) => {
    if (!sorted.length) return NaN;
    const place = share * (sorted.length - 1);
    const low = Math.floor(place);
    return sorted[low] + ((sorted[low + 1] ?? sorted[low]) - sorted[low]) * (place - low);
  };

  squash.median = (values) => squash.quantile(Float64Array.from(values).sort(), 0.5);

  // Return the index of the first sorted value that is not smaller.
  const placeIn = (sorted, value) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const half = (low + high) >> 1;
      if (sorted[half] < value) low = half + 1;
      else high = half;
    }
    return low;
  };

  // Return the median of the window around each value; the window is narrower at the ends.
  squash.runningMedian = (values, width = WINDOW) => {
    const reach = width >> 1;
    const sorted = [];
    const found = new Float64Array(values.length);
    const add = (value) => sorted.splice(placeIn(sorted, value), 0, value);
    for (let at = 0; at < Math.min(reach, values.length); at++) add(values[at]);
    for (let at = 0; at < values.length; at++) {
      if (at + reach < values.length) add(values[at + reach]);
      if (at > reach) sorted.splice(placeIn(sorted, values[at - reach - 1]), 1);
      found[at] = squash.quantile(sorted, 0.5);
    }
    return found;
  };
})();
