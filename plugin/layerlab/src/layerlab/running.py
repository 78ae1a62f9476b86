"""RUN through the simulated shell: the build's `Runner`."""

from __future__ import annotations

from layerlab.build.ports import Command, Ran
from layerlab.build.record import Note, OutputChunk
from layerlab.catalogue.packages import PackageFacts
from layerlab.filesystem import Editor
from layerlab.shell import Limits, User, run

SECOND = 1_000_000_000
BASE_DURATION = SECOND // 5
"""A RUN that does nothing takes this long: starting a container is most of it. Modelled."""

LIMITS = Limits()


class ShellRunner:
    """Runs commands with `layerlab.shell`."""

    def __init__(self, facts: PackageFacts) -> None:
        """`facts` are what is recorded of packages."""
        self._facts = facts

    def __call__(self, view: Editor, command: Command) -> Ran:
        """Run one command; what it writes is in the editor afterwards."""
        user = User(command.user.uid, command.user.gid, tuple(command.user.groups))
        outcome = run(
            view,
            command.argv,
            env=dict(command.env),
            cwd=command.cwd,
            user=user,
            limits=LIMITS,
            network=command.network,
            facts=self._facts,
        )
        return Ran(
            exit_code=outcome.exit_code,
            output=tuple(OutputChunk(chunk.fd, chunk.data, BASE_DURATION) for chunk in outcome.output),
            fidelity=outcome.fidelity,
            notes=tuple(Note(note.key, note.params) for note in outcome.notes),
            start_error=outcome.start_error,
            duration=BASE_DURATION,
        )
