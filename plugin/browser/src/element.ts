/** What the loader fetches on the first touch: brings a block to life, or shows a reader's text of an earlier visit. */

import { CLASS, ELEMENT, HOST } from "../build/contract.js";
import { LINKED } from "./block.js";
import { Client } from "./client.js";
import { ConsoleBlock } from "./console.js";
import { make } from "./dom.js";
import { LabBlock } from "./lab.js";
import { speaker } from "./messages.js";
import { ReaderBlock, restoreReader } from "./reading.js";
import { accept, original, setOwnActions } from "./session.js";
import { fingerprint, placeOf, read } from "./store.js";
import { roots } from "./views.js";

let client: Client | null = null;
const live = new WeakMap<HTMLElement, LabBlock | ConsoleBlock | ReaderBlock>();

/** Make a block live; its worker is that of all blocks of the tab. */
export function upgrade(host: HTMLElement, base: URL): void {
  client ??= new Client(base);
  const block = live.get(host) ?? made(host, client, base);
  live.set(host, block);
  block.focus();
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
  const first = document.querySelector<HTMLElement>(ELEMENT.lab);
  if (!first) return;
  client ??= new Client(base);
  const lang = first.getAttribute(HOST.lang) === "en" ? "en" : "ko";
  const say = speaker(lang);
  const request = { v: 1, method: "unlink", lang, document: original(first).document, block: first.id, prefix: first.id, views: [], known: {}, link } as const;
  const reply = await client.ask(request).catch(() => null);
  const session = reply?.ok ? reply.document : null;
  const host = session && document.getElementById(session.actions.at(-1)?.block ?? "");
  if (session && host instanceof HTMLElement && host.localName === ELEMENT.lab && original(host).document.start.hash === session.start.hash && !live.has(host)) {
    accept(host, session);
    host.setAttribute(LINKED, "");
    host.setAttribute("data-awake", "");
    upgrade(host, base);
    host.scrollIntoView({ block: "start" });
    return;
  }
  const text = reply && !reply.ok ? reply.error.message : say("browser.link_elsewhere");
  first.before(make("p", { class: "ll-link-trouble", role: "alert" }, text));
}

/** Show what the reader left: their text, and that the output below is still the original's. Boots nothing. */
export function restore(host: HTMLElement, _base: URL): void {
  if (host.localName === ELEMENT.reader) return restoreReader(host);
  const saved = read(placeOf(host.id), fingerprint(original(host).text));
  if (!saved || live.has(host)) return;
  setOwnActions(host, saved.actions);
  const say = speaker(host.getAttribute(HOST.lang) === "en" ? "en" : "ko");
  if (saved.text !== null) {
    const code = host.querySelector(`.${CLASS.source} pre code`);
    if (code) code.textContent = saved.text;
  }
  host.setAttribute("data-restored", "");
  for (const root of roots(host).values()) {
    root.setAttribute("data-stale", "");
    root.setAttribute("data-stale-label", say("browser.of_original"));
  }
  host.prepend(make("p", { class: "ll-banner" }, say("browser.restored")));
  const edit = host.querySelector(".ll-edit");
  if (edit) edit.textContent = say("browser.run");
}
