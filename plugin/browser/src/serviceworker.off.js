// Published in place of the service worker where the operator has switched reading offline off (`offline: false`):
// browsers that have the other one fetch this, forget what it stored, and are without a service worker from then on.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  const prefix = `layerlab:${self.registration.scope}:`;
  for (const name of await caches.keys()) if (name.startsWith(prefix)) await caches.delete(name);
  await self.registration.unregister();
}
