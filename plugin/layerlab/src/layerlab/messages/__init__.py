"""Every sentence a reader sees, in Korean and English, by key.

One file a topic and language, `TOPIC.LANG.json`: flat objects of key → sentence with `{placeholders}`, and
`{count} {count|layer|layers}` where English has a singular and a plural. Docker's own output is not here; it isn't
translated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")
PLURAL = re.compile(r"\{(\w+)\|([^{}|]*)\|([^{}|]*)\}")
"""A number's name, the word for one, the word for any other number; the page's own messages have the same."""


class Messages:
    """The sentences of one language.

    A missing key is a defect of ours; it is shown as the key itself, so that nothing else breaks.
    """

    def __init__(self, language: Language, sentences: Mapping[str, str]) -> None:
        self.language = language
        self._sentences = sentences
        self._with_particles = frozenset(
            key for key, text in sentences.items() if language == "ko" and any(both in text for both in PARTICLES)
        )

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence for a key with its placeholders filled in."""
        sentence = self._sentences.get(key)
        if sentence is None:
            return key
        if values and key in self._with_particles:
            sentence = with_particles(sentence, values)
        return in_number(sentence, values).format(**values) if values else sentence

    def __contains__(self, key: object) -> bool:
        return key in self._sentences

    def keys(self) -> Iterable[str]:
        """All keys, in no order to rely on."""
        return self._sentences.keys()

    def written(self, key: str) -> str:
        """A sentence as it is written, its placeholders unfilled; the key itself where there is none."""
        return self._sentences.get(key, key)

    def under(self, prefix: str) -> dict[str, str]:
        """The sentences whose key begins with a prefix, as they are written."""
        return {key: text for key, text in sorted(self._sentences.items()) if key.startswith(prefix)}


@lru_cache(maxsize=len(LANGUAGES))
def load(language: Language) -> Messages:
    """All topics of a language."""
    sentences: dict[str, str] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(f".{language}.json"):
            sentences.update(json.loads(file.read_text(encoding="utf-8")))
    return Messages(language, sentences)


def in_number(sentence: str, values: Mapping[str, object]) -> str:
    """Choose between singular and plural: `{count|layer|layers}` becomes `layer` for 1 and `layers` for 0 and 2.

    Args:
        sentence: With placeholders; both forms are words without any.
        values: What will be put in. A form whose number isn't among them stays plural.
    """
    if "|" not in sentence:
        return sentence
    return PLURAL.sub(lambda found: found[2] if str(values.get(found[1])) == "1" else found[3], sentence)


PARTICLES = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "과(와)": ("과", "와"),
    "으로(로)": ("으로", "로"),
    "(으)로": ("으로", "로"),
}
"""Korean particles whose form depends on the last sound before them: after a consonant, after a vowel."""

DIGIT_ENDS_IN_CONSONANT = {
    "0": True,
    "1": True,
    "2": False,
    "3": True,
    "4": False,
    "5": False,
    "6": True,
    "7": True,
    "8": True,
    "9": False,
}
LETTERS_READ_WITH_CONSONANT = frozenset("lmnrLMNR")
WORD_WITH_VOWEL = re.compile(r"[A-Za-z]*[aeiou]r", re.ASCII | re.IGNORECASE)
"""`docker`, `layer`, `/var`: an r after a vowel isn't heard; alone, as in `USR`, it is a letter's name."""
WORD_WITH_CONSONANT = re.compile(
    r"[A-Za-z]*[aeiouy][lmn]e|[A-Za-z]*[a-z]le|[A-Za-z]*[aeiou]ng", re.ASCII | re.IGNORECASE
)
"""`Dockerfile`, `alpine`, `example`, `string`: the e after l, m and n isn't heard, and ng is one sound."""


def with_particles(sentence: str, values: Mapping[str, object]) -> str:
    """Choose the particle after each placeholder: `{path}을(를)` becomes `{path}를` for a path read with a vowel last.

    Args:
        sentence: The Korean sentence with placeholders and both forms of a particle, consonant form first.
        values: What will be put in.
    """
    for name, value in values.items():
        for both, (consonant, vowel) in PARTICLES.items():
            slot = "{" + name + "}"
            for quote in ("", "`", "'", '"', "”", "’"):
                marked = slot + quote + both
                if marked in sentence:
                    text = str(value)
                    closed = _ends_in_consonant(text)
                    if vowel == "로" and _ends_in_rieul(text):
                        closed = False
                    sentence = sentence.replace(marked, slot + quote + (consonant if closed else vowel))
    return sentence


def _last_word(text: str) -> str:
    """The Latin letters at the end of a text, without what stands behind them."""
    found = re.search(r"[A-Za-z]+(?=[^A-Za-z0-9가-힣]*$)", text)
    return found[0] if found else ""


def _ends_in_consonant(text: str) -> bool:
    word = _last_word(text)
    if WORD_WITH_VOWEL.fullmatch(word):
        return False
    if WORD_WITH_CONSONANT.fullmatch(word):
        return True
    last = next((char for char in reversed(text) if char.isalnum()), "")
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28 != 0
    if last in DIGIT_ENDS_IN_CONSONANT:
        return DIGIT_ENDS_IN_CONSONANT[last]
    return last in LETTERS_READ_WITH_CONSONANT


def _ends_in_rieul(text: str) -> bool:
    word = _last_word(text)
    if WORD_WITH_VOWEL.fullmatch(word) or (WORD_WITH_CONSONANT.fullmatch(word) and not word.lower().endswith("le")):
        return False
    if word.lower().endswith("le"):
        return True
    last = next((char for char in reversed(text) if char.isalnum()), "")
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28 == 8
    return last in {"1", "7", "8", "l", "L", "r", "R"}
