// The browser part's own modules under Node.
import { build } from "esbuild";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../../..");

/** One module of `plugin/browser/src`, with what it imports. */
export async function ours(name) {
  const { outputFiles } = await build({ entryPoints: [join(ROOT, `plugin/browser/src/${name}.ts`)], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
