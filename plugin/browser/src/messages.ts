/** Sentences of the page's own controls; the engine brings all others. */

import en from "../../layerlab/src/layerlab/messages/browser.en.json";
import ko from "../../layerlab/src/layerlab/messages/browser.ko.json";
import type { Language } from "./protocol.js";

export type Key = keyof typeof ko;
export type Say = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

const TABLES: Readonly<Record<Language, Readonly<Record<Key, string>>>> = { ko, en };

export function speaker(lang: Language): Say {
  return (key, values = {}) => TABLES[lang][key].replace(/\{(\w+)\}/g, (slot, name: string) => String(values[name] ?? slot));
}
