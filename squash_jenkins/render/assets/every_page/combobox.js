// A list to choose from, with a search field where it is long. Selects with many options open it
// in place of the browser's own list.
"use strict";
(() => {
  const MANY = 20; // options; more need a search field
  const DRAWN = 200;
  const PAGE = 10;
  const made = squash.make;
  let lists = 0; // for the ids of options

  // All words must be part of a name; names that begin with the text come first.
  const fitting = (options, text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const of = (option) => `${option.text} ${option.detail || ""}`.toLowerCase();
    const found = options.filter((option) => words.every((word) => of(option).includes(word)));
    const first = (option) =>
      words.length &&
      of(option)
        .split(/[./ ]/)
        .some((part) => part.startsWith(words[0]))
        ? 0
        : 1;
    return found.sort((one, other) => first(one) - first(other));
  };

  class List {
    /** @param {HTMLElement} anchor @param {ListToChoose} about @param {string} text */
    constructor(anchor, { title, options, chosen, several = false, choose }, text) {
      this.anchor = anchor;
      this.options = options;
      this.several = several;
      this.choose = choose;
      this.chosen = new Set(chosen);
      this.shown = [];
      this.at = 0;
      this.id = `list-${(lists += 1)}`;
      this.list = made("ul", {
        role: "listbox",
        id: this.id,
        tabindex: "-1",
        "aria-label": title,
        "aria-multiselectable": several ? "true" : null,
      });
      this.note = made("p", { class: "muted small", role: "status" });
      this.box = made("div", { class: "picker", popover: "auto", role: "group", "aria-label": title });
      this.input =
        options.length > MANY
          ? made("input", {
              type: "search",
              role: "combobox",
              "aria-label": `Search: ${title}`,
              "aria-expanded": "true",
              "aria-controls": this.id,
              "aria-autocomplete": "list",
              placeholder: "Search…",
              autocomplete: "off",
              spellcheck: "false",
            })
          : null;
      if (this.input) {
        this.input.value = text;
        this.input.addEventListener("input", () => this.draw());
      }
      this.focused = this.input || this.list;
      this.box.append(...(this.input ? [this.input] : []), this.list, this.note);
      this.listen();
    }

    listen() {
      this.box.addEventListener("keydown", (event) => this.key(event));
      this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field stays focused
      this.list.addEventListener("click", (/** @type {EventOn} */ event) => {
        const item = event.target.closest("li");
        if (item) this.take(Number(item.dataset.at));
      });
      this.box.addEventListener("toggle", (/** @type {any} */ event) => {
        if (event.newState === "closed") this.box.remove();
      });
    }

    open() {
      document.body.append(this.box);
      this.box.showPopover();
      this.draw();
      this.focused.focus({ preventScroll: true });
    }

    close() {
      this.box.hidePopover();
      this.box.remove();
      this.anchor.focus({ preventScroll: true });
    }

    // Below the anchor where there is room, else above it; never wider than the screen.
    position() {
      const { left, top, bottom } = this.anchor.getBoundingClientRect();
      const { offsetWidth: wide, offsetHeight: high } = this.box;
      const x = Math.max(8, Math.min(left, innerWidth - wide - 8));
      const y = bottom + 4 + high > innerHeight && top - 4 - high > 0 ? top - 4 - high : bottom + 4;
      Object.assign(this.box.style, { left: `${x}px`, top: `${y}px` });
    }

    draw() {
      const text = this.input ? this.input.value : "";
      const found = fitting(this.options, text);
      this.shown = found.slice(0, DRAWN);
      this.list.replaceChildren(
        ...this.shown.map((option, at) =>
          made(
            "li",
            { role: "option", id: `${this.id}-${at}`, "data-at": at, "aria-selected": this.chosen.has(option.value) },
            made("span", { text: option.text }),
            ...(option.detail ? [made("small", { text: option.detail })] : []),
          ),
        ),
      );
      const rest = found.length - this.shown.length;
      this.note.textContent = !found.length
        ? "Nothing found. Try fewer letters."
        : rest
          ? `${squash.whole(rest)} more: type to narrow them down.`
          : text
            ? `${squash.whole(found.length)} of ${squash.whole(this.options.length)}`
            : "";
      const at = this.shown.findIndex((option) => this.chosen.has(option.value));
      this.move(text || at < 0 ? 0 : at);
      this.position();
    }

    move(at) {
      this.at = Math.max(0, Math.min(at, this.shown.length - 1));
      for (const item of this.list.querySelectorAll(".active")) item.classList.remove("active");
      const item = this.list.children[this.at];
      if (!item) {
        this.focused.removeAttribute("aria-activedescendant");
        return;
      }
      item.classList.add("active");
      this.focused.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }

    take(at) {
      const option = this.shown[at];
      if (!option) return;
      if (!this.several) {
        this.close();
        this.choose([option.value]);
        return;
      }
      if (!this.chosen.delete(option.value)) this.chosen.add(option.value);
      this.list.children[at].setAttribute("aria-selected", String(this.chosen.has(option.value)));
      this.move(at);
      this.choose([...this.chosen]);
    }

    key(event) {
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE };
      const ends = this.input ? {} : { Home: 0, End: Infinity }; // in a field they move the cursor
      const own = this.input ? ["Enter"] : ["Enter", " "];
      event.stopPropagation(); // the page has keys of its own
      if (event.key in steps) this.move(this.at + steps[event.key]);
      else if (event.key in ends) this.move(ends[event.key]);
      else if (own.includes(event.key)) this.take(this.at);
      else if (event.key === "Escape" || event.key === "Tab") this.close();
      else return;
      event.preventDefault();
    }
  }

  const known = "showPopover" in HTMLElement.prototype; // without it, the browser's list opens
  squash.openList = (anchor, about, text = "") => {
    if (known) new List(anchor, about, text).open();
  };

  // ---- selects with many options ----
  const isLong = (select) =>
    known && select instanceof HTMLSelectElement && !select.multiple && select.options.length > MANY;
  const openFor = (select, text = "") => {
    const label = select.closest("label");
    squash.openList(
      select,
      {
        title: select.getAttribute("aria-label") || (label ? label.firstChild.textContent.trim() : select.name),
        options: [...select.options].map((option) => ({
          value: option.value,
          text: option.text,
          detail: option.dataset.detail || "",
        })),
        chosen: [select.value],
        choose: ([value]) => {
          if (select.value === value) return;
          select.value = value;
          for (const name of ["input", "change"]) select.dispatchEvent(new Event(name, { bubbles: true }));
        },
      },
      text,
    );
  };
  document.addEventListener("mousedown", (event) => {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    if (event.button || !isLong(select)) return;
    event.preventDefault(); // the browser's own list stays closed
    select.focus();
  });
  // Not before the button is up: that would be a click outside of the list, which closes it.
  document.addEventListener("click", (event) => {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    if (isLong(select)) openFor(select);
  });
  document.addEventListener("keydown", (event) => {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    if (!isLong(select) || event.ctrlKey || event.metaKey) return;
    const letter = event.key.length === 1 && event.key !== " ";
    if (!letter && !["Enter", " ", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    openFor(select, letter ? event.key : "");
  });
})();
