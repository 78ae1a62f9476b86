"""Tools of unknown effect: they look at their input all the same."""

from __future__ import annotations

import pytest
from engine.packages.package_runs import CATALOGUE, on

from layerlab.catalogue.packages import PackageFacts
from layerlab.filesystem import Editor, File, Unknown
from layerlab.messages import load as load_messages
from layerlab.shell.run import run


@pytest.mark.parametrize(
    ("image", "command", "code", "words"),
    [
        ("golang:1.26", "go build .", 1, "go: go.mod file not found in current directory or any parent directory"),
        (
            "rust:1.80",
            "cargo build --release",
            101,
            "error: could not find `Cargo.toml` in `/src` or any parent directory",
        ),
        ("ruby:4.0-slim", "bundle install", 10, "Could not locate Gemfile"),
        ("composer:2", "composer install", 1, "Composer could not find a composer.json file in /src"),
    ],
)
def test_a_missing_project_file_is_the_tools_own_error(image, command, code, words):
    ran = on(image, command, cwd="/src")
    assert ran.code == code
    assert ran.err.startswith(words)


@pytest.mark.parametrize(
    ("image", "command", "file"),
    [
        ("golang:1.26", "go mod download && go build ./...", "go.mod"),
        ("rust:1.80", "cargo build --release", "Cargo.toml"),
        ("ruby:4.0-slim", "bundle install", "Gemfile"),
        ("maven:3.9", "mvn -q package", "pom.xml"),
        ("mysql:8", "microdnf install -y tar", "x"),
    ],
)
def test_with_it_the_effect_is_unknown_and_said(image, command, file):
    ran = on(image, command, cwd="/src", files={f"/src/{file}": "x"})
    assert ran.code == 0
    assert "packages.other.unknown" in ran.keys
    assert ran.size.bytes is None


def test_the_named_result_of_a_build_is_there_for_later_stages():
    ran = on("golang:1.26", "go build -o /out/server ./cmd", cwd="/src", files={"/src/go.mod": "module x"})
    node = ran.tree.lookup("/out/server")
    assert isinstance(node, File)
    assert isinstance(node.content, Unknown)
    assert node.meta.mode & 0o111


def test_without_facts_a_package_manager_is_an_unknown_program():
    editor = Editor(CATALOGUE.resolve("debian:12").image.tree, 0)
    outcome = run(editor, ["apt-get", "update"], env={}, cwd="/")
    assert outcome.exit_code == 0
    assert [note.key for note in outcome.notes] == ["shell.unmodelled"]


def test_facts_are_asked_for_by_name_when_they_are_not_loaded():
    from layerlab.catalogue import Data, DataNotLoadedError
    from layerlab.catalogue.files import load

    data = Data({"index": load("index")}.get)
    editor = Editor(CATALOGUE.resolve("debian:12").image.tree, 0)
    with pytest.raises(DataNotLoadedError) as caught:
        run(editor, ["apt-get", "update"], env={}, cwd="/", facts=PackageFacts(data))
    assert caught.value.names[0].startswith("packages/debian-12@")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_note_has_a_sentence_with_its_placeholders(language):
    messages = load_messages(language)
    scripts = [
        (
            "debian:12",
            "apt-get update && apt-get install -y curl libpq5 wine && apt-get purge -y curl bash && apt-get upgrade",
        ),
        ("ubuntu:20.04", "apt-get update && apt-get install -y nginx"),
        ("alpine:3.20", "apk update && apk add curl && apk del curl && apk upgrade && apk info"),
        ("python:3.12-slim", "pip install flask==1 nothing ./x.whl; pip list; python -m venv /v; python x.py"),
        ("node:22", "npm install; npm install -g pm2 nothing; npm cache clean; npx x"),
        ("golang:1.26", "go mod download"),
    ]
    for image, script in scripts:
        for note in on(image, script, files={"/x.whl": "x"}).outcome.notes:
            assert note.key in messages
            assert "{" not in messages(note.key, **dict(note.params))
