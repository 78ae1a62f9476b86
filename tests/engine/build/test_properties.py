"""What holds for any Dockerfile: rebuilds are free, undoing is free, layers add up, every decision has its reason."""

from __future__ import annotations

from dataclasses import replace

from engine.build.build_lab import CLASSIC, CONTAINERD, LEGACY, Bench, context_of, statuses
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.build.cache import Snapshot
from layerlab.build.record import BuildRecord
from layerlab.filesystem import EMPTY, Tree
from layerlab.filesystem.layer import apply
from layerlab.memo import Memo

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


@st.composite
def edits(draw: st.DrawFn) -> list[str]:
    """A Dockerfile and what becomes of it when lines are changed, put in and taken out."""
    lines = draw(dockerfiles()).splitlines()
    texts = ["\n".join(lines)]
    for kind in draw(st.lists(st.sampled_from(["change", "put", "take", "undo"]), min_size=1, max_size=4)):
        at = draw(st.integers(1, len(lines)))
        lines[at : at + (kind in {"change", "take"})] = [draw(LINES)] if kind in {"change", "put"} else []
        texts.append(texts[0] if kind == "undo" else "\n".join(lines))
    return texts


def whole_facts(bench: Bench, record: BuildRecord) -> object:
    """All that a build answers, trees by what is in them."""
    image = record.image
    made = image and (replace(image, tree=EMPTY), tree_facts(image.tree))
    cached = [
        replace(one, result=Snapshot(EMPTY, one.result.layers))
        for one in (*bench.cache.records.values(), *bench.cache.legacy.values())
    ]
    return replace(record, image=None), made, cached, bench.cache.builds


@settings(max_examples=30, deadline=None)
@given(edits(), st.lists(st.sampled_from([{}, {}, {"no_cache": True}, {"no_cache_filter": ("two",)}]), min_size=5))
def test_a_build_is_the_same_with_and_without_what_is_remembered(texts: list[str], options: list[dict]) -> None:
    memory, images = Memo(300), Bench().images
    kinds = (CONTAINERD, CLASSIC, LEGACY)
    remembering = [Bench(kind, images, memory=memory) for kind in kinds]
    forgetful = [Bench(kind, images) for kind in kinds]
    for text, option in zip(texts, options, strict=False):
        for one, other in zip(remembering, forgetful, strict=True):
            assert whole_facts(one, one.build(text, FILES, **option)) == whole_facts(
                other, other.build(text, FILES, **option)
            )


def test_a_step_that_an_edit_leaves_as_it_was_is_the_same_value_from_build_to_build() -> None:
    bench = Bench(CLASSIC, memory=Memo(300))
    lines = ["FROM base", "RUN write /a 1", "ENV A=1", "COPY f /x", "RUN write /b 1"]
    _, before, after = (bench.build("\n".join([*lines, f"RUN write /c {word}"]), FILES).steps for word in "abc")
    assert [step is known for step, known in zip(after, before, strict=True)] == [False, True, True, True, True, False]
