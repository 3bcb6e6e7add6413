// The count of unread alerts, live on every page: the socket says that something came, the server says how many there are.
(() => {
  "use strict";

  const { socket: path, ask: address } = document.currentScript.dataset;
  if (!window.WebSocket) return;
  let delay = 1000;
  let asking = 0;
  let known = null;

  function show(count) {
    for (const box of document.querySelectorAll("[data-count]")) {
      box.hidden = count === 0;
      const words = document.createElement("span");
      words.className = "aside-word";
      words.textContent = " unread";
      box.replaceChildren(String(count), words);
    }
    const note = document.getElementById("alerts-new");
    if (note && known !== null && count > known) note.hidden = false;
    known = count;
  }

  async function ask() {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) show((await answer.json()).unread);
    } catch {
      // The next event or reconnection asks again.
    }
  }

  function connect() {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${window.location.host}${path}`);
    let beat = 0;
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ type: "subscribe", topics: ["notifications"] }));
      beat = window.setInterval(() => socket.send(JSON.stringify({ type: "ping" })), 30000);
      delay = 1000;
      ask();
    });
    socket.addEventListener("message", (event) => {
      if (!event.data.includes('"notification.sent"')) return;
      // Several that come together are asked for once.
      window.clearTimeout(asking);
      asking = window.setTimeout(ask, 300);
    });
    socket.addEventListener("close", () => {
      window.clearInterval(beat);
      window.setTimeout(connect, delay * (0.75 + Math.random() / 2));
      delay = Math.min(delay * 2, 60000);
    });
  }

  connect();
})();
