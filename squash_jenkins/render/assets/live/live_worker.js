// One connection to the server for all open pages of a browser: it allows only a few to one server.
"use strict";
(() => {
  const AGAIN = 3000; // milliseconds after a refusal; a lost connection the browser tries again itself
  const ports = new Set();
  const url = new URL("../events", location.href);
  let source = null;
  let state = null;
  let lost = false;
  let timer = null;

  const tell = (message) => {
    for (const port of ports) port.postMessage(message);
  };
  const isLost = (now) => {
    lost = now;
    tell({ lost });
  };

  const connect = () => {
    source = new EventSource(url);
    source.onopen = () => isLost(false);
    source.onmessage = (event) => {
      state = event.data;
      tell({ state, lost: false });
    };
    source.onerror = () => {
      isLost(true);
      if (source.readyState === EventSource.CLOSED) refused();
    };
  };
  // The server answered, but not with events: why, an event source does not tell.
  const refused = async () => {
    const asking = new AbortController();
    timer = setTimeout(connect, AGAIN);
    try {
      const { status } = await fetch(url, { signal: asking.signal });
      if (status === 401 || status === 403) tell({ lost: true, refused: true });
    } catch {
      /* it does not answer at all: that is told already */
    } finally {
      asking.abort();
    }
  };
  const end = () => {
    clearTimeout(timer);
    if (source) source.close();
    source = state = null;
    lost = false;
  };

  const serve = (port) => {
    port.onmessage = ({ data }) => {
      if (data === "bye") {
        ports.delete(port);
        if (!ports.size) end();
        return;
      }
      ports.add(port);
      if (!source) connect();
      else port.postMessage(state === null ? { lost } : { state, lost });
    };
  };
  // Where browsers share no workers each page has one of its own.
  if ("onconnect" in self) addEventListener("connect", (/** @type {MessageEvent} */ { ports: [port] }) => serve(port));
  else serve(self);
})();
