"""Names of steps as BuildKit's log shows them: `[build 2/4] RUN …`."""

from __future__ import annotations


def bracket(stage: str, number: int, total: int) -> str:
    """`[NAME i/n] `, the number padded to the width of the total.

    Args:
        stage: Name shown; empty for none.
        number: From 1.
        total: Steps of the stage; nothing is shown for 0.
    """
    if not total:
        return ""
    name = f"{stage} " if stage else ""
    return f"[{name}{number:>{len(str(total))}}/{total}] "


def upper_keyword(text: str) -> str:
    """Upper-case up to the first space; a tab doesn't end it."""
    head, space, rest = text.partition(" ")
    return head.upper() + space + rest


def heredoc_note(body: str) -> str:
    """` (first line...)` behind a RUN that is only a heredoc."""
    lines = body.strip().replace("\r\n", "\n").split("\n")
    return f" ({lines[0]}{'...' if len(lines) > 1 else ''})"
