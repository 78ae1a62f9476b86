"""Images come into a session as archives and leave it as archives; their bytes travel beside the JSON."""

from __future__ import annotations

import gzip
import html
import io
import json
import re
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.archiving import export_image
from layerlab.build.context import Context
from layerlab.catalogue.files import load
from layerlab.image.archive import ArchiveLimits
from layerlab.lab import Lab
from layerlab.messages import load as load_messages
from layerlab.session import Service
from layerlab.session.document import MAX_ACTIONS, DocumentError, from_json

NOW = 1_790_000_000_000_000_000
DOCKERFILE = "FROM scratch\nCOPY . /app\nCOPY app.py /app/app.py\nENV A=1\n"
FILES = [{"path": "app.py", "type": "file", "mode": "0644", "content": "print(1)\n"}]
DIGEST = "sha256:" + "ab" * 32


def archive(text=DOCKERFILE, tag="mine:1", files=FILES, form="docker"):
    """What `layerlab export` writes of an image that was built elsewhere."""
    lab = Lab(now=NOW)
    lab.build(text, context=Context.from_entries(files), tag=tag)
    image = tag or next(iter(lab.host.images.images))
    return export_image(lab.host, image, form, load_messages("en")).data


def document(*actions, **personality):
    start = {"lab": "intro", "hash": "h", "now": NOW, "personality": personality}
    return {"schema": 1, "engine": "0.1.0", "start": start, "actions": list(actions)}


BUILD = {"type": "build", "block": "a", "text": DOCKERFILE, "context": "web@1", "tag": "demo"}


@pytest.fixture
def service():
    return fresh()


def fresh():
    made = Service(load)
    made.supply("context/web@1", json.dumps({"entries": FILES}))
    return made


def ask(service, method, doc, views=("console", "history", "files"), **more):
    request = {"v": 1, "id": 7, "method": method, "lang": "en", "document": doc, "block": "a", "prefix": "p"}
    return json.loads(service.handle(json.dumps(request | {"views": list(views)} | more)))


def bring(service, data, doc, name="mine.tar", **more):
    return ask(service, "import", doc, archive=service.deposit(data), name=name, **more)


def text_of(reply, view):
    return html.unescape(re.sub(r"<[^>]+>", "", reply["fragments"][view]["html"]))


class TestImporting:
    def test_the_terminal_shows_docker_load_and_the_image_is_on_the_host(self, service):
        reply = bring(service, archive(), document(BUILD))
        assert reply["ok"]
        assert "$ docker load -i mine.tar\nLoaded image: mine:1\n" in text_of(reply, "console")
        images = ask(service, "command", reply["document"], line="docker images")
        assert re.search(r"mine +1 ", text_of(images, "console"))

    def test_the_reply_names_the_images_and_what_they_hold(self, service):
        (loaded,) = bring(service, archive(), document(BUILD))["loaded"]
        assert loaded["names"] == ["mine:1"]
        assert loaded["from"] == "mine:1"
        assert (loaded["layers"], loaded["size"], loaded["shown"]) == (2, 18, "18B")

    def test_from_finds_it_and_its_layers_and_files_are_shown(self, service):
        reply = bring(service, archive(), document(BUILD))
        built = ask(service, "edit", reply["document"], text="FROM mine:1\nRUN true\n")
        assert built["status"] == "failed", "there is no shell in it"
        built = ask(service, "edit", reply["document"], text="FROM mine:1\n")
        assert built["status"] == "ok"
        assert "COPY app.py /app/app.py # buildkit" in text_of(built, "history")
        files = text_of(built, "files")
        assert "/app/app.py" in files
        assert "(hidden by a later layer of the base)" in files

    def test_what_stood_in_the_editor_stays(self, service):
        reply = bring(service, archive(), document(BUILD))
        assert [action["type"] for action in reply["document"]["actions"]] == ["build", "load"]
        assert (
            ask(service, "open", reply["document"], ["history"])["fragments"]
            == ask(service, "open", document(BUILD), ["history"])["fragments"]
        )

    def test_an_image_without_a_name_gets_one_by_a_command_that_is_shown(self, service):
        reply = bring(service, archive(tag=None), document(BUILD), name="My App (1).tar.gz")
        (loaded,) = reply["loaded"]
        assert loaded["names"] == []
        assert loaded["from"] == "my-app-1:loaded"
        assert f"docker tag {loaded['id'][7:19]} my-app-1:loaded" in text_of(reply, "console")
        assert ask(service, "edit", reply["document"], text="FROM my-app-1:loaded\n")["status"] == "ok"

    @pytest.mark.parametrize("form", ["docker", "oci"])
    @pytest.mark.parametrize("store", ["classic", "containerd"])
    def test_both_forms_in_both_stores_plain_and_packed(self, service, form, store):
        data = archive(form=form)
        for given_data in (data, gzip.compress(data)):
            reply = bring(service, given_data, document(BUILD, store=store, engine="29"))
            assert reply["loaded"][0]["names"] == ["mine:1"]

    def test_another_engine_asks_for_the_archive_and_then_answers_the_same(self, service):
        data = archive()
        doc = ask(service, "edit", bring(service, data, document(BUILD))["document"], text="FROM mine:1\n")["document"]
        other = fresh()
        asked = ask(other, "open", doc)["needs"]
        assert len(asked) == 1
        assert asked[0].startswith("archive/sha256:")
        assert "archive/" + other.deposit(data) == asked[0]
        assert ask(other, "open", doc) == ask(service, "open", doc)

    def test_a_lost_archive_is_said_and_the_session_goes_on(self):
        service = fresh()
        data = archive()
        doc = bring(service, data, document(BUILD))["document"]
        other = fresh()
        (name,) = ask(other, "open", doc)["needs"]
        other.lose(name)
        without = ask(other, "open", doc)
        assert without["ok"]
        assert "open mine.tar: no such file or directory" in text_of(without, "console")
        assert "mine.tar isn't in this browser" in text_of(without, "console")
        assert ask(other, "edit", doc, text="FROM mine:1\n")["status"] != "ok"
        other.deposit(data)
        assert ask(other, "open", doc) == ask(service, "open", doc)


