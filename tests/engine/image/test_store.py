"""Names, ids and parents in the image store."""

from __future__ import annotations

import pytest

from layerlab.filesystem import EMPTY
from layerlab.image.config import ImageConfig
from layerlab.image.image import Image
from layerlab.image.store import AmbiguousIdError, ImageStore


def image(digits: str, parent: str | None = None) -> Image:
    return Image("sha256:" + digits.ljust(64, "0"), ImageConfig(), (), (), EMPTY, 1, parent=parent)


A, B = image("ab1"), image("ab2")
STORE = ImageStore().add(A).add(B).tag("demo", A.id).tag("me/x:1", B.id)


def test_a_tag_moves_and_leaves_the_old_image_dangling() -> None:
    moved = STORE.tag("demo:latest", B.id)
    assert moved.names(B.id) == ("docker.io/me/x:1", "docker.io/library/demo:latest")
    assert moved.dangling() == (A,)


@pytest.mark.parametrize("text", ["demo", "docker.io/library/demo:latest", "ab1", A.id, A.id[7:]])
def test_an_image_is_found_by_name_id_and_prefix(text: str) -> None:
    assert STORE.find(text) is A


def test_a_prefix_of_several_is_ambiguous() -> None:
    with pytest.raises(AmbiguousIdError):
        STORE.find("ab")


def test_a_name_goes_before_a_prefix() -> None:
    assert STORE.tag("ab2", A.id).find("ab2") is A


def test_parents_are_neither_dangling_nor_listed() -> None:
    store = ImageStore().add(A).add(image("c", A.id)).tag("top", image("c").id)
    assert store.dangling() == ()
    assert [found.id for found, _ in store.listed()] == [image("c").id]
    assert len(list(store.listed(everything=True))) == 2


def test_removing_takes_the_names_too() -> None:
    assert STORE.remove(A.id).find("demo") is None
    assert STORE.untag("demo").find(A.id) is A
