"""One instruction after another: what each does to configuration and variables, and the operation it becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from layerlab.dockerfile.checks.facts import InstructionFacts
from layerlab.dockerfile.gotext import quote
from layerlab.dockerfile.instructions import (
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    HealthCheck,
    Instruction,
    Label,
    Maintainer,
    OnBuild,
    Run,
    Shell,
    StopSignal,
    User,
    Volume,
    Workdir,
)
from layerlab.image.config import HealthCheck as HealthConfig
from layerlab.image.config import ImageConfig
from layerlab.plan.copying import copy_effect
from layerlab.plan.effects import (
    command_line,
    with_env,
    with_labels,
    with_ports,
    with_volumes,
    working_directory,
)
from layerlab.plan.expand import Expander, ExpansionError
from layerlab.plan.failure import failure
from layerlab.plan.gotext import quote_list
from layerlab.plan.labels import bracket, upper_keyword
from layerlab.plan.links import Command
from layerlab.plan.operations import StepFacts, WorkdirOperation
from layerlab.plan.ports import PortError, parse_ports
from layerlab.plan.refusal import Refusal
from layerlab.plan.running import run_effect
from layerlab.plan.signals import is_signal
from layerlab.plan.stagework import Effect, StageWork
from layerlab.plan.wording import Worded

MASK = "****"
ONCE = (Cmd, Entrypoint, HealthCheck)
"""Instructions of which only the last of a stage counts."""


def dispatch(work: StageWork, command: Command, observe: Callable[[InstructionFacts], None]) -> None:
    """Dispatch one instruction: add its operation to the stage and move the stage on.

    Args:
        work: The stage so far; changed.
        command: The instruction with its links.
        observe: Is told what the checks want to know, of a refused instruction too.

    Raises:
        PlanFailure: For what Docker refuses at dispatch.
    """
    expander = Expander(work.scope.values, work.facts.escape, work.facts.habits.needs_colon)
    try:
        effect = _effect(work, command, expander)
    except ExpansionError as error:
        observe(replace(check_facts(work, command, expander, ()), is_expanded=False))
        raise failure("expansion", str(error), command.span, phase="dispatch") from error
    except (Refusal, PortError) as error:
        observe(check_facts(work, command, expander, error.checked if isinstance(error, PortError) else ()))
        code = error.code if isinstance(error, Refusal) else "port"
        raise failure(code, work.facts.habits.message(str(error)), command.span, phase="dispatch") from error
    observe(check_facts(work, command, expander, effect.checked))
    facts = step_facts(work, command, effect)
    work.config, work.scope = effect.config, effect.scope
    if facts.number is not None:
        work.number = facts.number
    work.workdir_set |= isinstance(command.instruction, Workdir)
    if isinstance(command.instruction, ONCE):
        work.last[type(command.instruction)] = command
    work.operations.append(effect.operation(facts))


def check_facts(work: StageWork, command: Command, expander: Expander, checked: tuple[str, ...]) -> InstructionFacts:
    """What the checks are told of an instruction."""
    instruction = command.instruction
    earlier = work.last.get(type(instruction))
    is_copy = isinstance(instruction, Copy | Add)
    return InstructionFacts(
        stage=work.index,
        instruction=instruction,
        span=command.span,
        words=tuple(expander.facts),
        variables=tuple(work.scope.values),
        declared=tuple(work.scope.names_declared),
        pairs=_names(instruction, expander),
        has_shell=bool(work.config.shell),
        workdir_set=work.workdir_set,
        path=checked[0] if isinstance(instruction, Workdir) and checked else "",
        ports=checked if isinstance(instruction, Expose) else (),
        sources=checked if is_copy else (),
        ignore=work.facts.ignore if is_copy and not command.links else None,
        earlier=earlier.span if earlier else None,
        earlier_index=earlier.index if earlier else None,
    )


def _names(instruction: Instruction, expander: Expander) -> tuple[str, ...]:
    match instruction:
        case Arg(items=items):
            return tuple(item.name for item in items)
        case Env():
            return tuple(word.text for word in expander.facts[::2])
        case _:
            return ()


def step_facts(work: StageWork, command: Command, effect: Effect) -> StepFacts:
    """The facts every operation has."""
    instruction = command.instruction
    number = work.number + 1 if effect.is_step else None
    habits = work.facts.habits
    return StepFacts(
        stage=work.index,
        instruction=command.index,
        span=command.span,
        trigger=command.trigger,
        keyword=instruction.keyword.upper(),
        text=instruction.original,
        number=number,
        total=work.total,
        label="" if number is None else bracket(work.log_name, number, work.total) + _label(work, command, effect),
        before=work.config,
        after=effect.config,
        variables=habits.variables(work.scope, work.config),
        arguments=habits.arguments(work.scope, work.config),
        created_by=effect.worded.text if effect.worded else None,
        makes_layer=effect.makes_layer,
        hash_at=effect.worded.hash_at if effect.worded else None,
        proxies=work.facts.proxies,
    )


def _label(work: StageWork, command: Command, effect: Effect) -> str:
    values = {**work.scope.values, **dict.fromkeys(effect.secrets, MASK)}
    text = Expander(values, work.facts.escape).name(
        command.instruction.original.strip() + effect.note, keep_quotes=effect.keeps_quotes
    )
    is_marked = command.trigger is not None and work.facts.habits.counts_triggers
    return ("ONBUILD " if is_marked else "") + upper_keyword(text)


def _effect(work: StageWork, command: Command, expander: Expander) -> Effect:
    match command.instruction:
        case Run() as run:
            return run_effect(work, run, command, expander)
        case Copy() | Add() as copy:
            return copy_effect(work, copy, command, expander)
        case Workdir(path=path):
            return _workdir(work, expander.word(path.text))
        case Arg() as arg:
            return _arg(work, arg, expander)
        case Env(pairs=pairs):
            return _env(work, [(expander.word(pair.name), expander.word(pair.value or "")) for pair in pairs])
        case other:
            return _metadata(work, other, expander)


def _workdir(work: StageWork, path: str) -> Effect:
    if not path and work.facts.habits.needs_directory:
        raise Refusal("empty-workdir", "cannot normalize nothing")
    result = working_directory(work.config.working_dir, path)
    config = replace(work.config, working_dir=result)
    text = work.facts.habits.wording.workdir(result, work.config.shell or ())
    is_layer = result != "/"
    operation = partial(WorkdirOperation, path=result, user=work.config.user)
    return Effect(config, work.scope, Worded(text), operation, makes_layer=is_layer, is_step=is_layer, checked=(path,))


def _env(work: StageWork, pairs: list[tuple[str, str]]) -> Effect:
    scope = work.scope
    for name, value in pairs:
        scope = scope.assign(name, value)
    text = "ENV " + " ".join(f"{name}={value}" for name, value in pairs)
    return Effect(with_env(work.config, pairs), scope, _worded(work, text, work.config))


def _arg(work: StageWork, arg: Arg, expander: Expander) -> Effect:
    scope, words = work.scope, []
    declared: list[str] = []
    for item in arg.items:
        expander.values = scope.values
        given = work.facts.build_args.get(item.name)
        own = item.value
        if own is not None and given is None:
            own = expander.word(own)
            expander.known(declared)
        value = given if given is not None else own
        if value is None:
            value = work.facts.global_values.get(item.name)
        words.append(work.facts.habits.wording.argument(item.name, own, value))
        declared.append(item.name)
        scope = work.facts.habits.declare(scope, item.name, value, work.config)
    return Effect(work.config, scope, _worded(work, "ARG " + " ".join(words), work.config))


def _metadata(work: StageWork, instruction: Instruction, expander: Expander) -> Effect:
    config, wording = work.config, work.facts.habits.wording
    checked: tuple[str, ...] = ()
    text: str | None
    match instruction:
        case Label(pairs=pairs):
            labels = [(expander.word(pair.name), expander.word(pair.value or "")) for pair in pairs]
            config = with_labels(config, labels)
            text = "LABEL " + " ".join(f"{name}={value}" for name, value in labels)
        case Cmd(arguments=words) as cmd:
            argv = command_line(config, words, is_shell_form=cmd.is_shell_form)
            config = replace(config, cmd=argv, args_escaped=work.facts.habits.escapes_arguments or config.args_escaped)
            text = f"CMD {quote_list(argv)}"
        case Entrypoint(arguments=words) as entrypoint:
            argv = command_line(config, words, is_shell_form=entrypoint.is_shell_form)
            kept = None if not argv and work.facts.habits.forgets_entrypoint else argv
            config = replace(config, entrypoint=kept, cmd=config.cmd if Cmd in work.last else None)
            text = f"ENTRYPOINT {quote_list(argv)}"
        case Shell(arguments=words):
            config = replace(config, shell=words)
            text = f"SHELL [{' '.join(words)}]"
        case User(user=user):
            config = replace(config, user=expander.word(user.text))
            text = f"USER {config.user}"
        case Expose() as expose:
            checked = tuple(word for token in expose.ports for word in expander.words(token))
            ports = _ports(checked)
            config = with_ports(config, ports)
            text = wording.expose(checked, ports)
        case Volume(paths=paths):
            volumes = [expander.word(path.text) for path in paths]
            if "" in volumes:
                raise Refusal("empty-volume", "VOLUME specified can not be an empty string")
            config = with_volumes(config, volumes)
            text = f"VOLUME [{' '.join(volumes)}]"
        case StopSignal(signal=signal):
            config = replace(config, stop_signal=_signal(expander.word(signal.text)))
            text = f"STOPSIGNAL {config.stop_signal}"
        case HealthCheck() as health:
            check = _health(health)
            config = replace(config, healthcheck=check)
            text = wording.health(check)
        case Maintainer(author=author):
            config = replace(config, author=author)
            text = f"MAINTAINER {author}"
        case OnBuild(expression=expression):
            config = replace(config, on_build=(*config.on_build, expression))
            text = wording.onbuild(expression)
        case From() | _:
            raise Refusal("unexpected", f"unexpected instruction {quote(instruction.keyword)}")
    return Effect(config, work.scope, _worded(work, text, config), checked=checked)


def _ports(tokens: tuple[str, ...]) -> list[str]:
    """The ports of EXPOSE; an error tells which tokens were looked at."""
    ports: list[str] = []
    for number, token in enumerate(tokens, 1):
        try:
            ports.extend(parse_ports(token).ports)
        except PortError as error:
            error.checked = tokens[:number]
            raise
    return ports


def _worded(work: StageWork, text: str | None, config: ImageConfig) -> Worded | None:
    """The entry of a metadata instruction; a SHELL stands in the legacy builder's prefix of its own entry already."""
    return None if text is None else Worded(work.facts.habits.wording.metadata(text, config.shell or ()))


def _signal(text: str) -> str:
    if not is_signal(text):
        raise Refusal("signal", f"invalid signal: {text}")
    return text


def _health(health: HealthCheck) -> HealthConfig:
    return HealthConfig(
        health.test, health.interval, health.timeout, health.start_period, health.start_interval, health.retries
    )
