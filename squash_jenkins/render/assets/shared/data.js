// Read the data files of jobs; what they hold is described in render/content/data_files.py.
"use strict";
(() => {
  const BLOCK = 64;
  const COMPARABLE = 5; // lower ranks say how good a measurement is
  const NOTHING = "."; // a build without the measurement
  const CODES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const made = squash.make;
  const CODE = new Map([...CODES].map((sign, at) => [sign, at]));

  // Of each metric whether more (1), less (-1) or neither (0) is better, and what that follows from.
  let ways = new Map();
  squash.jobs = async () => {
    const { jobs, alike, better } = await squash.load("data/jobs.js");
    squash.nameAlike(alike);
    ways = new Map(Object.entries(better));
    return jobs;
  };
  squash.blockOf = (number) => Math.floor(number / BLOCK);

  const shown = /** @type {HTMLElement | null} */ (document.querySelector("[data-catalogue]"));
  if (shown) squash.expect([shown.dataset.catalogue, "data/jobs.js"]);

  // Return the jobs of a catalogue, each with its series: [{…job, series}].
  const folders = new Map();
  // Read the list of series of a metric, so that its values can be read.
  squash.listSeries = async (path) => {
    const listed = await squash.load(path);
    folders.set(listed.metric, listed.folder);
    return listed;
  };
  squash.catalogue = async (path) => {
    const [listed, jobs] = await Promise.all([squash.listSeries(path), squash.jobs()]);
    const known = new Map(jobs.map((job) => [job.folder, job]));
    return listed.jobs
      .filter((each) => known.has(each.folder))
      .map((each) => Object.assign(known.get(each.folder), { series: each.series }));
  };

  // ---- builds ----
  class Build {
    constructor(job, block, outline, at) {
      this.job = job;
      this.number = outline.number[at];
      this.start = outline.start[at];
      this.end = outline.start[at] + outline.duration[at];
      const [result, tone, outcome] = outline.results[outline.result[at]];
      this.result = result;
      this.tone = tone;
      this.outcome = outcome;
      this.node = outline.node?.[at] >= 0 ? outline.nodes[outline.node[at]] : "";
      this.name = Object.hasOwn(outline.name, at) ? outline.name[at] : String(this.number);
      this.block = block === null ? squash.blockOf(this.number) : block;
      this.packages = outline.packages ? outline.packages[at] : undefined; // not loaded yet
      this.label = outline.label?.[at] || "";
      this.measured = false;
      const [kind, text] = outline.missing?.[at] || ["", ""];
      /** @type {Missing | null} */
      this.missing = kind ? { kind, text } : null; // why it has no report
    }
    get good() {
      return this.outcome === "good";
    }
    get failed() {
      return this.outcome === "failed";
    }
    get replaced() {
      return this.name !== String(this.number);
    }
    get page() {
      return squash.href(`${this.job.folder}/${this.name}/index.html`);
    }
    get jenkins() {
      return this.job.jenkins && !this.replaced ? `${this.job.jenkins}${this.number}/` : null;
    }
  }
  const buildsIn = (job, block, outline) => outline.number.map((_, at) => new Build(job, block, outline, at));
  const inOrder = (one, other) => one.start - other.start || one.number - other.number;

  // Return the parts in which a job's history is read, the newest first: one block, then groups of blocks.
  const partsOf = (job) => {
    const parts = [...job.groups].reverse().map(([group]) => ({ group }));
    return job.blocks.length ? [{ block: job.blocks[job.blocks.length - 1] }, ...parts] : parts;
  };
  const readOutline = (job, /** @type {{ block?: number, group?: number }} */ { block, group }) =>
    squash.load(`${job.data}/${group === undefined ? `builds-${block}` : `outline-${group}`}.js`);
  // Read parts until one begins before `since`: numbers grow with time, unless a job was created anew.
  const readParts = async (job, since, read) => {
    const found = [];
    for (const part of partsOf(job)) {
      const each = await read(part);
      found.unshift(each);
      if (!job.recreated && each.builds.some((build) => build.start < since)) break;
    }
    return found;
  };

  squash.readBuilds = async (job, since = -Infinity) => {
    const parts = await readParts(job, since, async (part) => ({
      builds: buildsIn(job, part.block ?? null, await readOutline(job, part)),
    }));
    return parts
      .flatMap((part) => part.builds)
      .filter((build) => build.start >= since)
      .sort(inOrder);
  };

  squash.blockBuilds = async (job, block) => buildsIn(job, block, await readOutline(job, { block }));

  // Load `packages` of builds: null for unknown, else {total, rows: [[name, text, url]]}.
  squash.readPackages = async (builds) => {
    const due = builds.filter((build) => build.packages === undefined);
    const keys = new Map(due.map((build) => [`${build.job.data}/builds-${build.block}.js`, build.job]));
    const known = new Map();
    await Promise.all(
      [...keys].map(async ([path, job]) => {
        for (const build of buildsIn(job, null, await squash.load(path)))
          known.set(`${job.data} ${build.name}`, build.packages);
      }),
    );
    for (const build of due) build.packages = known.get(`${build.job.data} ${build.name}`) ?? null;
    return builds;
  };

  // Return the gaps: [build before, build after, number of missing builds].
  squash.gaps = (builds) => {
    /** @type {[before: Build, after: Build, missing: number][]} */
    const found = [];
    const sorted = builds.filter((build) => !build.replaced).sort((one, other) => one.number - other.number);
    for (let at = 1; at < sorted.length; at++) {
      const missing = sorted[at].number - sorted[at - 1].number - 1;
      if (missing > 0 && sorted[at].job === sorted[at - 1].job) found.push([sorted[at - 1], sorted[at], missing]);
    }
    return found;
  };

  // ---- measurements ----
  // Decode floats of 64 or 32 bits from base64.
  squash.floats = (text, bits) => {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
    return bits === 64 ? new Float64Array(bytes.buffer) : Float64Array.from(new Float32Array(bytes.buffer));
  };
  // A 32-bit float has seven digits.
  const numbers = ({ kind, value }) =>
    kind === "f8" ? squash.floats(value, 64) : squash.floats(value, 32).map((each) => Number(each.toPrecision(7)));

  class Series {
    constructor(entry, reasons) {
      this.reasons = reasons || [];
      this.metric = entry.metric;
      this.dataset = entry.dataset;
      this.filter = entry.filter;
      this.level = entry.level;
      this.unit = entry.unit;
      this.entry = entry;
      /** @type {Float64Array | null} */
      this.decoded = null;
      /** @type {Status[] | null} */
      this.named = null;
    }
    get values() {
      return (this.decoded ??= numbers(this.entry));
    }
    get statuses() {
      return (this.named ??= this.entry.statuses.map(([name, rank, tone, word, met]) => ({
        name,
        rank,
        tone,
        word,
        met,
      })));
    }
    status(at) {
      const code = this.entry.status[at];
      return code === NOTHING ? null : this.statuses[CODE.get(code)];
    }
    turn(at) {
      return this.entry.limits.findLast(([from]) => from <= at) || [0, [], null];
    }
    limits(at) {
      return this.turn(at)[1];
    }
    // As at_place of analysis/series/direction.py.
    way(at) {
      const [sign, source] = ways.get(this.metric) || [null, ""];
      const byLimits = this.turn(at)[2];
      if (source === "rule" || source === "operator" || byLimits === null) return { sign, source };
      return { sign: byLimits, source: "specification" };
    }
    better(at) {
      return this.way(at).sign || 0;
    }
    // Why a build with a report has no value; null if the data files do not say it.
    missing(at) {
      const turn = this.entry.missing?.findLast(([from]) => from <= at);
      const [kind, text] = (turn && this.reasons[turn[1]]) || ["", ""];
      return kind ? { kind, text } : null;
    }
    get noise() {
      return this.entry.noise ?? NaN;
    }
  }

  // Return 1 if a status is better than the one before, -1 if worse, else 0.
  squash.steps = (before, now) =>
    before && now && before.rank < COMPARABLE && now.rank < COMPARABLE ? Math.sign(now.rank - before.rank) : 0;

  const UNKNOWN = { kind: "not in report", text: "not in the report" };
  // Return why a build has no value of a series of its block or group, in which it has the place `at`.
  squash.whyMissing = (build, series, at) => build.missing || (series && series.missing(at)) || UNKNOWN;
  squash.missingText = ({ kind, text }, build) =>
    kind === "quarantined"
      ? made("a", { href: `${build.page}#notices`, text })
      : made("span", { class: "muted", text });

  squash.readBlock = async (job, block) => {
    const [of, values] = await Promise.all([
      readOutline(job, { block }),
      squash.load(`${job.data}/values-${block}.js`, `${job.data}/builds-${block}.js`),
    ]);
    return { builds: buildsIn(job, block, of), series: seriesOf(values) };
  };

  const seriesOf = ({ series, reasons }) => series.map((entry) => new Series(entry, reasons));

  // Return the parts of a job with the measurements of a metric of the catalogue: [{builds, series}].
  squash.readMetric = (job, metric, since = -Infinity) =>
    readParts(job, since, async (part) => {
      if (part.group === undefined) {
        const { builds, series } = await squash.readBlock(job, part.block);
        return { builds, series: series.filter((each) => each.metric === metric) };
      }
      const [of, values] = await Promise.all([readOutline(job, part), inGroup(job, metric, part.group)]);
      return { builds: buildsIn(job, null, of), series: seriesOf(values) };
    });
  const inGroup = async (job, metric, group) => {
    const folder = folders.get(metric);
    const { metrics } = await squash.load(`${job.data}/metrics-${group}.js`, `${job.data}/outline-${group}.js`);
    return metrics.includes(folder) ? squash.load(`${job.data}/${folder}/${group}.js`) : { series: [] };
  };

  // ---- time ----
  // Return the start of a period that ends now (milliseconds); months are calendar months.
  squash.periodStart = (word, now = Date.now()) => {
    if (!word) return -Infinity;
    const from = new Date(now);
    const day = from.getDate();
    if (word === "week") {
      from.setDate(day - 7);
      return from.getTime();
    }
    from.setMonth(from.getMonth() - { month: 1, "6months": 6, year: 12 }[word]);
    if (from.getDate() !== day) from.setDate(0); // the month has no such day
    return from.getTime();
  };
})();
