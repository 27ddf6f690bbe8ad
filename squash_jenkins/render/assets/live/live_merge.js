// Update a part of the page to what the server writes now, and keep what scripts and readers changed.
// Three states of each part are known: what the server wrote before, what it writes now, and what the page shows.
// The third changes only where the first two differ, so selections, positions and typed text stay.
"use strict";
window.squash = window.squash || /** @type {Squash} */ ({});
(() => {
  const ITEMS = new Set(["TR", "LI", "ARTICLE", "FIGURE", "A", "OPTION"]);
  const shownAs = new WeakMap(); // node that the server wrote → node of the page

  const pair = (written, shown) => {
    shownAs.set(written, shown);
    written.childNodes.forEach((child, at) => pair(child, shown.childNodes[at]));
  };
  const inherit = (now, before) => {
    shownAs.set(now, shownAs.get(before));
    now.childNodes.forEach((child, at) => inherit(child, before.childNodes[at]));
  };

  // ---- matching nodes ----
  const keyOf = (node) => {
    if (node.nodeType !== Node.ELEMENT_NODE) return "text";
    if (node.id) return `#${node.id}`;
    if (!ITEMS.has(node.tagName)) return node.tagName;
    if (node.tagName === "OPTION") return `OPTION ${node.getAttribute("value")}`;
    const link = node.matches("a[href]") ? node : node.querySelector("a[href]");
    return `${node.tagName} ${link ? link.getAttribute("href") : ""}`;
  };
  const keysOf = (nodes) => {
    const counts = new Map();
    return nodes.map((node) => {
      const key = keyOf(node);
      const count = (counts.get(key) || 0) + 1;
      counts.set(key, count);
      return `${key} ${count}`;
    });
  };

  // Return the places that need not move: the longest increasing subsequence.
  const staying = (places) => {
    const ends = [];
    const before = [];
    places.forEach((place, at) => {
      let low = 0;
      let high = ends.length;
      while (low < high) {
        const half = (low + high) >> 1;
        if (places[ends[half]] < place) low = half + 1;
        else high = half;
      }
      before[at] = low ? ends[low - 1] : -1;
      ends[low] = at;
    });
    const found = new Set();
    for (let at = ends.length ? ends[ends.length - 1] : -1; at >= 0; at = before[at]) found.add(places[at]);
    return found;
  };

  // ---- one element ----
  const setClasses = (shown, before, now) => {
    const words = (text) => (text || "").split(/\s+/).filter(Boolean);
    shown.classList.remove(...words(before));
    shown.classList.add(...words(now));
  };
  const setAttributes = (before, now, shown) => {
    for (const name of new Set([...before.getAttributeNames(), ...now.getAttributeNames()])) {
      const value = now.getAttribute(name);
      if (before.getAttribute(name) === value) continue;
      if (name === "class") setClasses(shown, before.getAttribute(name), value);
      else if (value === null) shown.removeAttribute(name);
      else shown.setAttribute(name, value);
    }
  };
  const bare = (element) => !element.firstElementChild;

  const mergeText = (before, now) => {
    const shown = shownAs.get(before);
    shownAs.set(now, shown);
    if (before.nodeType === now.nodeType && before.data !== now.data) shown.data = now.data;
  };

  const merge = (before, now) => {
    if (before.isEqualNode(now)) {
      inherit(now, before);
      return;
    }
    if (before.nodeType !== Node.ELEMENT_NODE) {
      mergeText(before, now);
      return;
    }
    const shown = shownAs.get(before);
    shownAs.set(now, shown);
    setAttributes(before, now, shown);
    const own = [...before.childNodes];
    const owned = own.length > 0 && own.every((child) => shownAs.get(child).parentNode !== shown);
    mergeChildren(before, now, shown, owned);
    // A script that replaced this text is notified of the change and replaces it again.
    if (owned && bare(before) && bare(now) && bare(shown) && before.textContent !== now.textContent)
      shown.textContent = now.textContent;
  };

  // `owned`: a script has replaced all children, so none are added.
  const mergeChildren = (before, now, shown, owned) => {
    const old = [...before.childNodes];
    const fresh = [...now.childNodes];
    const places = new Map(keysOf(old).map((key, at) => [key, at]));
    const from = keysOf(fresh).map((key) => (places.has(key) ? places.get(key) : -1));
    const kept = from.filter((place) => place >= 0);
    const stay = staying(kept);
    const still = new Set(kept);
    old.forEach((node, at) => {
      const own = shownAs.get(node);
      if (!still.has(at) && own.parentNode === shown) own.remove();
    });
    let last = null;
    const put = (node) => {
      shown.insertBefore(node, last ? last.nextSibling : shown.firstChild);
    };
    fresh.forEach((node, at) => {
      if (from[at] >= 0) {
        merge(old[from[at]], node);
        const own = shownAs.get(node);
        if (own.parentNode !== shown) return;
        if (!stay.has(from[at])) put(own);
        last = own;
        return;
      }
      const made = document.importNode(node, true);
      pair(node, made);
      if (owned) return;
      put(made);
      last = made;
    });
  };

  // A part of the page; `update` gets what the server writes there now.
  squash.Part = class {
    constructor(shown) {
      // In a document that is not shown, so that no picture in it is loaded.
      this.written = document.implementation.createHTMLDocument().importNode(shown, true);
      pair(this.written, shown);
    }

    update(now) {
      for (const each of now.querySelectorAll("noscript")) each.textContent = each.innerHTML; // as in a page with scripts
      const focused = /** @type {HTMLElement | null} */ (document.activeElement);
      merge(this.written, now);
      this.written = now;
      if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
    }
  };
})();
