// One connection to the server for all open pages of a browser: it allows only a few to one server.
"use strict";
(() => {
  const AGAIN = 3000; // milliseconds after a refusal; a lost connection the browser tries again itself
  const ports = new Set();
  let source = null, state = null, lost = false, timer = null;

  const tell = (message) => { for (const port of ports) port.postMessage(message); };
  const isLost = (now) => { lost = now; tell({ lost }); };

  const connect = () => {
    source = new EventSource(new URL("../events", location.href));
    source.onopen = () => isLost(false);
    source.onmessage = (event) => { state = event.data; tell({ state, lost: false }); };
    source.onerror = () => {
      isLost(true);
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, AGAIN);
    };
  };
  const end = () => {
    clearTimeout(timer);
    if (source) source.close();
    source = state = null;
    lost = false;
  };

  addEventListener("connect", ({ ports: [port] }) => {
    port.onmessage = ({ data }) => {
      if (data === "bye") {
        ports.delete(port);
        if (!ports.size) end();
        return;
      }
      ports.add(port);
      if (!source) connect(); else port.postMessage(state === null ? { lost } : { state, lost });
    };
  });
})();
