"""What RUN does: a shell and the usual programs on a simulated tree."""

from layerlab.shell.commands.registry import command
from layerlab.shell.model import Chunk, Fidelity, Limits, Note, Outcome, User
from layerlab.shell.process import Process
from layerlab.shell.run import run

__all__ = ["Chunk", "Fidelity", "Limits", "Note", "Outcome", "Process", "User", "command", "run"]
