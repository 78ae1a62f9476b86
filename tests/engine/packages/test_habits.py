"""How much of ordinary Dockerfiles is more than unknown."""

from __future__ import annotations

import pytest
from engine.packages.habits import DOCKERFILES, ELSEWHERE
from engine.packages.package_runs import CATALOGUE, on

from layerlab.catalogue import Found, StandIn


def steps():
    """Every RUN line, each on the tree the lines before it left: (image, line, ran), as far as ours goes."""
    for image, files, lines in DOCKERFILES:
        tree = None
        for line in lines:
            ran = on(image, line, files=files if tree is None else None, cwd="/app", tree=tree)
            tree = ran.tree
            yield image, line, ran


@pytest.fixture(scope="module")
def ran_steps():
    return list(steps())


def programs(note):
    """The programs an unknown note is about."""
    params = dict(note.params)
    text = params.get("command") or params.get("operation") or ""
    return set(text.replace("/", " ").split())


def is_ours(note):
    """Whether an unknown effect is neither a compiler's nor a download's nor an application's own."""
    return note.fidelity == "unknown" and not programs(note) & ELSEWHERE


def test_there_are_sixty():
    assert len(DOCKERFILES) == 60


def test_every_image_is_there_or_stands_in():
    assert all(isinstance(CATALOGUE.resolve(image), Found | StandIn) for image, _, _ in DOCKERFILES)


def test_no_step_fails(ran_steps):
    assert [(image, line, ran.code, ran.err[-200:]) for image, line, ran in ran_steps if ran.code] == []


def test_most_steps_have_a_size(ran_steps):
    known = sum(ran.size.bytes is not None for _, _, ran in ran_steps)
    assert known >= 0.6 * len(ran_steps)


def test_hardly_a_step_is_unknown_for_another_reason_than_compiling_downloading_or_alpine(ran_steps):
    unknown = [
        (image, line, sorted({note.key for note in ran.outcome.notes if is_ours(note)}))
        for image, line, ran in ran_steps
        if any(is_ours(note) and not note.key.startswith("packages.apk.") for note in ran.outcome.notes)
    ]
    assert len(unknown) <= 0.05 * len(ran_steps), unknown
