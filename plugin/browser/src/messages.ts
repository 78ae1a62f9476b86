/** Sentences of the page's own controls; the engine brings all others. */

import en from "../../layerlab/src/layerlab/messages/browser.en.json";
import ko from "../../layerlab/src/layerlab/messages/browser.ko.json";
import type { Language } from "./protocol.js";

export type Key = keyof typeof ko;
export type Say = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

const TABLES: Readonly<Record<Language, Readonly<Record<Key, string>>>> = { ko, en };

const RULES: Readonly<Record<Language, Intl.PluralRules>> = { ko: new Intl.PluralRules("ko"), en: new Intl.PluralRules("en") };

/** `{count} {count|file|files}`: the number, then its word in singular or plural, as in the engine's messages. */
export function speaker(lang: Language): Say {
  return (key, values = {}) =>
    TABLES[lang][key].replace(/\{(\w+)(?:\|([^{}|]*)\|([^{}|]*))?\}/g, (slot, name: string, one?: string, other?: string) => {
      const value = values[name];
      if (one === undefined || other === undefined) return String(value ?? slot);
      return RULES[lang].select(Number(value)) === "one" ? one : other;
    });
}
