// Days in words: today and yesterday; other days stay as they are written.
"use strict";
(() => {
  const DAY = 86400000;

  const inWords = () => {
    const midnight = new Date().setHours(0, 0, 0, 0);
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-day]"))) {
      const time = Number(element.dataset.day) * 1000;
      if (time >= midnight) element.textContent = "today";
      else if (time >= midnight - DAY) element.textContent = "yesterday";
    }
  };
  squash.onChange(inWords);
  inWords();
})();
