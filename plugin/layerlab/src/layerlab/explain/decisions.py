"""Cache decisions as sentences: what decided, and what to look at."""

from __future__ import annotations

from layerlab.build import reasons
from layerlab.build.preview import better_orders
from layerlab.build.reasons import CacheDecision, Hit, Miss, MissReason, Skipped
from layerlab.build.record import BuildRecord
from layerlab.explain.steps import step_name
from layerlab.messages import Messages

SHOWN_FILES = 3


def explain_decision(decision: CacheDecision, record: BuildRecord, say: Messages) -> str:
    """One sentence for a decision.

    Args:
        decision: Of a step of the record.
        record: The build, for the names of other steps.
        say: Sentences of the reader's language.
    """
    match decision:
        case Hit(by=how):
            return say(f"reason.hit.{how}")
        case Miss(because=because):
            return explain_miss(because, record, say)
        case Skipped(because=reasons.StageNotNeeded(target)):
            return say("reason.stage_not_needed", target=target)
        case Skipped(because=reasons.BuildStopped(step)):
            return say("reason.stopped", step=step_name(record, step, say))
        case Skipped():
            return say("reason.metadata")


def explain_miss(because: MissReason, record: BuildRecord, say: Messages) -> str:  # one branch a reason
    """One sentence for the reason of a miss."""
    match because:
        case reasons.FirstBuild():
            return say("reason.first_build")
        case reasons.CommandChanged(old, new) | reasons.InstructionChanged(old, new):
            return say("reason.command_changed", old=short(old), new=short(new))
        case reasons.FilesChanged(files, more):
            return say("reason.files_changed", files=name_files(files, more, say))
        case reasons.ParentChanged(step=step):
            return say("reason.parent_changed", step=step_name(record, step, say))
        case reasons.StepMoved(step):
            return say("reason.moved", step=step_name(record, step, say))
        case reasons.LegacyChain(step):
            return say("reason.legacy_chain", step=step_name(record, step, say))
        case reasons.ArgumentChanged(name, old, new):
            return say(f"reason.argument_{_how(old, new)}", name=name, old=old, new=new)
        case reasons.EnvironmentChanged(name, old, new):
            return say(f"reason.environment_{_how(old, new)}", name=name, old=old, new=new)
        case reasons.EnvironmentOrderChanged():
            return say("reason.environment_order")
        case reasons.UserChanged(old, new):
            return say("reason.user_changed", old=old or "root", new=new or "root")
        case reasons.WorkdirChanged(old, new):
            return say("reason.workdir_changed", old=old, new=new)
        case reasons.MountsChanged():
            return say("reason.mounts_changed")
        case reasons.OptionsChanged(name, old, new):
            return say("reason.option_changed", name=name, old=old or "–", new=new or "–")
        case reasons.BaseChanged(old, new):
            return say("reason.base_changed", old=old, new=new)
        case reasons.SourceStageChanged(stage, files, step, more):
            return say(
                "reason.source_changed",
                stage=stage,
                files=name_files(files, more, say),
                step=step_name(record, step, say),
            )
        case reasons.NoCacheRequested(None):
            return say("reason.no_cache")
        case reasons.NoCacheRequested(stage):
            return say("reason.no_cache_filter", stage=stage)


def name_files(files: tuple[reasons.FileChange, ...], more: int, say: Messages) -> str:
    """`app.py (content), main.py (new) and 3 more`."""
    named = [
        say("reason.file", path=change.path.lstrip("/") or "/", what=say(f"reason.file.{change.kind}"))
        for change in files
    ]
    rest = more + max(0, len(named) - SHOWN_FILES)
    text = ", ".join(named[:SHOWN_FILES])
    return say("reason.files_and_more", files=text, count=rest) if rest else text


def short(text: str, limit: int = 60) -> str:
    """A text on one line, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _how(old: str | None, new: str | None) -> str:
    if old is None:
        return "added"
    return "removed" if new is None else "changed"


def explain_orders(record: BuildRecord, say: Messages) -> list[str]:
    """Which steps would have stayed cached, had they stood before the one that started the cascade."""
    return [
        say(
            "explain.better_order",
            origin=step_name(record, order.origin, say),
            kept=", ".join(step_name(record, index, say) for index in order.kept),
        )
        for order in better_orders(record)
        if order.kept
    ]
