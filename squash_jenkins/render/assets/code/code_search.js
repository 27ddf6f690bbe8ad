// Search the commits and packages of builds, block by block, the newest first.
"use strict";
(() => {
  const AT_ONCE = 16; // blocks of a job that one step reads
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
