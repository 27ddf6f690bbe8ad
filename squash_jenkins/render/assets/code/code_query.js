// What a ticket, a hash or a name means among commits and package changes.
"use strict";
(() => {
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
})();
