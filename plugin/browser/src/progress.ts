/** True progress of a start: the bytes that have arrived, of those that will. */

import type { BootStrategy } from "./protocol.js";

declare const SIZES: Readonly<Record<string, readonly [size: number, gzip: number]>>;

/** Counts the bytes that arrive, in what the network carries: packed where the server packs them. */
export function counter(strategy: BootStrategy, kept: boolean, tell: (loaded: number, total: number) => void): (name: string, response: Response) => Response {
  const names: Readonly<Record<BootStrategy, readonly string[]>> = {
    snapshot: ["pyodide.asm.wasm", "snapshot.bin"],
    trimmed: ["pyodide.asm.wasm", "stdlib-trimmed.zip"],
    stock: ["pyodide.asm.wasm", "python_stdlib.zip"],
  };
  const parts = new Map(names[strategy].map((name) => [name, { size: SIZES[name]?.[0] ?? 1, travels: SIZES[name]?.[1] ?? 1, read: 0 }]));
  if (kept) parts.clear();
  let reported = 0;
  const report = (): void => {
    const now = performance.now();
    const all = [...parts.values()];
    const loaded = all.reduce((sum, part) => sum + (part.travels * Math.min(part.read, part.size)) / part.size, 0);
    const total = all.reduce((sum, part) => sum + part.travels, 0);
    if (now - reported < 50 && loaded < total) return;
    reported = now;
    tell(loaded, total);
  };
  report();
  return (name, response) => {
    const part = parts.get(name);
    if (!part || !response.body || !response.ok) return response;
    if (!response.headers.has("content-encoding")) part.travels = part.size;
    // The clone is read for counting; the response itself goes on untouched, so that the browser may keep its
    // compiled form of the WebAssembly.
    void drain(response.clone(), (bytes) => {
      part.read += bytes;
      report();
    });
    return response;
  };
}

async function drain(response: Response, read: (bytes: number) => void): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      read(value.byteLength);
    }
  } catch {
    // whoever uses the response says what went wrong
  }
}
