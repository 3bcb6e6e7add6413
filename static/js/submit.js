// The window that the bookmark opens: it asks the page that it came from for itself, shows which one that is, and sends it when told to.
// What a page says of itself is believed only where the browser confirms it: its address must be at the origin that the message came from.
(() => {
  "use strict";

  const LARGEST = 6_000_000;
  const box = document.getElementById("handed");
  const field = document.getElementById("id_url");
  if (!box || !field) return;
  const error = box.querySelector("[data-error]");
  const send = box.querySelector("[data-send]");
  let page = null;

  const named = decodeURIComponent(window.location.hash.slice(1));
  if (/^https?:\/\//.test(named) && !field.value) field.value = named;

  function say(text) {
    error.textContent = text;
    error.hidden = !text;
  }

  function originOf(address) {
    try {
      return new URL(address).origin;
    } catch {
      return "";
    }
  }

  window.addEventListener("message", (event) => {
    const said = event.data;
    if (page || event.source !== window.opener || !said || said.type !== "deal-finder-page") return;
    if (typeof said.html !== "string" || typeof said.url !== "string" || originOf(said.url) !== event.origin) return;
    page = { url: said.url, html: said.html };
    box.querySelector("[data-title]").textContent = String(said.title || "A page without a title").slice(0, 200);
    box.querySelector("[data-url]").textContent = said.url.slice(0, 200);
    box.querySelector("[data-size]").textContent = `${Math.max(1, Math.round(said.html.length / 1024)).toLocaleString("en")} kB`;
    box.hidden = false;
    field.value = said.url;
    send.focus();
  });

  let asked = 0;
  const asking = window.setInterval(() => {
    asked += 1;
    if (page || !window.opener || window.opener.closed || asked > 20) {
      window.clearInterval(asking);
      return;
    }
    window.opener.postMessage("deal-finder-asks", "*");
  }, 250);

  send.addEventListener("click", async () => {
    if (new Blob([page.html]).size > LARGEST) {
      say("This page is larger than 6 MB. Send its address instead, with the form below.");
      return;
    }
    say("");
    send.disabled = true;
    try {
      const answer = await fetch(box.dataset.api, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": box.dataset.csrf },
        body: JSON.stringify(page),
      });
      const body = await answer.json();
      if (answer.ok) {
        const sent = answer.status === 202 ? `${box.dataset.results}${body.id}/` : `${box.dataset.deals}${body.id}/`;
        window.location.assign(sent);
        return;
      }
      say((body.errors && Object.values(body.errors)[0][0]) || body.detail || "It could not be sent. Try again.");
    } catch {
      say("The answer did not come. Check your connection, then try again.");
    }
    send.disabled = false;
  });
})();
