"""What images share is stored once: the figures of `system df` add up, and deletions give back what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.build.context import Context
from layerlab.docker.command import run
from layerlab.docker.deletion import delete
from layerlab.docker.imagefacts import distinct_layers, layer_size, shared_sizes, total_size
from layerlab.filesystem import EMPTY, Bytes, Meta
from layerlab.filesystem.layer import Layer, LayerEntry, apply
from layerlab.filesystem.sizes import walk_size
from layerlab.host import Host
from layerlab.image.assemble import image_layer, make_image
from layerlab.image.config import HistoryEntry, ImageConfig
from layerlab.lab import Lab
from layerlab.personality import Personality

NOW = 1_790_000_000_000_000_000
HISTORY = (HistoryEntry(NOW, "step"),)


def piece(number: int) -> Layer:
    return Layer((LayerEntry(f"/{number}", "file", Meta(0o644), Bytes(b"x" * (number * 1000 + 1))),))


def image(stack: list[int], name: int):
    layers: list = []
    tree = EMPTY
    for number in stack:
        layer = piece(number)
        layers.append(image_layer(layer, walk_size(layer), tuple(layers), NOW))
        tree = apply(tree, layer)
    config = ImageConfig(user=str(name))
    return make_image(config, HISTORY * len(stack), layers, tree, containerd=False, fallback=NOW)


STACKS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=5)


def host_of(stacks: list[list[int]]) -> Host:
    host = Host(NOW, Personality("29", "buildkit", "classic"))
    store = host.images
    for name, stack in enumerate(stacks):
        made = image(stack, name)
        store = store.add(made).tag(f"i{name}", made.id)
    return replace(host, images=store)


@given(STACKS)
@settings(max_examples=100, deadline=None)
def test_shared_and_unique_sizes_add_up_to_the_disk(stacks):
    host = host_of(stacks)
    images = list(host.images.images.values())
    shared = shared_sizes(host)
    unique = sum(total_size(one, "classic").bytes - shared[one.id].bytes for one in images)
    counted: dict[str, list[int]] = {}
    for one in images:
        for layer in one.layers:
            counted.setdefault(layer.chain_id, []).append(layer_size(layer, "classic").bytes)
    in_common = sum(sizes[0] for sizes in counted.values() if len(sizes) > 1)
    assert distinct_layers(images, "classic").bytes == unique + in_common


@given(STACKS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_deleting_every_image_in_any_order_frees_the_whole_disk(stacks, order):
    host = host_of(stacks)
    disk = distinct_layers(host.images.images.values(), "classic").bytes
    left = list(host.images.images.values())
    order.shuffle(left)
    freed, ids = 0, []
    for one in left:
        before = shared_sizes(host)[one.id].bytes
        deleted = delete(host, one)
        assert deleted.freed.bytes == total_size(one, "classic").bytes - before
        host, freed, ids = deleted.host, freed + deleted.freed.bytes, [*ids, *deleted.ids]
    assert (freed, host.images.images) == (disk, {})
    assert len(ids) == len(set(ids))


@pytest.fixture
def lab():
    made = Lab(now=NOW, personality=Personality("29", "buildkit", "classic"))
    context = Context.from_entries([{"path": "f", "type": "file", "content": "x" * 1_000_000}])
    for tag in ("one", "two"):
        made.build(f"FROM scratch\nCOPY f /\nCOPY f /{tag}\n", context=context, tag=tag)
    return made


def df(lab: Lab) -> list[str]:
    return lab.docker("system df --format {{.TotalCount}}/{{.Active}}/{{.Size}}/{{.Reclaimable}}").stdout.split("\n")


class TestFigures:
    def test_a_shared_layer_is_on_the_disk_once(self, lab):
        assert df(lab)[0] == "2/0/3MB/2MB (66%)"

    def test_what_was_untagged_by_force_dangles_until_it_is_pruned(self, lab):
        assert lab.docker("create --name cc one /x").exit_code == 0
        lab.docker("tag two one")
        assert lab.docker("images -q -f dangling=true").stdout.count("\n") == 1
        lab.docker("image prune -f")
        assert lab.docker("images -q -f dangling=true").stdout.count("\n") == 1, "a container uses it"
        lab.docker("rm -f cc")
        assert "Total reclaimed space: 0B" in lab.docker("image prune -f").stdout, "the build cache holds its layers"
        assert lab.docker("images -q -f dangling=true").stdout == ""

    def test_a_tag_that_moves_leaves_the_image_without_a_name(self, lab):
        first = lab.host.images.find("one")
        lab.docker("tag two one")
        assert lab.host.images.names(first.id) == ()
        assert first in lab.host.images.dangling()

    def test_without_the_build_cache_a_removal_lists_the_layers_nobody_has(self, lab):
        lab.docker("builder prune -af")
        one, two = lab.host.images.find("one"), lab.host.images.find("two")
        host, output = run(lab.host, ["rmi", "one"])
        assert output.stdout.splitlines() == [
            "Untagged: one:latest", f"Deleted: {one.id}", f"Deleted: {one.layers[1].chain_id}",
        ]  # fmt: skip
        _, output = run(host, ["rmi", "two"])
        assert [line.partition(" ")[2] for line in output.stdout.splitlines()[1:]] == [
            two.id, two.layers[1].chain_id, two.layers[0].chain_id,
        ]  # fmt: skip
