// Format numbers as text/numbers.py does, and times in the reader's time zone.
"use strict";
window.squash = window.squash || /** @type {Squash} */ ({});
(() => {
  const MINUS = "\u2212";
  const NARROW = "\u202f";

  const DIGITS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

  const written = (value, digits) => {
    const size = Math.abs(value);
    if (value === 0) return "0";
    if (size >= 1e6 || size < 1e-3) return value.toExponential(digits - 1).replace("e+", "e");
    if (size < 1000 && Number.isInteger(value)) return String(value);
    return value.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size) + 1e-9)));
  };
  const apart = (value, other, digits) => {
    const shown = written(value, digits);
    const rounded = Number(shown);
    return rounded !== other && rounded > other === value > other && shown !== written(other, digits);
  };

  // More digits where it would read as a number beside it, or as on the other side of one.
  squash.number = (value, beside = []) => {
    if (value === null || value === undefined || !Number.isFinite(value)) return "not measured";
    const others = beside.filter((each) => Number.isFinite(each) && each !== value);
    const enough = DIGITS.find((digits) => others.every((other) => apart(value, other, digits)));
    const [whole, part] = written(value, enough || 16).split(".");
    const grouped = whole.includes("e") ? whole : whole.replace(/\B(?=(\d{3})+$)/g, NARROW);
    return (part === undefined ? grouped : `${grouped}.${part}`).replaceAll("-", MINUS);
  };
  squash.thresholds = (limits) => limits.map(([, threshold]) => threshold);

  squash.whole = (number) => number.toFixed(0).replace(/\B(?=(\d{3})+$)/g, NARROW);
  squash.counted = (number, word) => `${squash.whole(number)} ${word}${number === 1 ? "" : "s"}`;

  squash.change = (value, before) => {
    if (value === null || before === null || before === undefined || before === 0) return "";
    const percent = (100 * (value - before)) / Math.abs(before);
    const size = Math.abs(percent);
    if (!Number.isFinite(percent)) return "";
    if (size < 0.05) return "0.0%";
    if (size >= 1000) return "×" + squash.number(value / before);
    return ((percent > 0 ? "+" : "") + percent.toFixed(size >= 9.95 ? 0 : 1) + "%").replace("-", MINUS);
  };

  let absolute = null; // slow to create, and not every page shows a time
  const inWords = () =>
    new Intl.DateTimeFormat(undefined, {
      year: "numeric",
      month: "short",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      timeZoneName: "short",
    });
  const plain = (time) => {
    const two = (number) => String(number).padStart(2, "0");
    return (
      `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
      `${two(time.getHours())}:${two(time.getMinutes())}`
    );
  };
  squash.moment = (milliseconds) => plain(new Date(milliseconds));
  squash.absolute = (milliseconds) => (absolute ??= inWords()).format(new Date(milliseconds));

  squash.ago = (milliseconds) => {
    const seconds = (Date.now() - milliseconds) / 1000;
    if (seconds < -60) return plain(new Date(milliseconds));
    if (seconds < 60) return "just now";
    if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
    if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
    if (seconds < 5184000) return `${Math.round(seconds / 86400)} days ago`;
    return plain(new Date(milliseconds)).slice(0, 10);
  };
})();
