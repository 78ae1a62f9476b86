"""`--filter`: `key=value`, keys ANDed, values of one key ORed; and the keys of images."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from layerlab.docker.lookup import maybe_image, no_such_image
from layerlab.docker.subcommand import Call, Refusal, daemon_error
from layerlab.image.image import Image
from layerlab.image.reference import Reference, parse_reference

TRUE, FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})
DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h))+")
UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}

Test = Callable[[Image], bool]


def read_filters(call: Call, known: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The filters given with `-f`, by key.

    Raises:
        Refusal: One without `=` (exit 125), or with a key that isn't known.
    """
    found: dict[str, tuple[str, ...]] = {}
    for given in call.flags.all("filter"):
        key, equals, value = given.partition("=")
        if not equals:
            raise bad_filter(call, given)
        key, value = key.strip().lower(), value.strip()
        found[key] = (*found.get(key, ()), value)
    for key in found:
        if key not in known:
            raise daemon_error(f"invalid filter '{key}'")
    return found


def bad_filter(call: Call, given: str) -> Refusal:
    """The CLI's error for a filter without `=`."""
    message = f'invalid argument "{given}" for "-f, --filter" flag: bad format of filter (expected name=value)'
    if call.host.personality.engine == "20.10":
        return Refusal(f"{message}\nSee '{call.path} --help'.", 125)
    return Refusal(f"{message}\n\nUsage:  {call.usage}\n\nRun '{call.path} --help' for more information", 125)


def boolean(filters: Mapping[str, tuple[str, ...]], key: str) -> bool | None:
    """The value of a yes-or-no filter, None where it isn't given.

    Raises:
        Refusal: Another value.
    """
    values = filters.get(key)
    if values is None:
        return None
    answers = {True if value in TRUE else False if value in FALSE else None for value in values}
    if None in answers or len(answers) != 1:
        raise daemon_error(f"invalid filter '{key}=[{' '.join(values)}]'")
    return answers.pop()


def image_tests(call: Call, filters: Mapping[str, tuple[str, ...]]) -> list[Test]:
    """A test for every filter of `docker images` but `reference`, which judges names."""
    tests: list[Test] = []
    host = call.host
    dangling = boolean(filters, "dangling")
    if dangling is not None:
        loose = {image.id for image in host.images.dangling()}
        if call.is_containerd:
            loose = {image.id for image in host.images.images.values() if not host.images.names(image.id)}
        tests.append(lambda image: (image.id in loose) == dangling)
    for key, wanted in (("label", True), ("label!", False)):
        tests.extend(_label(value, wanted=wanted) for value in filters.get(key, ()))
    for name in filters.get("before", ()):
        moment = _named(call, name).created or 0
        tests.append(lambda image, moment=moment: (image.created or 0) < moment)  # type: ignore[misc]
    for name in filters.get("since", ()):
        moment = _named(call, name).created or 0
        tests.append(lambda image, moment=moment: (image.created or 0) > moment)  # type: ignore[misc]
    for value in filters.get("until", ()):
        moment = until(call, value)
        tests.append(lambda image, moment=moment: (image.created or 0) < moment)  # type: ignore[misc]
    return tests


def _label(value: str, *, wanted: bool) -> Test:
    key, equals, text = value.partition("=")

    def test(image: Image) -> bool:
        labels = dict(image.config.labels)
        has = key in labels and (not equals or labels[key] == text)
        return has is wanted

    return test


def _named(call: Call, name: str) -> Image:
    image = maybe_image(call, name)
    if image is None:
        raise no_such_image(name)
    return image


def until(call: Call, value: str) -> int:
    """The moment of `until=`: a duration before now such as `24h`, or seconds since the epoch.

    Raises:
        Refusal: Neither.
    """
    if DURATION.fullmatch(value):
        parts = re.findall(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)", value)
        return call.host.now - int(sum(float(count) * UNITS[unit] for count, unit in parts))
    if value.replace(".", "", 1).isdigit():
        return int(float(value) * 10**9)
    raise daemon_error(f'failed to parse value as time or duration: "{value}"')


def matches_reference(pattern: str, reference: Reference) -> bool:
    """Whether a name fits `reference=`: Go's `path.Match` on the name with and without tag, short and full.

    Args:
        pattern: `*` and `?` don't cross a slash.
        reference: A name of an image.
    """
    forms = (reference.familiar, reference.familiar_name, reference.full, reference.name)
    regular = re.compile(path_match(pattern))
    if any(regular.fullmatch(form) for form in forms):
        return True
    try:
        asked = parse_reference(pattern)
    except ValueError:
        return False
    return asked.name == reference.name and asked.tag in {None, reference.tag} and asked.digest is None


def path_match(pattern: str) -> str:
    """The regular expression of a pattern of Go's `path.Match`; a malformed one matches nothing."""
    text, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        end = pattern.find("]", at + 2) if char == "[" else -1
        if char == "[" and end > 0:
            text += pattern[at : end + 1]
            at = end
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            text += re.escape(pattern[at])
        else:
            text += {"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char)
        at += 1
    return text
