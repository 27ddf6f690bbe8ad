// Let BokehJS style its figures under a Content-Security-Policy without 'unsafe-inline'.
// It creates <style> elements in shadow roots, which such a policy blocks. This element looks
// the same to BokehJS and passes the text to a constructed style sheet, which is allowed.
"use strict";
(() => {
  const NAME = "squash-sheet";
  const text = Object.getOwnPropertyDescriptor(Node.prototype, "textContent");
  const make = document.createElement.bind(document);

  class SheetElement extends HTMLElement {
    #sheet = new CSSStyleSheet();
    #root = null;

    get textContent() {
      return text.get.call(this);
    }

    set textContent(css) {
      text.set.call(this, css);
      this.#sheet.replaceSync(css);
    }

    get sheet() {
      return this.#sheet;
    }

    // Callbacks of custom elements run synchronously, so sizes measured afterwards are right.
    connectedCallback() {
      this.hidden = true;
      this.#root = this.getRootNode();
      arrange(this.#root);
    }

    disconnectedCallback() {
      arrange(this.#root);
      this.#root = null;
    }
  }

  // As with <style>, the order of the elements decides which rule wins.
  const arrange = (root) => {
    root.adoptedStyleSheets = [...root.querySelectorAll(NAME)].map((element) => element.sheet);
  };

  customElements.define(NAME, SheetElement);
  document.createElement = (name, options) => make(String(name).toLowerCase() === "style" ? NAME : name, options);
})();
