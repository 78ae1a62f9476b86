/** What the loader fetches on the first touch: brings a block to life, or shows a reader's text of an earlier visit. */

import { ELEMENT } from "../build/contract.js";
import { requestOf, viewsOf } from "./block.js";
import { Client } from "./client.js";
import { ConsoleBlock } from "./console.js";
import { LabBlock } from "./lab.js";
import { openLink } from "./links.js";
import { ReaderBlock, restoreReader } from "./reading.js";
import { restore as restoreText } from "./restoring.js";

let client: Client | null = null;
const live = new WeakMap<HTMLElement, LabBlock | ConsoleBlock | ReaderBlock>();

/** Make a block live; its worker is that of all blocks of the tab. */
export function upgrade(host: HTMLElement, base: URL): void {
  client ??= new Client(base);
  client.start(); // first, so that it starts while the block is made
  host.setAttribute("data-awake", "");
  const block = live.get(host) ?? made(host, client, base);
  live.set(host, block);
  block.focus();
}

/** Start the engine for a block that a reader is about to touch, and have it build that; false where this device had better wait. */
export function early(host: HTMLElement, base: URL): boolean {
  client ??= new Client(base);
  return client.early(host.localName === ELEMENT.reader ? null : requestOf(host, "open", viewsOf(host)));
}

function made(host: HTMLElement, engine: Client, base: URL): LabBlock | ConsoleBlock | ReaderBlock {
  if (host.localName === ELEMENT.console) return new ConsoleBlock(host, engine);
  return host.localName === ELEMENT.reader ? new ReaderBlock(host, engine, opener(host, base)) : new LabBlock(host, engine);
}

/** What puts a Dockerfile into the next block of the page; null where there is none. */
function opener(host: HTMLElement, base: URL): ((text: string) => void) | null {
  const below = [...document.querySelectorAll<HTMLElement>(ELEMENT.lab)].find((lab) => host.compareDocumentPosition(lab) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (!below) return null;
  return (text) => {
    below.setAttribute("data-awake", "");
    upgrade(below, base);
    const block = live.get(below);
    if (block instanceof LabBlock) block.put(text);
    below.scrollIntoView({ block: "start" });
  };
}

/** Open the session in the page's address. A link that can't be used is said, and changes nothing. */
export async function follow(link: string, base: URL): Promise<void> {
  client ??= new Client(base);
  await openLink(link, client, (host) => live.has(host), (host) => upgrade(host, base));
}

/** Show what the reader left. Boots nothing, unless they decide to go on with work on an earlier text. */
export function restore(host: HTMLElement, base: URL): void {
  if (host.localName === ELEMENT.reader) return restoreReader(host);
  restoreText(host, live.has(host), (open) => {
    const block = live.get(host);
    if (block && !(block instanceof ReaderBlock)) block.settled(open);
    else if (open) upgrade(host, base);
  });
}
