// Shows what the server has to say while no page is open, and opens the deal when it is pressed. It keeps and asks for nothing else.
"use strict";

function told(event) {
  try {
    return event.data ? event.data.json() : {};
  } catch {
    return {};
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const message = told(event);
  const options = {
    body: message.body || "",
    // The same message twice shows once.
    tag: message.id || "deal-finder",
    data: { url: message.url || "/alerts/" },
  };
  if (message.image) options.image = message.image;
  event.waitUntil(self.registration.showNotification(message.title || "Deal Finder", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const told = new URL(event.notification.data?.url || "/alerts/", self.location.origin);
  // Whatever the message says, the page is one of this site.
  event.waitUntil(self.clients.openWindow(self.location.origin + told.pathname + told.search));
});