def tar(*members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def reordered(data, change):
    """The archive with its entries passed through a function from name and bytes to what stands there instead."""
    with tarfile.open(fileobj=io.BytesIO(data)) as whole:
        entries = [(info.name, whole.extractfile(info).read()) for info in whole if info.isreg()]
    return tar(*(entry for name, content in entries for entry in change(name, content)))


BROKEN = {
    "cut": ("archive.truncated", "blobs/sha256", lambda data: data[: len(data) // 2]),
    "no tar": ("archive.not_tar", "archive", lambda _: b"hello" * 1000),
    "a tar of something": ("archive.not_image", "", lambda _: tar(("a.txt", b"a"))),
    "escaping": ("archive.escapes", "../etc/passwd", lambda data: reordered(data, lambda n, c: [(n, c), ("../etc/passwd", b"x")])),
    "twice": ("archive.duplicate", "index.json", lambda data: reordered(data, lambda n, c: [(n, c)] * (1 + (n == "index.json")))),
    "another digest": ("archive.digest", "blobs/sha256", lambda data: reordered(data, lambda n, c: [(n, c.replace(b"print(1)", b"print(2)"))])),
    "missing": ("archive.missing", "blobs/sha256", lambda data: reordered(data, lambda n, c: [] if b"print(1)" in c else [(n, c)])),
    "packed badly": ("archive.damaged", "archive", lambda data: gzip.compress(data)[:-300]),
}  # fmt: skip


class TestRefusing:
    @pytest.mark.parametrize("kind", BROKEN)
    def test_the_sentence_names_the_entry_and_nothing_is_loaded(self, service, kind):
        code, entry, damage = BROKEN[kind]
        before = document(BUILD)
        shown = ask(service, "open", before)
        reply = bring(service, damage(archive()), before)
        assert not reply["ok"]
        assert reply["error"]["code"] == code
        assert entry in reply["error"]["message"]
        assert ask(service, "open", before) == shown

    def test_a_bomb_is_refused_before_it_is_unpacked(self, service, monkeypatch):
        monkeypatch.setattr("layerlab.session.archives.LIMITS", ArchiveLimits(size=1 << 20, entries=100))
        reply = bring(service, gzip.compress(bytes(50 << 20)), document(BUILD))
        assert reply["error"]["code"] == "archive.too_large"
        assert "limit" in reply["error"]["message"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"archive": "sha256:" + "AB" * 32},
            {"archive": "../../etc/passwd"},
            {"archive": 7},
            {"name": "a/b"},
            {"name": ""},
            {"name": "a\nb"},
            {"name": "x" * 300},
            {"name": None},
        ],
    )
    def test_a_document_with_an_impossible_load_is_refused(self, fields):
        action = {"type": "load", "block": "a", "archive": DIGEST, "name": "x.tar"} | fields
        with pytest.raises(DocumentError, match=r"session\.broken"):
            from_json(document(action))

    def test_a_hostile_name_is_shown_as_text(self, service):
        reply = bring(service, archive(), document(BUILD), name='"><img src=x onerror=alert(1)>.tar')
        assert "<img" not in reply["fragments"]["console"]["html"]
        assert "docker load -i '\"><img src=x onerror=alert(1)>.tar'" in text_of(reply, "console")

    def test_an_import_without_a_digest_is_refused(self, service):
        assert ask(service, "import", document(BUILD), name="x.tar")["error"]["code"] == "session.request"

    def test_a_full_session_is_refused(self, service):
        full = document(BUILD, *[{"type": "commit", "block": "a"}] * (MAX_ACTIONS - 1))
        assert bring(service, archive(), full)["error"]["code"] == "session.too_many_actions"


class TestExporting:
    @pytest.mark.parametrize("form", ["docker", "oci"])
    def test_the_bytes_are_those_of_the_command_line(self, service, form):
        reply = ask(service, "export", document(BUILD), form=form)
        assert reply["file"] == "demo.tar"
        assert service.take() == archive(tag="demo", form=form)
        assert service.take() == b"", "they are given once"

    def test_a_check_says_that_it_can_be_had_and_makes_nothing(self, service):
        reply = ask(service, "export", document(BUILD), check=True)
        assert reply["ok"]
        assert reply["image"] == "demo"
        assert service.take() == b""

    @pytest.mark.parametrize("check", [True, False])
    def test_what_is_known_by_size_alone_is_refused_with_the_layer_and_the_path(self, service, check):
        build = BUILD | {"text": "FROM ubuntu:20.04\nCOPY . /app\n"}
        reply = ask(service, "export", document(build), check=check)
        assert not reply["ok"]
        assert re.match(r"demo can't be written: in layer 1 of \d", reply["error"]["message"])
        assert service.take() == b""

    def test_before_a_build_that_worked_there_is_nothing(self, service):
        reply = ask(service, "export", document(BUILD | {"text": "FROM\n"}))
        assert reply["error"]["code"] == "archive.no_image"

    def test_an_unknown_form_is_refused(self, service):
        assert ask(service, "export", document(BUILD), form="zip")["error"]["code"] == "session.request"

    def test_an_image_that_lost_its_tag_leaves_by_its_id(self, service):
        doc = ask(service, "command", document(BUILD), line="docker tag demo other && docker rmi demo")["document"]
        reply = ask(service, "export", doc)
        assert reply["ok"]
        assert re.fullmatch(r"[0-9a-f]{60}\.tar", reply["file"])
        again = bring(service, service.take(), document(BUILD))
        assert again["loaded"][0]["names"] == ["other:latest"]

    def test_a_file_that_docker_save_wrote_can_be_had(self, service):
        reply = ask(service, "command", document(BUILD), line="docker save -o x.tar demo")
        assert 'data-file="/work/x.tar"' in reply["fragments"]["console"]["html"]
        assert "x.tar was written" in text_of(reply, "console")
        moved = ask(service, "command", reply["document"], line="cd /tmp")
        found = ask(service, "export", moved["document"], path="/work/x.tar")
        assert found["file"] == "x.tar"
        assert service.take() == archive(tag="demo")
        missing = ask(service, "export", moved["document"], path="/work/y.tar")
        assert missing["error"]["code"] == "archive.no_file"


NAMES = st.text("abcdefgh", min_size=1, max_size=6)
CONTENTS = st.text(max_size=30)


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(NAMES, CONTENTS, min_size=1, max_size=5), st.sampled_from(["docker", "oci"]))
def test_export_then_import_is_the_same_image(files, form):
    entries = [{"path": path, "type": "file", "mode": "0644", "content": text} for path, text in files.items()]
    service = Service(load)
    service.supply("context/web@1", json.dumps({"entries": entries}))
    build = document(BUILD | {"text": 'FROM scratch\nCOPY . /srv\nWORKDIR /srv\nLABEL a=b\nCMD ["x"]\n'})
    assert ask(service, "export", build, form="docker")["ok"]
    whole = service.take()
    assert ask(service, "export", build, form=form)["ok"]
    reply = bring(service, service.take(), document(BUILD | {"text": "FROM scratch\nCOPY . /other\n", "tag": "other"}))
    saved = ask(service, "command", reply["document"], line="docker save -o back.tar demo")
    assert ask(service, "export", saved["document"], path="back.tar")["ok"]
    assert service.take() == whole
