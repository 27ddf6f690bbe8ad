// Format numbers, quantities and names as squash_jenkins/text does, and times in the reader's time zone.
// The tests of both run the cases of tests/data/number_texts.json and date_texts.json.
"use strict";
window.squash = window.squash || /** @type {Squash} */ ({});
(() => {
  const MINUS = "\u2212";
  const NARROW = "\u202f";
  const FEWEST = 3;
  const MOST = 16;
  const MOST_BY_NOISE = 8;
  const MOST_PLACES = 3; // decimals before a letter; with more of them a number is written out
  const LETTERS = { 6: "M", 9: "G", 12: "T", 15: "P", 18: "E" };
  const STEPS = Object.keys(LETTERS).map(Number);
  const POWERS = Object.fromEntries(STEPS.map((power) => [LETTERS[power], power]));

  const tenTo = (power) => Number(`1e${power}`);
  const grouped = (text) => {
    const [whole, part] = text.split(".");
    const groups = whole.replace(/\B(?=(\d{3})+$)/g, NARROW);
    return (part === undefined ? groups : `${groups}.${part}`).replace("-", MINUS);
  };
  // The power of ten of the first digit, once rounded to so many digits.
  const magnitude = (value, digits) => Number(value.toExponential(digits - 1).split("e")[1]);
  const places = (value, digits) =>
    Number.isInteger(value) && Math.abs(value) < 1000 ? 0 : Math.max(0, digits - 1 - magnitude(value, digits));

  // ---- SI letters: numbers that are near share one ----
  const ownStep = (value) => STEPS.filter((power) => Math.abs(value) >= tenTo(power)).pop() || 0;
  const stepOf = (value, others = []) => {
    const own = ownStep(value);
    const shared = Math.max(0, ...others.map(ownStep));
    return own < shared && Math.abs(value) >= tenTo(shared - 1) ? shared : own;
  };

  const written = (value, digits, step) => {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size < 1e-4 || size >= 1e21)
      return value
        .toExponential(digits - 1)
        .replace("e+", "e")
        .replaceAll("-", MINUS);
    const scaled = value / tenTo(step);
    const decimals = places(scaled, digits);
    if (step && decimals <= MOST_PLACES) return `${grouped(scaled.toFixed(decimals))}${NARROW}${LETTERS[step]}`;
    return grouped(value.toFixed(places(value, digits)));
  };
  const numberOf = (text) => {
    const plain = text.replaceAll(MINUS, "-").replaceAll(NARROW, "");
    const power = POWERS[plain.at(-1)];
    return Number(power === undefined ? plain : `${plain.slice(0, -1)}e${power}`);
  };

  const digitsFor = (value, noise) => {
    if (!noise || !Number.isFinite(noise) || value === 0) return FEWEST;
    return Math.min(Math.max(magnitude(value, 3) - magnitude(noise, 3) + 1, FEWEST), MOST_BY_NOISE);
  };
  // Rounding makes 100 of 99.99; what differs by rounding errors may be 100.
  const reachesPower = (value, rounded) => {
    const [one, other] = [Math.abs(value), Math.abs(rounded)];
    if (other <= one || other - one <= 1e-8 * other) return false;
    return /^1e/.test(other.toExponential());
  };
  const shows = (value, others, digits) => {
    const shown = written(value, digits, stepOf(value, others));
    const rounded = numberOf(shown);
    return (
      !reachesPower(value, rounded) &&
      others.every(
        (other) =>
          rounded !== other &&
          rounded > other === value > other &&
          shown !== written(other, digits, stepOf(other, [value])),
      )
    );
  };

  squash.number = (value, beside = [], noise = null) => {
    if (value === null || value === undefined || !Number.isFinite(value)) return "not measured";
    const others = beside.filter((each) => Number.isFinite(each) && each !== value);
    let digits = digitsFor(value, noise);
    while (digits < MOST && !shows(value, others, digits)) digits++;
    return written(value, digits, stepOf(value, others));
  };
  squash.thresholds = (limits) => limits.map(([, threshold]) => threshold);

  // The labels of an axis: as many decimals as its ticks have, the same for all.
  squash.ticks = (values) => {
    const size = Math.max(0, ...values.map(Math.abs));
    if (size < 1e-4 || size >= 1e21)
      return values.map((each) => (each ? each.toExponential().replace("e+", "e").replaceAll("-", MINUS) : "0"));
    const decimalsAt = (step) => {
      const exact = (value, many) => Math.abs(value - Number(value.toFixed(many))) * tenTo(step) <= 1e-9 * size;
      let many = 0;
      while (many < 15 && !values.every((each) => exact(each / tenTo(step), many))) many++;
      return many;
    };
    const step = decimalsAt(ownStep(size)) <= MOST_PLACES ? ownStep(size) : 0;
    const many = decimalsAt(step);
    const letter = step ? `${NARROW}${LETTERS[step]}` : "";
    return values.map((each) => (each ? grouped((each / tenTo(step)).toFixed(many)) + letter : "0"));
  };

  // Return a name as nodes that may break into lines after its dots and slashes.
  squash.breakable = (name) =>
    name.split(/(?<=[./_:])/).flatMap((part, at) => (at ? [document.createElement("wbr"), part] : [part]));

  squash.whole = (number) => grouped(number.toFixed(0));
  squash.counted = (number, word) => `${squash.whole(number)} ${word}${number === 1 ? "" : "s"}`;

  // ---- quantities: a prefix of the unit replaces exponents and long numbers ----
  const PREFIXES = { n: -9, µ: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12 };
  const ALSO = { u: "µ", "\u03bc": "µ" };
  const SMALL = ["s", "V", "A", "W", "J", "Hz"];
  const LARGE = ["B", "bit", "B/s", "bit/s", "V", "A", "W", "J", "Hz"];

  const splitUnit = (unit) => {
    for (const start of [0, 1]) {
      const prefix = ALSO[unit.slice(0, start)] ?? unit.slice(0, start);
      const base = unit.slice(start);
      if ((SMALL.includes(base) || LARGE.includes(base)) && Object.hasOwn(PREFIXES, prefix)) return [prefix, base];
    }
    return ["", ""];
  };
  const inReadableUnit = (values, unit) => {
    const size = Math.max(0, ...values.map(Math.abs));
    const [prefix, base] = splitUnit(unit);
    if (!size || (size >= 1e-3 && size < 1e6) || !(size >= 1 ? LARGE : SMALL).includes(base)) return [0, unit];
    const usual = Object.entries(PREFIXES).filter(
      ([, power]) => power === 0 || (power > 0 ? LARGE : SMALL).includes(base),
    );
    const fits = usual.filter(([, power]) => size >= 0.9999999 * tenTo(power - PREFIXES[prefix]));
    const [name, power] = fits.pop() || usual[0];
    return [power - PREFIXES[prefix], name + base];
  };
  const scaledBy = (power) => (value) =>
    Number((power < 0 ? value * tenTo(-power) : value / tenTo(power)).toPrecision(15));

  squash.quantities = (values, unit = "", beside = [], noise = null) => {
    const others = beside.filter(Number.isFinite);
    const [power, name] = inReadableUnit([...values, ...others], unit || "");
    const scaled = scaledBy(power);
    const own = values.map(scaled);
    const near = [...own, ...others.map(scaled)];
    const less = noise === null || noise === undefined ? null : scaled(noise);
    return `${own.map((each) => squash.number(each, near, less)).join(" → ")} ${name}`.trimEnd();
  };
  squash.quantity = (value, unit = "", beside = [], noise = null) =>
    value === null || value === undefined || !Number.isFinite(value)
      ? "not measured"
      : squash.quantities([value], unit, beside, noise);

  // ---- changes in percent ----
  const placesOfPercent = (size) => {
    let decimals = size >= 9.95 ? 0 : size >= 0.05 ? 1 : size >= 0.0095 ? 2 : 3;
    while (decimals < 4 && size < 100 && Number(size.toFixed(decimals)) >= 100) decimals++;
    return decimals;
  };
  squash.change = (value, before) => {
    if (value === null || before === null || before === undefined || before === 0) return "";
    const percent = (100 * (value - before)) / Math.abs(before);
    const size = Math.abs(percent);
    if (!Number.isFinite(percent)) return "";
    if (size < 0.0005) return percent ? "< 0.001%" : "0%";
    if (size >= 1000) return "×" + squash.number(value / before);
    return `${percent > 0 ? "+" : ""}${grouped(percent.toFixed(placesOfPercent(size)))}%`;
  };

  // ---- names of metrics ----
  const SIMPLE = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*\.([\p{L}\p{N}_][\p{L}\p{N}_-]*)$/u;
  let ambiguous = new Set(); // short names that several metrics have
  squash.nameAlike = (names) => {
    ambiguous = new Set(names);
  };
  squash.shortName = (metric) => {
    const [, short] = SIMPLE.exec(metric) || [];
    return short === undefined || /^\d+$/.test(short) || ambiguous.has(short) ? metric : short;
  };

  squash.packageName = (metric) => {
    const [whole] = metric.split(/[([{/\s]/, 1); // dots in parameters, commands and paths do not count
    return whole.slice(0, Math.max(0, whole.lastIndexOf(".")));
  };

  // ---- times ----
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (number) => String(number).padStart(2, "0");
  /** @param {number[]} parts */
  const timeTexts = ([year, month, date, hour, minute]) => ({
    short: `${date} ${MONTHS[month]}`,
    day: `${date} ${MONTHS[month]} ${year}`,
    moment: `${date} ${MONTHS[month]} ${year}, ${two(hour)}:${two(minute)}`,
  });
  const local = (milliseconds) => {
    const time = new Date(milliseconds);
    return timeTexts([time.getFullYear(), time.getMonth(), time.getDate(), time.getHours(), time.getMinutes()]);
  };
  const utcOf = (milliseconds) => {
    const time = new Date(milliseconds);
    const date = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
    return `${timeTexts([...date, time.getUTCHours(), time.getUTCMinutes()]).moment} UTC`;
  };
  squash.moment = (milliseconds) => local(milliseconds).moment;
  squash.absolute = (milliseconds) => {
    const [here, there] = [squash.moment(milliseconds), utcOf(milliseconds)];
    return `${here} UTC` === there ? there : `${here} (${there})`;
  };

  squash.ago = (milliseconds) => {
    const seconds = (Date.now() - milliseconds) / 1000;
    if (seconds < -60) return squash.moment(milliseconds);
    if (seconds < 60) return "just now";
    if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
    if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
    if (seconds < 5184000) return `${Math.round(seconds / 86400)} days ago`;
    return local(milliseconds).day;
  };
})();
