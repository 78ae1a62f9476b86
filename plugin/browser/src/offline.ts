/** Registers the service worker once a block has started, and says when a new version of it waits. */

declare const SERVICE_WORKER: string;

/** Nothing is stored before this is called; where the operator wants no storing, or the browser has none, it does nothing. */
export async function keepForOffline(base: URL, waits: () => void): Promise<void> {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  try {
    const answer = await fetch(new URL("data.json", base));
    const { offline } = (await answer.json()) as { offline?: boolean };
    if (!offline) return;
    const registration = await navigator.serviceWorker.register(new URL(SERVICE_WORKER, new URL("../../", base)));
    watch(registration, waits);
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const page = location.href.replace(/#.*/, "");
    active?.postMessage({ type: "visited", urls: [page, ...loaded].filter((url) => new URL(url).origin === location.origin) });
  } catch {
    // storage that is blocked or full: the page works as long as there is a network
  }
}

function watch(registration: ServiceWorkerRegistration, waits: () => void): void {
  if (registration.waiting) waits();
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming?.addEventListener("statechange", () => coming.state === "installed" && registration.active && waits());
  });
}
