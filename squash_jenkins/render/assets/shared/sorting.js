// The head of a table whose columns can be sorted, by pointer or keyboard.
"use strict";
(() => {
  const made = squash.make;

  // Return the head row. `columns` are [{key, text, title, sorts}]: `sorts` says whether the first click sorts "up"
  // or "down", empty for a column that cannot be sorted. `sorted` is like "name" or "-name" (downwards), empty for
  // the order that the page chose; `choose` is called with the next one.
  squash.sortHead = (columns, sorted, choose) => {
    const down = sorted.startsWith("-");
    const key = sorted.replace("-", "");
    const next = (column) => {
      const first = column.sorts === "down" ? `-${column.key}` : column.key;
      const second = column.sorts === "down" ? column.key : `-${column.key}`;
      return sorted === first ? second : sorted === second ? "" : first;
    };
    const head = (column) => {
      const { text, title, sorts } = column;
      if (!sorts) return made("th", { text, title, scope: "col", class: column.class });
      const own = column.key === key;
      const arrow = made("span", { "aria-hidden": "true", text: own ? (down ? " ↓" : " ↑") : "" });
      const button = made("button", { type: "button", class: "sort", title, "data-sort": column.key }, text, arrow);
      button.addEventListener("click", () => choose(next(column)));
      const order = own ? (down ? "descending" : "ascending") : null;
      return made("th", { scope: "col", "aria-sort": order, class: column.class }, button);
    };
    return made("thead", {}, made("tr", {}, ...columns.map(head)));
  };

  // Return rows in the order of `sorted`; what has no value comes last either way. `keys` has a function for each key.
  squash.sortRows = (rows, sorted, keys) => {
    const way = sorted.startsWith("-") ? -1 : 1;
    const of = keys[sorted.replace("-", "")];
    if (!of) return rows;
    const none = (value) => value === null || Number.isNaN(value);
    const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
    return rows
      .map((row) => ({ row, value: of(row) }))
      .sort((one, other) =>
        none(one.value) || none(other.value)
          ? Number(none(one.value)) - Number(none(other.value))
          : way * compare(one.value, other.value),
      )
      .map(({ row }) => row);
  };
})();
