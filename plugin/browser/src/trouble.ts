/** Why the engine gives no answer, as far as the page can tell. */

export type Trouble = "file" | "wasm" | "worker" | "offline" | "silent" | "broken" | "missing" | "slow" | "crash" | "outdated" | "memory" | "unreadable";

/** Why there is no answer; the text of the key `browser.trouble.…` says it to the reader. */
export class TroubleError extends Error {
  constructor(
    readonly trouble: Trouble,
    readonly detail = "",
  ) {
    super(`${trouble}: ${detail}`);
  }
}

/** A worker that does not even start: gone from the server since the page was made, out of reach, or forbidden. */
export async function whyNoWorker(address: URL): Promise<TroubleError> {
  if (!navigator.onLine) return new TroubleError("offline");
  try {
    const { status } = await fetch(address, { method: "HEAD", cache: "no-store" });
    return status === 404 || status === 410 ? new TroubleError("outdated") : new TroubleError("worker", String(status));
  } catch {
    return new TroubleError("offline");
  }
}

/** What a browser or a place lacks for good. */
export function impossible(): TroubleError | null {
  if (location.protocol === "file:") return new TroubleError("file");
  if (typeof WebAssembly !== "object") return new TroubleError("wasm");
  if (typeof Worker !== "function") return new TroubleError("worker");
  return null;
}

/** For a failure that may only be the network's. */
export function unlessOffline(trouble: Trouble, detail: string): TroubleError {
  return new TroubleError(navigator.onLine ? trouble : "offline", detail);
}
