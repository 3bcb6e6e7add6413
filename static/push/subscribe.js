// Subscribes this browser when its user presses the form's button, and never otherwise: that press is what permission is asked for.
(() => {
  "use strict";

  const guide = document.getElementById("push-guide");
  const form = document.getElementById("channel-form");
  if (!guide || !form || guide.dataset.known) return;
  const button = form.querySelector("button.button-main");
  const state = document.getElementById("push-state");
  const field = (name) => form.elements[`config_${name}`];

  function say(sentence, isBad) {
    state.textContent = sentence;
    state.className = isBad ? "note note-error" : "small";
    state.hidden = !sentence;
  }

  function bytes(text) {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  }

  function text(buffer) {
    const letters = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  // What people call the browser they use, for the name of the channel.
  function browser() {
    const agent = navigator.userAgent;
    const kinds = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
    const systems = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "Mac"], ["Linux", "Linux"]];
    const first = (pairs) => (pairs.find(([part]) => agent.includes(part)) || [])[1];
    return [first(kinds) || "Browser", first(systems)].filter(Boolean).join(" on ");
  }

  // The worker has only its own folder in its care, so `navigator.serviceWorker.ready` would wait for ever on this page.
  function activated(worker) {
    const coming = worker.installing || worker.waiting;
    if (worker.active || !coming) return Promise.resolve();
    return new Promise((resolve) => {
      coming.addEventListener("statechange", () => { if (coming.state === "activated") resolve(); });
    });
  }

  async function subscription() {
    const worker = await navigator.serviceWorker.register(guide.dataset.worker);
    await activated(worker);
    const known = await worker.pushManager.getSubscription();
    // One that was made with another key of ours takes no messages any more.
    if (known && text(known.options.applicationServerKey) === guide.dataset.key) return known;
    if (known) await known.unsubscribe();
    return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(guide.dataset.key) });
  }

  async function add() {
    if ((await Notification.requestPermission()) !== "granted") {
      say("This browser was not given permission. Allow notifications for this site in the browser’s settings, and press again.", true);
      return false;
    }
    const made = await subscription();
    field("endpoint").value = made.endpoint;
    field("p256dh").value = text(made.getKey("p256dh"));
    field("auth").value = text(made.getKey("auth"));
    field("key").value = guide.dataset.key;
    return true;
  }

  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    button.disabled = true;
    say(guide.dataset.unable, true);
    return;
  }
  button.textContent = "Allow notifications here";
  if (!form.elements.name.value) form.elements.name.value = browser();

  form.addEventListener("submit", async (event) => {
    if (field("endpoint").value) return;
    event.preventDefault();
    button.disabled = true;
    say("Waiting for your browser…", false);
    try {
      if (await add()) form.requestSubmit();
    } catch {
      say("This browser could not reach its push service. Try again in a moment.", true);
    } finally {
      button.disabled = false;
    }
  });
})();
