"""`busybox APPLET`: the one command that starts others by name without looking them up."""

from __future__ import annotations

from layerlab.shell.commands.registry import command
from layerlab.shell.launch import busybox as run_applet
from layerlab.shell.process import Process


@command("busybox")
def busybox(process: Process) -> int:
    """`busybox APPLET …`."""
    return run_applet(process)
