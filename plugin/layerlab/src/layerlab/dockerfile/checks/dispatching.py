"""Rules BuildKit looks at while it dispatches instructions: only those of stages that are built (or all, `--check`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from layerlab.dockerfile.checks.facts import InstructionFacts
from layerlab.dockerfile.checks.rule import Finding, rule
from layerlab.dockerfile.globs import BadPatternError, clean
from layerlab.dockerfile.gotext import quote
from layerlab.dockerfile.instructions import Add, Arg, Cmd, Copy, Entrypoint, Env, Expose, HealthCheck, Label, Workdir
from layerlab.dockerfile.suggest import nearest

SECRET = re.compile(
    r"(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)", re.IGNORECASE
)
HARMLESS = re.compile(r"(?:_|^)(?:public|file|version)(?:_|$)", re.IGNORECASE)
NEVER_VARIABLES = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
PROTOCOLS = frozenset({"tcp", "udp", "sctp"})


@rule(
    "UndefinedVar",
    "Variables should be defined before their use",
    "dispatch",
    bad="FROM alpine\nCOPY $foo .\n",
    good="FROM alpine\nARG foo\nCOPY $foo .\n",
)
def undefined_var(facts: InstructionFacts) -> Iterator[Finding]:
    """Every expanded word with a name that is neither set nor a declared ARG."""
    order = 1 if isinstance(facts.instruction, Arg) else 0  # ARG looks at its name before its value
    for word in facts.words:
        for name in word.undefined:
            if name in facts.declared or name in NEVER_VARIABLES:
                continue
            message = f"Usage of undefined variable '${name}'"
            meant = nearest(name, facts.variables)
            yield _finding(f"{message} (did you mean ${meant}?)" if meant else message, facts, order)


@rule(
    "LegacyKeyValueFormat",
    "Legacy key/value format with whitespace separator should not be used",
    "dispatch",
    bad="FROM alpine\nENV DIR /app\n",
    good="FROM alpine\nENV DIR=/app\n",
)
def legacy_key_value_format(facts: InstructionFacts) -> Iterator[Finding]:
    """ENV and LABEL with a blank instead of `=`."""
    match facts.instruction:
        case (Env() | Label()) as read if read.is_legacy:
            name = read.keyword
            message = f'"{name} key=value" should be used instead of legacy "{name} key value" format'
            yield _finding(message, facts, 1)


@rule(
    "SecretsUsedInArgOrEnv",
    "Sensitive data should not be used in the ARG or ENV commands",
    "dispatch",
    bad="FROM scratch\nARG AWS_SECRET_ACCESS_KEY\n",
    good="FROM alpine\nRUN --mount=type=secret,id=key cat /run/secrets/key > /dev/null\n",
)
def secrets_used_in_arg_or_env(facts: InstructionFacts) -> Iterator[Finding]:
    """Names that sound like secrets, whatever their values."""
    match facts.instruction:
        case Env() if facts.is_expanded:
            kind, order = "ENV", 2
        case Arg():
            kind, order = "ARG", 0
        case _:
            return
    for name in facts.pairs:
        if is_secret_name(name):
            message = f"Do not use ARG or ENV instructions for sensitive data ({kind} {quote(name)})"
            yield _finding(message, facts, order)


def is_secret_name(name: str) -> bool:
    """Whether a name sounds like a secret: a telling word, and none that takes the sting out."""
    return SECRET.search(name) is not None and HARMLESS.search(name) is None


@rule(
    "WorkdirRelativePath",
    "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base"
    " image changes",
    "dispatch",
    bad="FROM nginx\nWORKDIR usr/share/nginx/html\n",
    good="FROM nginx\nWORKDIR /usr/share/nginx/html\n",
)
def workdir_relative_path(facts: InstructionFacts) -> Iterator[Finding]:
    """The first WORKDIR of a chain of stages, if it is relative."""
    if isinstance(facts.instruction, Workdir) and not facts.workdir_set and not facts.path.startswith("/"):
        message = f"Relative workdir {quote(facts.path)} can have unexpected results if the base image changes"
        yield _finding(message, facts, 3)


@rule(
    "MultipleInstructionsDisallowed",
    "Multiple instructions of the same type should not be used in the same stage",
    "dispatch",
    bad='FROM alpine\nCMD ["echo", "a"]\nCMD ["echo", "b"]\n',
    good='FROM alpine\nCMD ["echo", "b"]\n',
)
def multiple_instructions_disallowed(facts: InstructionFacts) -> Iterator[Finding]:
    """Told at the earlier one, which counts for nothing."""
    if isinstance(facts.instruction, Cmd | Entrypoint | HealthCheck) and facts.earlier is not None:
        message = (
            f"Multiple {facts.instruction.keyword} instructions should not be used in the same stage"
            " because only the last one will be used"
        )
        yield Finding(message, facts.earlier, facts.stage, facts.earlier_index, order=3)


@rule(
    "JSONArgsRecommended",
    "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
    "dispatch",
    bad="FROM alpine\nENTRYPOINT my-program start\n",
    good='FROM alpine\nENTRYPOINT ["my-program", "start"]\n',
)
def json_args_recommended(facts: InstructionFacts) -> Iterator[Finding]:
    """Shell form while no SHELL is set."""
    match facts.instruction:
        case (Cmd() | Entrypoint()) as read if read.is_shell_form and not facts.has_shell:
            message = (
                f"JSON arguments recommended for {read.keyword} to prevent unintended behavior related to OS signals"
            )
            yield _finding(message, facts, 4)


@rule(
    "ExposeProtoCasing",
    "Protocol in EXPOSE instruction should be lowercase",
    "dispatch",
    bad="FROM alpine\nEXPOSE 80/TcP\n",
    good="FROM alpine\nEXPOSE 80/tcp\n",
)
def expose_proto_casing(facts: InstructionFacts) -> Iterator[Finding]:
    """Each token whose protocol isn't lower case."""
    for number, token in _ports(facts):
        _, _, container = _port_parts(token)
        protocol = container.partition("/")[2]
        if protocol != protocol.lower():
            message = f"Defined protocol '{token}' in EXPOSE instruction should be lowercase"
            yield _finding(message, facts, 5 + 2 * number)


