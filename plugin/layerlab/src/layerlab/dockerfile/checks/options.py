"""How checks are silenced or made errors: the `check` directive, its build argument, comments above an instruction."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from layerlab.dockerfile.gotext import parse_bool, quote
from layerlab.dockerfile.syntax import Dockerfile

BUILD_ARG = "BUILDKIT_DOCKERFILE_CHECK"
DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Options:
    """Which rules run.

    Attributes:
        skip: Names of silenced rules.
        skip_all: Whether every normal rule is silenced.
        experimental: Names of experimental rules that are on.
        experimental_all: Whether all of them are.
        error: Whether a finding fails the build.
    """

    skip: frozenset[str] = frozenset()
    skip_all: bool = False
    experimental: frozenset[str] = frozenset()
    experimental_all: bool = False
    error: bool = False

    def runs(self, rule: str, *, experimental: bool) -> bool:
        """Whether a rule reports; experimental ones listen to `experimental` alone, the others to `skip` alone."""
        if experimental:
            return self.experimental_all or rule in self.experimental
        return not self.skip_all and rule not in self.skip

    def merged(self, other: Options) -> Options:
        """These options plus another set's skips and experiments; `error` stays."""
        return replace(
            self,
            skip=self.skip | other.skip,
            skip_all=self.skip_all or other.skip_all,
            experimental=self.experimental | other.experimental,
            experimental_all=self.experimental_all or other.experimental_all,
        )

    def for_comments(self, comments: tuple[str, ...]) -> Options:
        """With what the comments above an instruction say; the first that is a `check=` wins, a bad one says nothing.

        Args:
            comments: Texts without `#`, as the instruction has them.
        """
        for comment in comments:
            match = DIRECTIVE.match(comment)
            if match is None or match[1].lower() != "check":
                continue
            try:
                return self.merged(parse_options(match[2].partition(" ")[0]))
            except ValueError:
                return self
        return self


def parse_options(text: str) -> Options:
    """Read `skip=A,B;experimental=C;error=true`.

    Raises:
        ValueError: With BuildKit's message, for an unknown option or a bad boolean.
    """
    options = Options()
    if not text.strip():
        return options
    for part in text.strip().split(";", 2):
        name, separator, value = part.partition("=")
        if not separator:
            raise ValueError(f"invalid check option {quote(part)}")
        name, value = name.strip(), value.strip()
        names = frozenset() if value == "all" else frozenset(rule.strip() for rule in value.split(","))
        match name:
            case "skip":
                options = replace(options, skip=names, skip_all=value == "all")
            case "experimental":
                options = replace(options, experimental=names, experimental_all=value == "all")
            case "error":
                try:
                    options = replace(options, error=parse_bool(value))
                except ValueError as problem:
                    raise ValueError(f"failed to parse check option {quote(part)}: {problem}") from None
            case _:
                raise ValueError(f"invalid check option {quote(name)}")
    return options


def read_options(dockerfile: Dockerfile, build_arg: str | None = None) -> Options:
    """The options that hold for a file.

    Args:
        dockerfile: Its `check` directive counts, cut at the first blank.
        build_arg: Value of `--build-arg BUILDKIT_DOCKERFILE_CHECK`, which replaces the directive.

    Raises:
        ValueError: With BuildKit's whole message (no location); it comes before any error of the parser.
    """
    if build_arg is not None:
        try:
            return parse_options(build_arg)
        except ValueError as problem:
            raise ValueError(f"failed to parse build-arg:{BUILD_ARG}: {problem}") from None
    try:
        return parse_options((dockerfile.directives.check or "").partition(" ")[0])
    except ValueError as problem:
        raise ValueError(f"failed to parse check options: {problem}") from None
