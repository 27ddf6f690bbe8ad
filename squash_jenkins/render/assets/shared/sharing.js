// Take away what a page shows: as a file, as a line of CSV, as a link.
"use strict";
(() => {
  // Offer a text or a blob as a file to be saved.
  squash.save = (name, mime, content) => {
    const blob = content instanceof Blob ? content : new Blob([content], { type: mime });
    const url = URL.createObjectURL(blob);
    const link = squash.make("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };

  squash.fileName = (text, ending) => `${text.replace(/[^\w.-]+/g, "-").slice(0, 120)}.${ending}`;

  // Numbers stay as they are. A text that begins like a formula would be run by a spreadsheet.
  // eslint-disable-next-line no-control-regex -- spreadsheets skip control characters
  const FORMULA = /^(?:[\s\x00-\x1f\x85\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/;
  const NUMBER = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
  const csvField = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
    const text = String(value);
    const mark = FORMULA.test(text) && !NUMBER.test(text) ? "'" : "";
    return `"${mark}${text.replaceAll('"', '""')}"`;
  };
  squash.csv = (rows) => rows.map((row) => row.map(csvField).join(",")).join("\r\n");

  // Copy the address of what is shown; the button says whether that was possible.
  squash.copyLink = async (button) => {
    const before = button.dataset.text || button.textContent;
    button.dataset.text = before;
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = "Copied";
    } catch {
      button.textContent = "It is in the address bar";
    }
    setTimeout(() => {
      button.textContent = before;
    }, 2000);
  };
})();
