/**
 * A session in the page's address. It opens in the block that it came from; on the playground, and where the page has
 * no such block (any more), as an entry of its own. A link that can't be used is said, and changes nothing.
 */

import { ELEMENT } from "../build/contract.js";
import { LINKED } from "./block.js";
import type { Client } from "./client.js";
import { button, languageOf, make } from "./dom.js";
import { type Say, speaker } from "./messages.js";
import type { Json, Method, Request, SessionDocument } from "./protocol.js";
import type { Samples } from "./samples.js";
import { accept, original } from "./session.js";
import { fingerprint } from "./store.js";
import { TroubleError } from "./trouble.js";

const VIEWS = ["stack", "history", "log", "cache", "files", "inspect"];

interface Place {
  readonly say: Say;
  /** Before what a session without a block of the page goes. */
  readonly before: Element;
  readonly samples: Samples | null;
  ask(method: Method, fields: Partial<Request>): Promise<{ document?: SessionDocument; html?: string; trouble?: string }>;
}

/** Open a link: `upgrade` makes the block live that holds it. */
export async function openLink(link: string, client: Client, live: (host: HTMLElement) => boolean, upgrade: (host: HTMLElement) => void): Promise<void> {
  const place = placeOf(client);
  if (!place) return;
  const { say, before, samples } = place;
  document.querySelectorAll(".ll-link-trouble, .ll-link-opening").forEach((old) => old.remove());
  const waiting = make("p", { class: "ll-link-opening", role: "status" }, say("browser.link_opening"));
  before.before(waiting);
  const { document: session, trouble } = await place.ask("unlink", { link });
  const opened = session && !samples && inPlace(session, link, live, upgrade);
  const failed = session ? (opened ? null : await entry(session, link, place, upgrade)) : trouble;
  waiting.remove();
  if (!failed) return;
  const note = make("div", { class: "ll-link-trouble", role: "alert" }, make("p", {}, failed), button(say("browser.close"), "close", () => note.remove()));
  before.before(note);
  note.scrollIntoView({ block: "nearest" }); // the reader may be far below
}

function placeOf(client: Client): Place | null {
  const first = document.querySelector<HTMLElement>(ELEMENT.lab);
  if (!first) return null;
  const lang = languageOf(first);
  const say = speaker(lang);
  const samples = document.querySelector<Samples>(ELEMENT.samples);
  const plain = { v: 1, lang, document: original(first).document, block: first.id, prefix: first.id, views: [], known: {} } as const;
  return {
    say,
    before: samples?.closest(".ll-playground") ?? first.closest(".layerlab") ?? first,
    samples,
    async ask(method, fields) {
      try {
        const reply = await client.ask({ ...plain, method, ...fields });
        if (!reply.ok) return { trouble: reply.error.message };
        return { document: reply.document, html: reply.fragments?.["block"]?.html ?? "" };
      } catch (error) {
        if (!(error instanceof TroubleError)) throw error;
        const key = error.trouble === "missing" ? "browser.link_files" : (`browser.trouble.${error.trouble}` as const);
        return { trouble: say(key, { detail: error.detail }) };
      }
    },
  };
}

/** In the block that it came from, if that stands on the page as it did then; returns whether it does. */
function inPlace(session: SessionDocument, link: string, live: (host: HTMLElement) => boolean, upgrade: (host: HTMLElement) => void): boolean {
  const host = document.getElementById(session.actions.at(-1)?.block ?? "");
  if (!host || host.localName !== ELEMENT.lab || original(host).document.start.hash !== session.start.hash || live(host)) return false;
  host.setAttribute(LINKED, fingerprint(link));
  accept(host, session);
  upgrade(host);
  host.scrollIntoView({ block: "start" });
  return true;
}

/** As an entry of its own; returns what is wrong. */
async function entry(session: SessionDocument, link: string, place: Place, upgrade: (host: HTMLElement) => void): Promise<string | null> {
  const { say, samples } = place;
  const hash = new URL(link, location.href).hash;
  const id = `ll-link-${fingerprint(hash)}`;
  if (document.getElementById(id)) {
    samples?.add(hash);
    return null;
  }
  const target = session.actions.findLast((action) => action.type === "build")?.block;
  if (target === undefined) return say("browser.link_no_dockerfile");
  const own = renamed(session, target, id);
  const { html, trouble } = await place.ask("render", { document: own, block: id, prefix: id, views: VIEWS });
  if (trouble || !html) return trouble ?? say("browser.link_no_dockerfile");
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const title = make("h2", { id: `sample-${id}` }, say("browser.from_link"));
  const section = make("section", { "data-sample": id }, title, make("p", {}, say("browser.from_link.about")), make("div", { class: "layerlab", "data-search-exclude": true }, holder.content));
  if (samples) {
    const nav = samples.closest("nav");
    nav?.parentElement?.append(section);
    list(nav, say).append(make("li", {}, make("a", { href: hash, "data-for": id }, make("strong", {}, say("browser.from_link")))));
    samples.add(hash);
  } else {
    place.before.before(section);
  }
  const host = section.querySelector<HTMLElement>(ELEMENT.lab);
  if (host) upgrade(host);
  section.scrollIntoView({ block: "start" });
  return null;
}

/** The group of the list that linked sessions stand in; made with the first of them. */
function list(nav: Element | null, say: Say): HTMLElement {
  const known = document.getElementById("samples-links")?.nextElementSibling;
  if (known instanceof HTMLElement) return known;
  const made = make("ul", { "aria-labelledby": "samples-links" });
  nav?.prepend(make("div", {}, make("p", { id: "samples-links" }, say("browser.from_link.group")), made));
  return made;
}

/** The session with names of its own, so that nothing in it can be taken for a block of the page. */
function renamed({ start, actions, ...rest }: SessionDocument, target: string, id: string): SessionDocument {
  const names = new Map([[target, id]]);
  const nameOf = (block: string): string => {
    if (!names.has(block)) names.set(block, `${id}-${String(names.size)}`);
    return names.get(block) ?? id;
  };
  const start_: SessionDocument["start"] = { ...start, lab: id } satisfies { [field: string]: Json };
  const own = actions.map((action) => ({ ...action, block: nameOf(action.block) }));
  // an edit that stands last would be replaced by the reader's first one, as theirs replace each other
  const last = own.at(-1)?.type === "edit" ? [{ type: "commit", block: id }] : [];
  return { ...rest, start: start_, actions: [...own, ...last] };
}
