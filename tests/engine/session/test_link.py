"""Sessions as links: they lead back to the session, and whatever is no link of ours is refused with a sentence."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab.catalogue.files import load
from layerlab.messages import load as load_messages
from layerlab.personality import Personality
from layerlab.session import Service
from layerlab.session.document import (
    Build,
    Command,
    Commit,
    Document,
    DocumentError,
    Edit,
    Option,
    Start,
    Touch,
    to_json,
)
from layerlab.session.link import MAX_LINK, MAX_UNPACKED, read_link, write_link

NOW = 1_790_000_000_000_000_000
START = Start("play-post", "abc", NOW, Personality("29", "buildkit", "containerd"))
TEXT = st.text(max_size=60)
BLOCKS = st.sampled_from(["a", "b"])
FILES = st.fixed_dictionaries(
    {"type": st.just("file"), "content": TEXT}, optional={"mode": st.sampled_from(["0644", "755"])}
)
ACTIONS = st.one_of(
    st.builds(Build, BLOCKS, TEXT, st.none() | st.just("web-app@1"), st.none() | st.just("demo")),
    st.builds(
        Build, BLOCKS, TEXT, options=st.fixed_dictionaries({"build_args": st.dictionaries(TEXT, TEXT, max_size=2)})
    ),
    st.builds(Edit, BLOCKS, TEXT),
    st.builds(Commit, BLOCKS),
    st.builds(Touch, BLOCKS, TEXT, st.none() | FILES | st.just({"type": "file", "content_b64": "AAE="})),
    st.builds(Option, BLOCKS, st.sampled_from(["target", "engine"]), st.none() | TEXT),
    st.builds(Option, BLOCKS, st.just("no_cache"), st.none() | st.booleans()),
    st.builds(Command, BLOCKS, TEXT),
)
DOCUMENTS = st.builds(
    Document, st.builds(Start, TEXT, TEXT, st.integers(0, 2**62), st.just(Personality())), st.lists(ACTIONS, max_size=8)
).map(lambda document: Document(document.start, tuple(document.actions)))
POST = Document(START, (Build("a", "FROM ubuntu:20.04\nCOPY . /app\n", "web-app@1", "demo"),))


def packed(data, version="1"):
    return f"#ll{version}." + base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")


class TestRoundTrip:
    @given(DOCUMENTS)
    def test_a_link_leads_back_to_its_session(self, document):
        assert read_link(write_link(document)) == document

    def test_files_the_reader_changed_travel_inside(self):
        document = Document(
            START, (*POST.actions, Touch("a", "app.py", {"type": "file", "content": "print('안녕')\n"}))
        )
        assert read_link(write_link(document)).actions[-1] == document.actions[-1]

    def test_a_fragment_needs_no_hash_sign_and_may_stand_in_a_url(self):
        link = write_link(POST)
        assert read_link(link[1:]) == POST
        assert read_link("https://example.org/playground/" + link) == POST

    @pytest.mark.parametrize("level", [0, 1, 6, 9])
    def test_another_zlib_may_have_packed_it(self, level):
        text = json.dumps(to_json(POST), indent=level).encode()
        link = "#ll1." + base64.urlsafe_b64encode(zlib.compress(text, level)).decode().rstrip("=")
        assert read_link(link) == POST

    def test_it_has_only_characters_that_urls_keep(self):
        assert set(write_link(POST)) <= set("#.-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class TestLimits:
    def test_a_session_too_large_for_a_link_is_refused(self):
        noise = "".join(chr(0xAC00 + (at * 7919) % 11172) for at in range(6000))
        with pytest.raises(DocumentError) as refused:
            write_link(Document(START, (Build("a", noise),)))
        assert (refused.value.code, refused.value.detail) == ("link.too_large", f"{MAX_LINK:,}")

    def test_an_over_long_link_is_refused(self):
        with pytest.raises(DocumentError) as refused:
            read_link("#ll1." + "A" * MAX_LINK)
        assert refused.value.code == "link.too_long"

    def test_a_link_that_unpacks_to_more_than_the_limit_is_refused(self):
        with pytest.raises(DocumentError) as refused:
            read_link(packed(b'"' + b" " * MAX_UNPACKED + b'"'))
        assert refused.value.code == "link.too_long"

    def test_the_limit_itself_is_read(self):
        text = json.dumps(to_json(POST)).encode()
        assert read_link(packed(text + b" " * (MAX_UNPACKED - len(text)))) == POST


WHOLE = to_json(POST)


def with_action(**fields):
    return WHOLE | {"actions": [*WHOLE["actions"], fields]}


class TestRefusals:
    @pytest.mark.parametrize(
        ("link", "code"),
        [
            ("", "link.none"),
            ("#top", "link.none"),
            ("https://example.org/", "link.none"),
            ("#llx.abc", "link.none"),
            ("#ll2.abc", "link.version"),
            ("#ll1.", "link.broken"),
            ("#ll1.****", "link.broken"),
            ("#ll1.abc", "link.broken"),
            ("#ll1.안녕", "link.broken"),
            (write_link(POST)[:-6], "link.broken"),
            (write_link(POST) + "AAAA", "link.broken"),
            (packed(b"\xff\xfe"), "link.broken"),
            (packed(b"[" * 60_000), "link.broken"),
            (packed(b"1" * 6000), "link.broken"),
            (packed(b"null"), "link.broken"),
            (packed(b"{}"), "link.broken"),
            (packed(json.dumps(WHOLE | {"schema": 99}).encode()), "link.outdated"),
            (packed(json.dumps(WHOLE | {"actions": "x"}).encode()), "link.broken"),
            (packed(json.dumps(with_action(type="explode", block="a")).encode()), "link.broken"),
        ],
    )
    def test_each_defect_has_its_own_sentence(self, link, code):
        with pytest.raises(DocumentError) as refused:
            read_link(link)
        assert refused.value.code == code
        assert all(code in load_messages(language) for language in ("ko", "en"))

    @pytest.mark.parametrize(
        "action",
        [
            {"type": "touch", "block": "a", "path": "x", "entry": {"type": "file", "mode": "zz"}},
            {"type": "touch", "block": "a", "path": "x", "entry": {"type": "file", "mtime": float("inf")}},
            {"type": "touch", "block": "a", "path": "x", "entry": {"type": "file", "mtime": "now"}},
            {"type": "touch", "block": "a", "path": "x", "entry": {"type": "device"}},
            {"type": "touch", "block": "a", "path": "x", "entry": {"type": "symlink"}},
            {"type": "touch", "block": "a", "path": "x", "entry": {"type": "file", "content": {}}},
            {"type": "touch", "block": "a", "path": "x", "entry": {"type": "file", "content_b64": "A"}},
            {"type": "touch", "block": "a", "path": "x", "entry": [1]},
            {"type": "touch", "block": "a", "path": 5, "entry": None},
            {"type": "option", "block": "a", "name": "build_args", "value": 5},
            {"type": "option", "block": "a", "name": "build_args", "value": {"A": {}}},
            {"type": "option", "block": "a", "name": "no_cache_filter", "value": "x"},
            {"type": "option", "block": "a", "name": [], "value": "x"},
            {"type": "option", "block": "a", "name": "secrets", "value": "x"},
            {"type": "build", "block": "a", "text": "FROM x", "target": 5},
            {"type": "build", "block": "a", "text": "FROM x", "context": {}},
            {"type": "build", "block": "a", "text": "FROM x", "labels": [1]},
        ],
    )
    def test_what_the_builder_could_not_take_is_refused(self, action):
        with pytest.raises(DocumentError) as refused:
            read_link(packed(json.dumps(with_action(**action)).encode()))
        assert refused.value.code == "link.broken"

    @given(st.binary(max_size=60))
    def test_any_bytes_are_a_session_or_refused(self, data):
        body = base64.urlsafe_b64encode(data).decode()
        for link in (f"#ll1.{body}", packed(data)):
            with pytest.raises(DocumentError):
                read_link(link)


class TestTheDoor:
    def ask(self, **asked):
        return json.loads(Service(load).handle(json.dumps({"v": 1, "id": 3, "lang": "ko"} | asked)))

    def test_link_and_unlink(self):
        reply = self.ask(method="link", document=to_json(POST))
        assert reply["ok"]
        assert (reply["length"], reply["limit"]) == (len(reply["link"]), MAX_LINK)
        assert self.ask(method="unlink", link=reply["link"])["document"] == to_json(POST)

    def test_a_refusal_says_why_and_brings_no_document(self):
        reply = self.ask(method="unlink", link="#ll1.abc")
        assert not reply["ok"]
        assert reply["error"] == {"code": "link.broken", "message": load_messages("ko")("link.broken")}
        assert "document" not in reply

    @pytest.mark.parametrize("asked", [{"method": "unlink"}, {"method": "unlink", "link": 5}, {"method": "link"}])
    def test_wrong_parameters_are_refused(self, asked):
        assert not self.ask(**asked)["ok"]

    def test_a_file_where_none_can_be_is_refused_with_its_path(self):
        entry = {"type": "file", "content": "x"}
        actions = [
            {"type": "build", "block": "a", "text": "FROM scratch\n"},
            {"type": "touch", "block": "a", "path": "x", "entry": entry},
        ]
        document = WHOLE | {"actions": actions}
        reply = self.ask(method="touch", document=document, block="a", path="x/y", entry=entry, views=[])
        assert reply["error"]["code"] == "session.path"
        assert "x/y" in reply["error"]["message"]
