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
    const ready = await navigator.serviceWorker.ready;
    const visited = (urls: readonly string[]): void => ready.active?.postMessage({ type: "visited", urls });
    visited([location.href.replace(/#.*/, "")]);
    // Also what was on its way when the service worker took the page over: it went past it, and arrives later.
    new PerformanceObserver((list) => {
      const past = (list.getEntries() as PerformanceResourceTiming[]).filter(({ workerStart }) => workerStart === 0);
      const urls = past.map(({ name }) => name).filter((url) => new URL(url).origin === location.origin);
      if (urls.length) visited(urls);
    }).observe({ type: "resource", buffered: true });
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
