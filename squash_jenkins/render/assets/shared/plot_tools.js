// The buttons above a plot that choose what dragging across it does.
"use strict";
(() => {
  // A second press switches dragging off. Returns a function that chooses a tool by its word, null for none.
  squash.dragTools = (place, plots) => {
    const choose = (word) => {
      for (const plot of plots()) plot.model.toolbar.active_drag = word ? squash.source(plot, `${word}_tool`) : null;
      for (const each of place.querySelectorAll("[data-drag]"))
        each.setAttribute("aria-pressed", String(each.dataset.drag === word));
    };
    place.addEventListener("click", (/** @type {EventOn} */ event) => {
      const button = /** @type {HTMLElement | null} */ (event.target.closest("[data-drag]"));
      if (button) choose(button.getAttribute("aria-pressed") === "true" ? null : button.dataset.drag);
    });
    return choose;
  };
})();
