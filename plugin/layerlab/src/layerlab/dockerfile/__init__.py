"""Reads Dockerfiles as BuildKit does: parse, expand, check. Knows nothing of building."""

from layerlab.dockerfile.instructions import (
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Flag,
    From,
    HealthCheck,
    Heredoc,
    Instruction,
    Label,
    Maintainer,
    MountField,
    MountSpec,
    OnBuild,
    Pair,
    Run,
    Shell,
    StopSignal,
    User,
    Volume,
    Workdir,
)
from layerlab.dockerfile.source import Source
from layerlab.dockerfile.span import Span, Word
from layerlab.dockerfile.syntax import Comment, Directive, Directives, Dockerfile, StageSyntax, SyntaxProblem

__all__ = [
    "Add", "Arg", "Cmd", "Comment", "Copy", "Directive", "Directives", "Dockerfile", "Entrypoint", "Env", "Expose",
    "Flag", "From", "HealthCheck", "Heredoc", "Instruction", "Label", "Maintainer", "MountField", "MountSpec",
    "OnBuild", "Pair", "Run", "Shell", "Source", "Span", "StageSyntax", "StopSignal", "SyntaxProblem", "User",
    "Volume", "Word", "Workdir",
]
