// The sides of a comparison as the address names them: a build, or the median of a range of builds.
"use strict";
(() => {
  const MOST = 512; // builds of a range that are read

  // Parse a text: {name} of a build, {from, to} or {last}; null for anything else.
  const parseSide = (text) => {
    const word = text.trim().replace(/^#/, "");
    const range = /^median:(\d+)\.\.(\d+)$/.exec(word);
    const last = /^last(\d+)$/.exec(word);
    if (range)
      return { from: Math.min(Number(range[1]), Number(range[2])), to: Math.max(Number(range[1]), Number(range[2])) };
    if (last && Number(last[1]) > 0) return { last: Number(last[1]) };
    return /^\d+(@\w+)?$/.test(word) ? { name: word } : null;
  };

  /** @returns {Side} */
  const one = (job, build) => ({
    job,
    builds: [build],
    range: false,
    build,
    word: build.name,
    label: `#${build.number}`,
  });
  /** @returns {Side} */
  const many = (job, builds, word) => {
    const kept = builds.slice(-MOST);
    const first = kept[0];
    const last = kept[kept.length - 1];
    const label = kept.length > 1 ? `median of #${first.number} to #${last.number}` : `#${first.number}`;
    return { job, builds: kept, range: true, build: last, word, label, left: builds.length - kept.length };
  };

  const span = (builds) => `#${builds[0].number} to #${builds[builds.length - 1].number}`;

  const ofRange = (job, builds, word, wanted, before) => {
    const found = wanted.last
      ? builds
          .filter(
            (build) =>
              !before || build.start < before.start || (build.job !== before.job && build.start <= before.start),
          )
          .slice(-wanted.last)
      : builds.filter((build) => !build.replaced && build.number >= wanted.from && build.number <= wanted.to);
    if (!found.length) throw new Error(`“${word}” contains no build of ${job.title}, which has ${span(builds)}`);
    return many(job, found, word);
  };

  const ofName = (job, builds, wanted) => {
    const build = builds.find((each) => each.name === wanted.name);
    if (!build) throw new Error(`${job.title} has no build #${wanted.name}; it has ${span(builds)}`);
    return one(job, build);
  };

  const parsed = (word, builds) => {
    const named = builds.findLast((build) => build.label && build.label === word);
    const wanted = parseSide(word) || (named && { name: named.name });
    if (!wanted)
      throw new Error(
        `“${word}” is not a build. Enter a number such as 120, or a range such as median:100..120 or last30`,
      );
    return wanted;
  };

  // Return the newest build that did not fail; if the other side is of the same job, the last such build before it.
  const usual = (builds, other) => {
    const whole = builds.filter((build) => !build.failed);
    const own = whole.length ? whole : builds;
    if (!other || other.build.job !== builds[0].job) return own[own.length - 1];
    const before = own.filter((build) => build.start < other.build.start);
    return before[before.length - 1] || own.find((build) => build.name !== other.build.name) || own[0];
  };

  // Return the sides for the texts of a and b; an empty text stands for the usual build.
  squash.resolveSides = (a, b) => {
    const build = ({ word, builds }) => word && parsed(word, builds).name !== undefined;
    const fixed = ({ job, builds, word }) => ofName(job, builds, parsed(word, builds));
    const sides = [a, b].map((side) => (build(side) ? fixed(side) : null));
    const settle = (at) => {
      const { job, builds, word } = [a, b][at];
      const other = sides[1 - at];
      if (!word) return one(job, usual(builds, other));
      return ofRange(job, builds, word, parsed(word, builds), other && other.build);
    };
    for (const at of [1, 0]) if (!sides[at] && ![a, b][at].word) sides[at] = settle(at);
    for (const at of [1, 0]) sides[at] ??= settle(at);
    return /** @type {[Side, Side]} */ (sides);
  };

  // ---- ready choices ----
  const RELEASE = /^[A-Za-z_-]*v?\d+(\.\d+)+((a|b|rc)\d+)?$/;
  // Return the newest build before, that was given a version as its name; nothing if most builds were given one.
  const release = (before) => {
    const named = before.filter((build) => RELEASE.test(build.label));
    return named.length > before.length / 2 ? undefined : named[named.length - 1];
  };
  // Return what the build of a side may be compared with.
  squash.readyChoices = ({ job, build }, builds, jobs) => {
    const before = builds.filter((each) => each.start < build.start && !each.missing);
    const previous = before[before.length - 1];
    const good = before.findLast((each) => each.result === "SUCCESS");
    const found = release(before);
    const target = jobs.find((each) => each.title === job.target);
    const ofBuild = (each, text, title) => ({ text: `${text} (#${each.number})`, title, job: job.title, a: each.name });
    return [
      ...(previous ? [ofBuild(previous, "previous", "the newest build before it with a report")] : []),
      ...(good && good !== previous ? [ofBuild(good, "last good", "the newest successful build before it")] : []),
      ...(before.length > 1
        ? [{ text: "last 30", title: "the median of the 30 builds before it", job: job.title, a: "last30" }]
        : []),
      ...(target && target !== job
        ? [
            {
              text: `${target.title}, last 30`,
              title: "the median of the newest builds of the target branch",
              job: target.title,
              a: "last30",
            },
          ]
        : []),
      ...(found ? [ofBuild(found, `release ${found.label}`, "the newest release before it")] : []),
    ];
  };

  // A build is compared with a range, so the range comes first.
  squash.inReadingOrder = ([a, b]) => (b.range && !a.range ? [b, a] : [a, b]);
})();
