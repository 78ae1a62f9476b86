"""What a refused docker command means and what to do, by Docker's own text: a table of patterns, the first counts."""

from __future__ import annotations

import re

from layerlab.messages import Messages

LAST = 4_000
"""Characters from the end of an output that are looked at: an error stands last."""


def _row(key: str, *patterns: str) -> tuple[str, re.Pattern[str]]:
    return f"refusal.{key}", re.compile("|".join(patterns))


REFUSALS = (
    _row("build", r"failed to solve", r"non-zero code: \d", r"ERROR: failed to build"),
    _row("paused", r"is paused"),
    _row("not_running", r"is not running", r"cannot exec in a stopped"),
    _row("running", r"container is running", r"cannot remove a running container", r"You cannot remove"),
    _row("name_taken", r"is already in use by container"),
    _row("no_container", r"No such container"),
    _row("container_name", r"Invalid container name"),
    _row("image_used", r"is being used by", r"\(must force\)", r"is using its referenced image"),
    _row("image_children", r"has dependent child images"),
    _row("image_names", r"is referenced in multiple repositories", r"\(must be forced\)"),
    _row("denied", r"denied", r"no basic auth", r"unauthorized"),
    _row("not_published", r"manifest (for .* )?(unknown|not found)", r"pull access", r"not found: manifest",
         r"docker\.io/\S+: not found"),
    _row("no_image", r"No such image", r"does not exist locally", r"tag does not exist", r"reference does not exist"),
    _row("no_object", r"No such object", r"no such object"),
    _row("no_volume", r"no such volume"),
    _row("volume_used", r"volume is in use"),
    _row("volume_name", r"invalid characters for a local volume name"),
    _row("mount", r"invalid volume specification", r"invalid mount config", r'"--mount" flag',
         r"invalid mode:", r"can't be mounted"),
    _row("port", r"publish", r"port is already allocated", r"[Ii]nvalid (host|container)?\s*[Pp]ort",
         r"invalid proto"),
    _row("file_inside", r"Could not find the file"),
    _row("copy_ends", r"copying between containers", r"at least one container source"),
    _row("no_program", r"executable file not found", r"no such file or directory: unknown"),
    _row("no_command", r"no command specified"),
    _row("read_only", r"[Rr]ead-only"),
    _row("several", r"Multiple IDs found", r"ambiguous reference", r"is ambiguous"),
    _row("reference", r"invalid reference format", r"must be lowercase", r"not a valid repository/tag",
         r"invalid tag", r"refusing to create"),
    _row("not_an_archive", r"unrecognized image format"),
    _row("no_input", r"stdin is empty"),
    _row("file", r"no such file or directory"),
    _row("filter", r"invalid filter", r"invalid argument .* for \"-f, --filter\"",
         r"parse value as time or duration", r"bad format of filter"),
    _row("template", r"[Tt]emplate parsing error", r"template:"),
    _row("unknown_command", r"unknown command", r"is not a docker command", r"unknown help topic",
         r"is not a valid change command"),
    _row("together", r"conflicting options", r"cannot specify both", r"options conflict",
         r"can't be used with", r"not yet supported with", r"at once"),
    _row("usage", r"unknown (shorthand )?flag", r"flag needs an argument", r"invalid argument",
         r"accepts? (no|at most)", r"requires (exactly|at least|at most|\d)", r"Usage:", r"See '",
         r"must be one of", r"invalid (value|pull|progress)", r"absolute path"),
    _row("not_found", r"(command )?not found"),
)  # fmt: skip


OURS = re.compile(r"^layerlab: ", re.MULTILINE)
"""Begins what isn't Docker's: a sentence in the reader's language, which needs no other to explain it."""


def explain_refusal(output: str, say: Messages) -> str:
    """A sentence for what a command printed when it was refused; empty where the text says it all.

    Args:
        output: Standard output and error.
        say: Sentences of the reader's language.
    """
    end = output[-LAST:]
    if OURS.search(end):
        return ""
    return next((say(key) for key, pattern in REFUSALS if pattern.search(end)), "")
