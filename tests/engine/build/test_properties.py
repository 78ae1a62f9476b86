"""What holds for any Dockerfile: rebuilds are free, undoing is free, layers add up, every decision has its reason."""

from __future__ import annotations

from engine.build.build_lab import CLASSIC, CONTAINERD, LEGACY, Bench, context_of, statuses
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.build.record import BuildRecord
from layerlab.filesystem import EMPTY, Tree
from layerlab.filesystem.layer import apply

FILES = {"f": "1", "d/g": "2", "d/e/h": "3"}
LINES = st.sampled_from(
    [
        "RUN write /a 1",
        "RUN write /b/c 2",
        "RUN write /a 1;remove /a",
        "RUN remove /base.txt",
        "RUN chmod 700 /base.txt",
        "RUN nothing",
        "COPY f /x",
        "COPY d /x2/",
        "COPY . /all",
        "COPY --chown=app d /owned",
        "WORKDIR /w",
        "WORKDIR sub",
        "ENV A=1",
        "ARG B=2",
        "LABEL l=1",
        "USER app",
        'CMD ["x"]',
    ]
)
STAGE = st.lists(LINES, max_size=6)
PERSONALITIES = st.sampled_from([CONTAINERD, CLASSIC, LEGACY])


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    first = draw(STAGE)
    text = "\n".join(["FROM base AS one", *first])
    if draw(st.booleans()):
        source = draw(st.sampled_from(["FROM base", "FROM one", "FROM scratch"]))
        copied = ["COPY --from=one /etc /copied"] if draw(st.booleans()) else []
        second = [line for line in draw(STAGE) if source != "FROM scratch" or not line.startswith(("RUN", "USER"))]
        text = "\n".join([text, f"{source} AS two", *copied, *second])
    return text + "\n"


def tree_facts(tree: Tree) -> list[object]:
    return [
        (
            path,
            type(node).__name__,
            node.meta.mode,
            node.meta.uid,
            getattr(node, "content", None),
            getattr(node, "target", None),
        )
        for path, node in tree.walk()
    ]


def all_cached(record: BuildRecord) -> bool:
    return record.ok and set(statuses(record)) <= {"cached", "done", "skipped"}


@settings(max_examples=80, deadline=None)
@given(dockerfiles(), PERSONALITIES)
def test_building_twice_is_all_cached_and_the_same_image(text: str, personality: object) -> None:
    bench = Bench(personality)  # type: ignore[arg-type]
    first = bench.build(text, FILES)
    second = bench.build(text, FILES)
    if not first.ok:
        assert first.failure is not None
        assert second.failure is not None
        assert first.failure.message == second.failure.message
        return
    assert all_cached(second)
    assert first.image is not None
    assert second.image is not None
    assert first.image.id == second.image.id


@settings(max_examples=60, deadline=None)
@given(dockerfiles(), dockerfiles(), PERSONALITIES)
def test_going_back_to_an_old_text_is_all_cached(one: str, other: str, personality: object) -> None:
    bench = Bench(personality)  # type: ignore[arg-type]
    if bench.build(one, FILES).ok:
        bench.build(other, FILES)
        assert all_cached(bench.build(one, FILES))


@settings(max_examples=80, deadline=None)
@given(dockerfiles(), PERSONALITIES)
def test_the_layers_in_order_give_the_images_files(text: str, personality: object) -> None:
    record = Bench(personality).build(text, FILES)  # type: ignore[arg-type]
    if record.image is None:
        return
    tree = EMPTY
    for layer in record.image.layers:
        tree = apply(tree, layer.layer)
    assert tree_facts(tree) == tree_facts(record.image.tree)
    filled = [entry for entry in record.image.history if not entry.empty_layer]
    assert len(filled) == len(record.image.layers)
    assert not record.image.layers or all(entry.created is not None for entry in record.image.history)


@settings(max_examples=60, deadline=None)
@given(dockerfiles(), dockerfiles(), PERSONALITIES)
def test_every_step_that_is_looked_up_has_a_reason(one: str, other: str, personality: object) -> None:
    bench = Bench(personality)  # type: ignore[arg-type]
    bench.build(one, FILES)
    record = bench.build(other, {**FILES, "f": "changed"})
    for step in record.steps:
        assert step.cache is not None or step.instruction == "FROM", step


@settings(max_examples=40, deadline=None)
@given(dockerfiles(), PERSONALITIES)
def test_equal_arguments_give_equal_answers(text: str, personality: object) -> None:
    one = Bench(personality).build(text, context_of(FILES))  # type: ignore[arg-type]
    two = Bench(personality).build(text, context_of(FILES))  # type: ignore[arg-type]
    assert (one.vertices, [step.cache for step in one.steps]) == (two.vertices, [step.cache for step in two.steps])
    assert (one.image and one.image.id) == (two.image and two.image.id)
