// Writes `build/contract.ts` from `contract.json`: the names that the engine's HTML and the page's code share, as types.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function writeContract(folder) {
  const contract = JSON.parse(readFileSync(join(folder, "contract.json"), "utf8"));
  const groups = { ELEMENT: "elements", HOST: "host", VIEW: "view", FACT: "fact", CLASS: "classes" };
  const lines = ["// Made from contract.json."];
  for (const [name, key] of Object.entries(groups)) lines.push(`export const ${name} = ${JSON.stringify(contract[key])} as const;`);
  lines.push(`export type ViewName = ${contract.views.map((view) => JSON.stringify(view)).join(" | ")};`);
  mkdirSync(join(folder, "build"), { recursive: true });
  writeFileSync(join(folder, "build", "contract.ts"), `${lines.join("\n")}\n`);
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeContract(new URL(".", import.meta.url).pathname);
