"""Builds that the tests of advice look at."""

from layerlab.advice import advise
from layerlab.build.context import Context
from layerlab.dockerfile import parse
from layerlab.dockerfile.edits import apply_edits
from layerlab.lab import Lab


def build(text, files=None):
    """A build of a Dockerfile with some files (path → text) as context."""
    entries = [{"path": path, "type": "file", "content": content} for path, content in (files or {}).items()]
    return Lab().build(text, context=Context.from_entries(entries), tag="demo")


def found(text, rule, files=None):
    """What one rule finds."""
    return [advice.found for advice in advise(build(text, files)) if advice.rule == rule]


def fixed(text, fix):
    """The text after a fix."""
    return apply_edits(parse(text).source, fix.edits)


def values(finding):
    """A finding's placeholders."""
    return dict(finding.values)
