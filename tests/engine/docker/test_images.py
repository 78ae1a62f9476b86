"""`docker images` as text: the tree of Docker 29, the classic table, recorded ones byte for byte."""

from __future__ import annotations

import json
import re

import pytest
from engine.docker.docker_recordings import CASES, ID, MINUTE, NOW, moment, recordings

from layerlab.docker.images import LISTING, ImagesOptions, ImageSummary, PlatformImage, classic_text
from layerlab.docker.imagetree import tree_text
from layerlab.docker.units import human

INDEX = 855
TABLES = [(case, flavour, data) for case, flavour, data in recordings() if data.get("docker_images_text")]


def attestation(data):
    """Bytes of the attestation: about 1080 or 915, as the recorded text says (specification 7.4)."""
    shown = data["docker_images_text"].split()[-1]
    return next(size for size in (1080, 915, *range(900, 1100)) if human(data["docker_inspect_size"] + size) == shown)


def summary(flavour, data):
    repository, _, tag = data["tag"].rpartition(":")
    layers = sum(data["docker_history_sizes"])
    age = re.search(r"(\S+ \S+ ago)", data["docker_images_text"])
    created = moment(age[1]) if age else NOW
    if flavour != "expect.json":
        return ImageSummary(ID, ((repository, tag),), (), created, layers)
    inspect = data["docker_inspect_size"]
    content = inspect + attestation(data)
    child = PlatformImage("linux/amd64", ID, inspect - INDEX + layers, inspect - INDEX)
    return ImageSummary(ID, ((repository, tag),), (), created, content + layers, content, platforms=(child,))


@pytest.mark.parametrize(
    ("flavour", "data"), [table[1:] for table in TABLES], ids=["-".join(table[:2]) for table in TABLES]
)
def test_a_recorded_table_is_met(flavour, data):
    image = summary(flavour, data)
    if "legacy" in flavour or "20.10" in flavour:
        assert classic_text([image], NOW, ImagesOptions(), "20.10", "code points") == data["docker_images_text"]
        return
    assert tree_text([image]) == data["docker_images_text"]
    if "docker_images_tree_text" in data:
        assert tree_text([image], expanded=True) == data["docker_images_tree_text"]


TWO_TAGS = ImageSummary(ID, (("demo", "1"), ("demo", "latest")), (), NOW - 2 * MINUTE, 89_000_000)
DANGLING = ImageSummary("sha256:" + "b" * 64, (), (), NOW - 5 * MINUTE, 12)
MOVED = ImageSummary("sha256:" + "c" * 64, (), (("ubuntu", "sha256:" + "d" * 64),), NOW - 5 * MINUTE, 12)


def test_one_row_a_tag_and_none_for_what_has_no_name():
    text = classic_text([TWO_TAGS, DANGLING, MOVED], NOW, ImagesOptions(), "28")
    assert [line.split()[:2] for line in text.splitlines()[1:]] == [
        ["demo", "1"],
        ["demo", "latest"],
        ["<none>", "<none>"],
        ["ubuntu", "<none>"],
    ]


def test_quiet_prints_an_id_a_row():
    assert classic_text([TWO_TAGS], NOW, ImagesOptions(quiet=True), "28") == "aaaaaaaaaaaa\naaaaaaaaaaaa\n"


def test_digests_stand_in_a_column_of_their_own():
    lines = classic_text([TWO_TAGS, MOVED], NOW, ImagesOptions(digests=True), "28").splitlines()
    assert lines[0].split() == ["REPOSITORY", "TAG", "DIGEST", "IMAGE", "ID", "CREATED", "SIZE"]
    assert "<none>" in lines[1]
    assert "sha256:" + "d" * 64 in lines[3]


def test_docker_28_still_has_a_virtual_size():
    options = ImagesOptions(format="json")
    assert "VirtualSize" in classic_text([TWO_TAGS], NOW, options, "28")
    assert "VirtualSize" not in classic_text([TWO_TAGS], NOW, options, "29")


@pytest.mark.parametrize("field", sorted(LISTING.titles))
def test_every_field_of_the_json_can_be_asked_for(field):
    whole = classic_text([TWO_TAGS, DANGLING], NOW, ImagesOptions(format="json", no_trunc=True), "28").splitlines()
    single = classic_text([TWO_TAGS, DANGLING], NOW, ImagesOptions(format="{{." + field + "}}", no_trunc=True), "28")
    assert [json.loads(row)[field] for row in whole] == single.splitlines()


def test_the_tree_sorts_by_name_and_puts_untagged_ones_last():
    used = ImageSummary(ID, (("web", "1"),), (), NOW, None, in_use=True)
    lines = tree_text([DANGLING, used, TWO_TAGS]).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["demo:1", "demo:latest", "web:1", "<untagged>"]
    assert lines[3].endswith("?             0B   U    ")


def test_several_tags_share_one_entry_of_the_expanded_tree():
    children = (PlatformImage("linux/amd64", ID, 1, 1), PlatformImage("linux/arm64", ID, 1, 1, in_use=True))
    image = ImageSummary(ID, (("demo", "1"), ("demo", "2")), (), NOW, 5, 5, platforms=children)
    lines = tree_text([image], expanded=True).split("\n")
    assert lines[1].rstrip() == "demo:1"
    assert lines[2].startswith("demo:2 ")
    assert lines[3].startswith("├─ linux/amd64")
    assert lines[4].startswith("└─ linux/arm64")
    assert lines[4].endswith("U    ")
    assert lines[5:] == ["", ""]


def test_on_a_terminal_there_is_a_legend_and_colour():
    """As recorded on 120 columns."""
    session = json.loads((CASES.parent / "transcripts" / "terminal-29.json").read_text())["transcript"]
    sizes = {
        "app-base:1": (4_250_000, 2_150_000),
        "busybox:1.36": (4_210_000, 2_140_000),
        "shop:1": (4_230_000, 2_140_000),
    }
    images = [
        ImageSummary(
            ID, (tuple(name.split(":")),), (), NOW, size, content, in_use=name == "shop:1",
            platforms=(PlatformImage("linux/amd64", ID, size, content, in_use=name == "shop:1"),),
        )
        for name, (size, content) in sizes.items()
    ]  # fmt: skip
    assert tree_text(images, columns=120) == session[0]["stdout"]
    assert tree_text(images, expanded=True, columns=120) == session[1]["stdout"]
