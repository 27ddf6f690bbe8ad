// One stop of the Tab key for each strip, list and table; the arrow keys go from item to item.
"use strict";
(() => {
  const LISTS = ".strip, .tiles, main tbody, .movers ul, .cards, ul.list, ul.legend";
  const ITEMS = "a[href], button, summary";
  const APART = ".act-body, dialog, .picker"; // what opens inside an item has stops of its own
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  /** @type {WeakMap<Element, HTMLElement>} */
  const current = new WeakMap();

  const listOf = (item) => item.closest(LISTS);
  const itemsOf = (list) =>
    /** @type {HTMLElement[]} */ ([...list.querySelectorAll(ITEMS)]).filter(
      (item) => listOf(item) === list && !item.closest(APART) && item.checkVisibility(),
    );

  const choose = (list, item) => {
    const before = current.get(list);
    if (before && before !== item) before.tabIndex = -1;
    item.tabIndex = 0;
    current.set(list, item);
  };
  const arrange = (list) => {
    const items = itemsOf(list);
    if (!items.length) return;
    const known = current.get(list);
    const stop = known && items.includes(known) ? known : items[0];
    for (const item of items) if (item !== stop) item.tabIndex = -1;
    choose(list, stop);
  };

  // Return the item of the row above or below at the same place, as far as there is one.
  const beside = (item, by) => {
    const inRow = (row) => itemsOf(row.parentElement).filter((each) => row.contains(each));
    const own = item.closest("tr");
    const at = inRow(own).indexOf(item);
    for (let row = own; row;) {
      row = by > 0 ? row.nextElementSibling : row.previousElementSibling;
      const found = row ? inRow(row) : [];
      if (found.length) return found[Math.min(at, found.length - 1)];
    }
    return null;
  };
  // A strip has its newest build first in the page and last on the screen.
  const directed = (list, key) => (list.matches(".strip") ? -STEPS[key] : STEPS[key]);
  const target = (list, item, key) => {
    const items = itemsOf(list);
    if (key === "Home" || key === "End")
      return items[(key === "End") === list.matches(".strip") ? 0 : items.length - 1];
    const by = directed(list, key);
    if (item.closest("tr") && list.matches("tbody") && key !== "ArrowLeft" && key !== "ArrowRight")
      return beside(item, by);
    return items[items.indexOf(item) + by];
  };

  document.addEventListener("keydown", (/** @type {KeyboardEvent & EventOn} */ event) => {
    const { key } = event;
    if (!(key in STEPS || key === "Home" || key === "End")) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
    const item = event.target;
    const list = item.matches(ITEMS) && !item.closest(APART) && listOf(item);
    if (!list) return;
    const next = target(list, item, key);
    event.preventDefault();
    if (next) next.focus();
  });
  document.addEventListener("focusin", (/** @type {FocusEvent & EventOn} */ event) => {
    const item = event.target;
    const list = item.matches(ITEMS) && !item.closest(APART) && listOf(item);
    if (list) choose(list, item);
  });

  // Scripts, updates and filters change lists: those that changed are arranged again.
  let due = false;
  const all = () => {
    due = false;
    document.querySelectorAll(LISTS).forEach(arrange);
  };
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(all);
  };
  document.addEventListener("DOMContentLoaded", () => {
    all();
    new MutationObserver(soon).observe(document.querySelector("main"), {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["hidden", "open", "href"],
    });
  });
})();
