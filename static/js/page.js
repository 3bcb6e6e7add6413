// What every page does beyond its HTML: pictures that fail give way to the drawn sign, a list shows the chosen deal
// beside it on a wide screen, and a page with errors starts at them. Without this file every page still works.
(() => {
  "use strict";

  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement && event.target.hasAttribute("data-fallback")) event.target.remove();
  }, true);
  // A picture may have failed before this file was there.
  for (const picture of document.querySelectorAll("img[data-fallback]")) {
    if (picture.complete) picture.decode().catch(() => picture.remove());
  }

  const wide = window.matchMedia("(min-width: 1100px)");

  function markShown(card) {
    for (const other of document.querySelectorAll(".deal-card[data-shown]")) other.removeAttribute("data-shown");
    if (card) card.setAttribute("data-shown", "");
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("[data-pane-link]") : null;
    const pane = document.getElementById("pane");
    if (!link || !pane || !wide.matches || !window.htmx) return;
    event.preventDefault();
    markShown(link.closest(".deal-card"));
    window.htmx.ajax("GET", link.getAttribute("href"), { target: "#pane", swap: "innerHTML" })
      .then(() => { pane.scrollTop = 0; });
  });

  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const note = document.createElement("p");
    note.className = "note note-error";
    note.setAttribute("role", "alert");
    note.textContent = status === 403
      ? "That was refused, and nothing was changed. Reload the page and try again."
      : "That did not work, and nothing was changed. Try again in a moment.";
    document.getElementById("content").prepend(note);
  });

  const first = document.querySelector("#pane .deal") && wide.matches ? document.querySelector(".deal-card") : null;
  markShown(first);
  const problems = document.querySelector("[data-focus]");
  if (problems) problems.focus();
})();
