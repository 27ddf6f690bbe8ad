// The button that opens the tabs where they do not fit beside each other.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector(".menu-button"));
  if (!button) return;
  const menu = document.getElementById("menu");
  const set = (open) => button.setAttribute("aria-expanded", String(open));
  const isOpen = () => button.getAttribute("aria-expanded") === "true";
  const links = () => /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("a")]);

  button.hidden = false;
  button.addEventListener("click", () => set(!isOpen()));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    set(true);
    links()[0].focus();
  });
  menu.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !isOpen()) return;
    event.preventDefault();
    const all = links();
    const next = all[all.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + by];
    (next || button).focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    set(false);
    button.focus();
  });
  const away = (/** @type {EventOn} */ event) => {
    if (!menu.contains(event.target) && !button.contains(event.target)) set(false);
  };
  document.addEventListener("click", away);
  document.addEventListener("focusin", away);
  // The current tab is in view where the tabs scroll.
  const own = menu.querySelector("[aria-current]");
  if (own) menu.scrollLeft = /** @type {HTMLElement} */ (own).offsetLeft - menu.offsetLeft - 60;
});