@rule(
    "ExposeInvalidFormat",
    "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future"
    " release",
    "dispatch",
    bad="FROM alpine\nEXPOSE 127.0.0.1:80:80\n",
    good="FROM alpine\nEXPOSE 80\n",
)
def expose_invalid_format(facts: InstructionFacts) -> Iterator[Finding]:
    """Each token with an address or a host port."""
    for number, token in _ports(facts):
        address, host, _ = _port_parts(token)
        if address or host:
            message = f"EXPOSE instruction should not define an IP address or host-port mapping, found '{token}'"
            yield _finding(message, facts, 6 + 2 * number)


def _ports(facts: InstructionFacts) -> Iterator[tuple[int, str]]:
    """Tokens up to the first that has no port or an unknown protocol: there the build ends."""
    if not isinstance(facts.instruction, Expose):
        return
    for number, token in enumerate(facts.ports):
        port, _, protocol = _port_parts(token)[2].partition("/")
        if not port or (protocol and protocol.lower() not in PROTOCOLS):
            return
        yield number, token


def _port_parts(token: str) -> tuple[str, str, str]:
    """(address, host port, container port) of `[ip:][host:]container`."""
    parts = token.split(":")
    container = parts.pop()
    host = parts.pop() if parts else ""
    return ":".join(parts), host, container


@rule(
    "CopyIgnoredFile",
    "Attempting to Copy file that is excluded by .dockerignore",
    "dispatch",
    bad="# .dockerignore: *.log\nFROM scratch\nCOPY app.log /\n",
    good="# .dockerignore: *.log\nFROM scratch\nCOPY app.py /\n",
)
def copy_ignored_file(facts: InstructionFacts) -> Iterator[Finding]:
    """Each local source the ignore file leaves out, as long as it has no `!`; wildcards are taken literally."""
    if not isinstance(facts.instruction, Copy | Add) or facts.ignore is None or facts.ignore.has_exceptions:
        return
    verb = "Add" if isinstance(facts.instruction, Add) else "Copy"
    for source in facts.sources:
        path = clean(source)
        if path in {".", "/"} and not facts.ignore.excludes_all_root_entries:
            continue
        try:
            excluded = facts.ignore.excludes(path)
        except BadPatternError:
            continue
        if excluded:
            message = f"Attempting to {verb} file {quote(path)} that is excluded by .dockerignore"
            yield _finding(message, facts, 3)


def _finding(message: str, facts: InstructionFacts, order: int) -> Finding:
    return Finding(message, facts.span, facts.stage, facts.instruction.index, order)
