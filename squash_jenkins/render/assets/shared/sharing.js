// Save what a page shows: as a file, as CSV, as a link.
"use strict";
(() => {
  // Offer a text or a blob as a download.
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

  // Numbers stay as they are; a spreadsheet would run a text that begins like a formula.
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

  // Copy the address of the page; the button shows whether that worked.
  squash.copyLink = async (button) => {
    const before = button.dataset.text || button.textContent;
    button.dataset.text = before;
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy it from the address bar";
    }
    setTimeout(() => {
      button.textContent = before;
    }, 2000);
  };
})();
