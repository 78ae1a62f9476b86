"""A session as a list of actions: what is kept, coalesced, refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab.personality import Personality
from layerlab.session.document import (
    MAX_ACTIONS,
    MAX_TEXT,
    Build,
    Command,
    Commit,
    Document,
    DocumentError,
    Edit,
    Option,
    Start,
    Touch,
    appended,
    from_json,
    to_json,
    without_changes,
)

START = Start("intro", "abc", 1_700_000_000_000_000_000, Personality("29", "buildkit", "containerd"))
TEXT = st.text(max_size=20)
BLOCKS = st.sampled_from(["a", "b"])
ACTIONS = st.one_of(
    st.builds(Build, BLOCKS, TEXT, st.none() | st.just("web@1"), st.none() | st.just("demo"), st.just({"target": "x"})),
    st.builds(Edit, BLOCKS, TEXT),
    st.builds(Commit, BLOCKS),
    st.builds(Touch, BLOCKS, TEXT, st.none() | st.just({"type": "file", "content": "x"})),
    st.builds(Option, BLOCKS, st.just("no_cache"), st.booleans()),
    st.builds(Command, BLOCKS, TEXT),
)


class TestKeeping:
    @given(st.lists(ACTIONS, max_size=8))
    def test_a_document_survives_json(self, actions):
        document = Document(START, tuple(actions))
        assert from_json(to_json(document)) == document

    def test_consecutive_edits_of_one_block_are_one(self):
        document = Document(START)
        for text in ("F", "FR", "FROM x"):
            document = appended(document, Edit("a", text))
        assert document.actions == (Edit("a", "FROM x"),)

    def test_an_edit_after_another_action_is_a_new_one(self):
        document = appended(appended(appended(Document(START), Edit("a", "1")), Commit("a")), Edit("a", "2"))
        assert document.actions == (Edit("a", "1"), Commit("a"), Edit("a", "2"))

    def test_edits_of_two_blocks_stay_apart(self):
        document = appended(appended(Document(START), Edit("a", "1")), Edit("b", "2"))
        assert len(document.actions) == 2

    def test_reset_takes_a_blocks_changes_and_nothing_else(self):
        build, other = Build("a", "FROM x"), Edit("b", "2")
        document = Document(
            START, (build, Edit("a", "1"), other, Option("a", "no_cache", value=True), Command("a", "x"))
        )
        assert without_changes(document, "a").actions == (build, other, Command("a", "x"))


class TestRefusing:
    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (None, "session.broken"),
            ([], "session.broken"),
            ({"schema": 2}, "session.schema"),
            ({"schema": 1}, "session.broken"),
            ({"schema": 1, "start": {"lab": "x", "hash": "", "now": "late"}, "actions": []}, "session.broken"),
            ({"schema": 1, "start": {"lab": "x", "hash": "", "now": 1}, "actions": "no"}, "session.broken"),
            (
                {"schema": 1, "start": {"lab": "x", "hash": "", "now": 1}, "actions": [{"type": "burn"}]},
                "session.broken",
            ),
            (
                {"schema": 1, "start": {"lab": "x", "hash": "", "now": 1}, "actions": [{"type": "edit", "block": 1}]},
                "session.broken",
            ),
            (
                {
                    "schema": 1,
                    "start": {"lab": "x", "hash": "", "now": 1, "personality": {"engine": "1"}},
                    "actions": [],
                },
                "session.broken",
            ),
        ],
    )
    def test_a_wrong_shape_is_named(self, value, code):
        with pytest.raises(DocumentError) as caught:
            from_json(value)
        assert caught.value.code == code

    @pytest.mark.parametrize(
        "action",
        [
            lambda huge: Edit("a", huge),
            lambda huge: Command("a", huge),
            lambda huge: Option("a", "build_args", {"A": huge}),
            lambda huge: Option("a", "no_cache_filter", [huge]),
            lambda huge: Touch("a", "f", {"type": "file", "content": huge}),
        ],
        ids=["edit", "command", "map", "list", "file"],
    )
    def test_a_huge_text_is_refused_wherever_it_stands(self, action):
        value = to_json(Document(START, (action("x" * (MAX_TEXT + 1)),)))
        with pytest.raises(DocumentError) as caught:
            from_json(value)
        assert caught.value.code == "session.too_long"

    def test_more_actions_than_the_limit_are_refused(self):
        document = Document(START, (Command("a", "x"),) * MAX_ACTIONS)
        with pytest.raises(DocumentError) as caught:
            appended(document, Command("a", "y"))
        assert caught.value.code == "session.too_many_actions"

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | TEXT,
            lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
        )
    )
    def test_any_json_is_read_or_refused(self, value):
        refusals = []
        try:
            from_json(value)
        except DocumentError as error:
            refusals.append(error.code)
        assert all(code.startswith("session.") for code in refusals)
