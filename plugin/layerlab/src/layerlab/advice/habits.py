"""Ways of writing that cost nothing today and something tomorrow: ADD, floating tags, comments behind instructions."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.advice.evidence import Evidence, weight_of
from layerlab.advice.rule import Found, advice
from layerlab.dockerfile import Add, From
from layerlab.dockerfile.edits import Edit, Fix
from layerlab.dockerfile.trailing import every_comment_fix, find_trailing_comments
from layerlab.filesystem.layer import NO_SIZE
from layerlab.image.reference import InvalidReferenceError, parse_reference

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".gz", ".bz2", ".xz", ".zst")
REMOTE = ("http://", "https://", "git://", "git@", "ssh://")
PLACES = frozenset({"COPY", "ADD", "WORKDIR", "VOLUME", "EXPOSE", "ENV", "LABEL", "ARG"})


@advice("LL008", "add-for-copy")
def add_for_copy(evidence: Evidence) -> Iterator[Found]:
    """An ADD that only copies files of the context: nothing is fetched or unpacked."""
    for add in evidence.file.instructions:
        if not isinstance(add, Add) or add.checksum or add.unpack is not None or add.keep_git_dir is not None:
            continue
        sources = [source.text for source in add.sources]
        if any(source.startswith(REMOTE) or source.lower().endswith(ARCHIVES) or "$" in source for source in sources):
            continue
        line = evidence.file.source.line(add.span.start_line)
        at = len(line) - len(line.lstrip(" \t"))
        word = "copy" if add.keyword == "add" else "COPY"
        edit = Edit(add.span.start_line, add.span.start_line, line[:at] + word + line[at + len(add.keyword) :])
        yield Found(add.span, (("sources", tuple(sources)),), fix=Fix("advice.fix.copy", (edit,)))


@advice("LL009", "floating-tag", "latest", "untagged")
def floating_tag(evidence: Evidence) -> Iterator[Found]:
    """A base without a tag, or with `latest`: the same line means another image next month."""
    names = {stage.name for stage in evidence.record.stages if stage.named}
    instructions = {
        instruction.span.start_line: instruction
        for instruction in evidence.file.instructions
        if isinstance(instruction, From)
    }
    for stage in evidence.record.stages:
        instruction = instructions.get(stage.lines[0]) if stage.lines else None
        if instruction is None or stage.base in names or stage.base == "scratch":
            continue
        text = stage.base or instruction.image.text
        written = instruction.image.text
        try:
            reference = parse_reference(text)
        except InvalidReferenceError:
            continue
        if reference.digest or reference.tag not in {None, "latest"} or written.lower() in names:
            continue
        total, steps = NO_SIZE, []
        for index in stage.steps:
            step = evidence.record.steps[index]
            if step.number is not None and step.instruction != "FROM":
                steps.append(index)
                total += weight_of(step)
        values = (("image", written), ("count", len(steps)), ("size", total))
        variant = "latest" if written.endswith(":latest") else "untagged"
        yield Found(instruction.span, values, variant, rebuilds=tuple(steps))


@advice("LL010", "trailing-comment", "from", "words", "json")
def trailing_comment(evidence: Evidence) -> Iterator[Found]:
    """A comment on the line of an instruction: Docker takes its words as arguments."""
    comments = find_trailing_comments(evidence.file)
    fix = every_comment_fix(evidence.file) if comments else None
    for comment in comments:
        match comment.keyword:
            case "FROM":
                variant = "from"
            case word if word in PLACES:
                variant = "words"
            case _:
                variant = "json"
        values = (("keyword", comment.keyword), ("comment", comment.text))
        yield Found(comment.span, values, variant, fix=fix)
