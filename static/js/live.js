// The live feed: deals that are valued while the page is open wait behind a pill, so that nothing moves under the reader.
// The socket only says which deals there are; their cards come from the server, with the reader's filters and marks.
(() => {
  "use strict";

  const box = document.getElementById("live");
  const state = document.getElementById("live-state");
  if (!box || !state || !window.WebSocket) return;
  const pill = box.querySelector("button");
  const words = pill.querySelector("span");
  const waiting = new Set();
  const query = () => window.location.search.replace(/^\?/, "");
  const onlyOpportunities = box.dataset.only === "opportunities";
  let since = box.dataset.since;
  let delay = 1000;
  let checking = 0;

  function show(name, text) {
    state.hidden = false;
    state.dataset.state = name;
    state.textContent = text;
  }

  function update() {
    pill.hidden = waiting.size === 0;
    words.textContent = waiting.size === 0 ? "" : `${waiting.size} new`;
  }

  function have(id) {
    return document.querySelector(`[data-deal="${CSS.escape(id)}"]`) !== null;
  }

  function isFiltered() {
    return [...new URLSearchParams(query())].some(([name, value]) => value && name !== "page" && name !== "scale");
  }

  // What came since `since` and meets the filters of the page: after an absence, and for a filtered page.
  async function ask() {
    const url = `${box.dataset.missed}?${query()}&since=${encodeURIComponent(since)}&only=${box.dataset.only || ""}`;
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      for (const id of (await answer.json()).ids) if (!have(id)) waiting.add(id);
      update();
    } catch {
      // The next event or reconnection asks again.
    }
  }

  function receive(message) {
    if (message.type !== "opportunity.found" && (onlyOpportunities || message.type !== "deal.valued")) return;
    if (isFiltered()) {
      window.clearTimeout(checking);
      checking = window.setTimeout(ask, 400);
      return;
    }
    const card = document.querySelector(`li.deal-card[data-deal="${CSS.escape(message.data.deal_id)}"]`);
    if (card && !card.querySelector("[data-unvalued]")) return;
    waiting.add(message.data.deal_id);
    update();
  }

  function connect() {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${window.location.host}${box.dataset.socket}`);
    let beat = 0;
    socket.addEventListener("open", () => {
      socket.send(JSON.stringify({ type: "subscribe", topics: ["deals", "opportunities"] }));
      beat = window.setInterval(() => socket.send(JSON.stringify({ type: "ping" })), 30000);
      show("open", "Live");
      delay = 1000;
      ask();
    });
    socket.addEventListener("message", (event) => {
      try {
        receive(JSON.parse(event.data));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    });
    socket.addEventListener("close", () => {
      window.clearInterval(beat);
      show("away", "Not live; trying again");
      window.setTimeout(connect, delay * (0.75 + Math.random() / 2));
      delay = Math.min(delay * 2, 60000);
    });
  }

  pill.addEventListener("click", async () => {
    const list = document.getElementById("cards");
    const ids = [...waiting];
    if (!list) {
      window.location.reload();
      return;
    }
    pill.disabled = true;
    const url = `${box.dataset.new}?${query()}&ids=${ids.join(",")}&scale=${encodeURIComponent(list.dataset.scale)}`;
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const arrived = document.createRange().createContextualFragment(await answer.text());
      for (const id of ids) {
        for (const old of list.querySelectorAll(`[data-deal="${CSS.escape(id)}"]`)) old.remove();
        waiting.delete(id);
      }
      const fresh = [...arrived.children];
      list.prepend(arrived);
      for (const card of fresh) window.htmx?.process(card);
      fresh[0]?.querySelector("a")?.focus({ preventScroll: true });
      since = new Date().toISOString();
      update();
      list.scrollIntoView({ block: "start", behavior: "auto" });
    } catch {
      words.textContent = "Could not load them. Try again";
    } finally {
      pill.disabled = false;
    }
  });

  connect();
})();
