// One connection for all open pages of a browser, because browsers allow only a few to one server.
"use strict";
(() => {
  const AGAIN = 3000; // milliseconds after a refusal; the browser itself retries a lost connection
  const ports = new Set();
  const url = new URL("../events", location.href);
  let source = null;
  let state = null;
  let lost = false;
  let timer = null;

  const post = (message) => {
    for (const port of ports) port.postMessage(message);
  };
  const isLost = (now) => {
    lost = now;
    post({ lost });
  };

  const connect = () => {
    source = new EventSource(url);
    source.onopen = () => isLost(false);
    source.onmessage = (event) => {
      state = event.data;
      post({ state, lost: false });
    };
    source.onerror = () => {
      isLost(true);
      if (source.readyState === EventSource.CLOSED) refused();
    };
  };
  // The server responded without events; an EventSource does not give the reason.
  const refused = async () => {
    const asking = new AbortController();
    timer = setTimeout(connect, AGAIN);
    try {
      const { status } = await fetch(url, { signal: asking.signal });
      if (status === 401 || status === 403) post({ lost: true, refused: true });
    } catch {
      /* no response: the pages know already */
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
  // Without shared workers each page has its own.
  if ("onconnect" in self) addEventListener("connect", (/** @type {MessageEvent} */ { ports: [port] }) => serve(port));
  else serve(self);
})();
