"""What the catalogue's page and the fidelity page are made from."""

from __future__ import annotations

import json
from pathlib import Path

from layerlab.catalogue import Data
from layerlab.catalogue.files import load
from layerlab.catalogue.listing import measured_layers, recorded_images

RECORDED = json.loads((Path(__file__).parent / "recorded_rows.json").read_text(encoding="utf-8"))


def test_every_recorded_tag_is_listed_with_its_source():
    listed = {image.reference: image for image in recorded_images(Data(load))}
    assert set(listed) == set(RECORDED)
    assert all(image.provenance.source and image.provenance.snapshot for image in listed.values())


def test_counts_are_those_of_the_rows():
    for image in recorded_images(Data(load)):
        rows = RECORDED[image.reference]["rows"]
        assert image.rows == len(rows)
        assert image.cut == sum(row[1] for row in rows)
        assert image.layers == sum(not row[2] for row in rows)
        assert image.open_layers == sum(not row[2] and row[3] is None for row in rows)


def test_aliases_are_beside_their_tag():
    listed = {image.reference: image for image in recorded_images(Data(load))}
    assert "focal" in listed["ubuntu:20.04"].aliases
    assert "latest" in listed["ubuntu:26.04"].aliases


def test_measured_layers_say_how_far_they_are_off():
    tolerance, layers = measured_layers(Data(load))
    assert tolerance == 0.03
    assert len(layers) == 17
    assert all(
        layer.hit == (layer.ours is not None and abs(layer.ours - layer.measured) <= tolerance * layer.measured)
        for layer in layers
    )
