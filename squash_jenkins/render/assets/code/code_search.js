// Search the commits and packages of builds, block by block, the newest first.
"use strict";
(() => {
  const AT_ONCE = 16; // blocks of a job that one step reads
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  // A name that ends in a digit must end there: DM-12 is not DM-1234.
  const wholly = (text) => {
    const edge = (sign) => (/[\p{L}\p{N}]/u.test(sign) ? "(?![\\p{L}\\p{N}])" : "");
    const start = /^[\p{L}\p{N}]/u.test(text) ? "(?<![\\p{L}\\p{N}])" : "";
    const last = text[text.length - 1];
    return new RegExp(`${start}${escaped(text)}${/\p{N}/u.test(last) ? edge(last) : ""}`, "iu");
  };

  // Return a function that says whether a commit fits, and one for a package change.
  squash.codeQuery = (text) => {
    const word = text.trim();
    const named = wholly(word);
    const hash = /^[0-9a-f]{4,40}$/i.test(word) ? word.toLowerCase() : null;
    const isRevision = (revision) => {
      const known = revision.toLowerCase();
      return hash !== null && known !== "" && (known.startsWith(hash) || hash.startsWith(known));
    };
    return {
      commit: ([revision, message, author]) => isRevision(revision) || named.test(message) || named.test(author),
      package: ([name, change]) =>
        named.test(name) || named.test(change) || (hash !== null && change.toLowerCase().includes(hash)),
    };
  };

  const inBlock = async (job, block, query) => {
    const [builds, { commits }] = await Promise.all([
      squash.blockBuilds(job, block),
      squash.load(`${job.data}/commits-${block}.js`),
    ]);
    return builds
      .map((build) => ({
        build,
        commits: (commits[build.name]?.rows || []).filter(query.commit),
        packages: (build.packages?.rows || []).filter(query.package),
      }))
      .filter((each) => each.commits.length || each.packages.length);
  };

  // One search of some jobs; each step reads further back. `left` says whether there is more to read.
  squash.searchCode = (jobs, text) => {
    const query = squash.codeQuery(text);
    const due = new Map(jobs.map((job) => [job, [...job.blocks]]));
    return {
      left: () => [...due.values()].some((blocks) => blocks.length),
      step: async () => {
        const found = [...due].map(async ([job, blocks]) => {
          const some = blocks.splice(-AT_ONCE);
          const parts = await Promise.all(some.map((block) => inBlock(job, block, query)));
          return { job, builds: parts.flat().sort((one, other) => other.build.start - one.build.start) };
        });
        return Promise.all(found);
      },
    };
  };
})();
