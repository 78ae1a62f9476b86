"""The element builder escapes everything; messages fill placeholders and choose Korean particles."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab.html import data_block, element
from layerlab.messages import PLURAL, Messages, load, with_particles


class TestElements:
    @given(st.text())
    def test_text_and_attributes_can_not_become_markup(self, text):
        html = str(element("p", text, title=text))
        inside = html.removeprefix('<p title="').removesuffix("</p>")
        assert inside.count("<") == 0
        assert inside.count('"') == 1

    @given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
    def test_a_data_block_ends_only_where_it_ends_and_holds_the_data(self, value):
        html = str(data_block(json.dumps(value), "x"))
        body = html.removeprefix('<template class="x">').removesuffix("</template>")
        assert "<" not in body
        assert json.loads(body) == value

    @pytest.mark.parametrize("name", ["style", "onclick"])
    def test_attributes_that_a_strict_policy_forbids_are_refused(self, name):
        with pytest.raises(ValueError, match=name):
            element("p", **{name: "x"})

    def test_false_and_none_are_left_out_and_true_stands_alone(self):
        assert str(element("p", None, "a", hidden=True, title=None, lang=False)) == '<p hidden="">a</p>'


class TestParticles:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("이미지", "이미지를 씁니다"),
            ("레이어들", "레이어들을 씁니다"),
            ("app.py", "app.py를 씁니다"),
            ("nginx:1", "nginx:1을 씁니다"),
            ("curl", "curl을 씁니다"),
            ("Dockerfile", "Dockerfile을 씁니다"),
            ("alpine", "alpine을 씁니다"),
            ("golang", "golang을 씁니다"),
            ("docker", "docker를 씁니다"),
            ("WORKDIR", "WORKDIR를 씁니다"),
            ("/usr", "/usr을 씁니다"),
            ("/var/", "/var/를 씁니다"),
        ],
    )
    def test_the_object_particle_follows_the_last_sound(self, text, sentence):
        assert with_particles("{x}을(를) 씁니다", {"x": text}).format(x=text) == sentence

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("1", "1로"),
            ("5", "5로"),
            ("3", "3으로"),
            ("서울", "서울로"),
            ("부산", "부산으로"),
            ("Dockerfile", "Dockerfile로"),
            ("docker", "docker로"),
            ("alpine", "alpine으로"),
        ],
    )
    def test_after_rieul_the_direction_particle_has_no_vowel_before_it(self, text, sentence):
        assert with_particles("{x}(으)로", {"x": text}).format(x=text) == sentence


class TestPlurals:
    @pytest.mark.parametrize(
        ("count", "sentence"), [(0, "0 files, left"), (1, "1 file, left"), (2, "2 files, left"), ("1", "1 file, left")]
    )
    def test_the_word_follows_the_number_before_it(self, count, sentence):
        say = Messages("en", {"left": "{count} {count|file|files}, left"})
        assert say("left", count=count) == sentence

    def test_a_bar_in_a_value_is_no_plural(self):
        say = Messages("en", {"left": "{text} {count|is|are}"})
        assert say("left", text="{count|a|b}", count=1) == "{count|a|b} is"

    def test_korean_needs_none_and_every_form_names_a_number_of_its_sentence(self):
        english, korean = load("en"), load("ko")
        for key in english.keys():  # noqa: SIM118 - a catalogue, not a mapping
            assert not PLURAL.search(korean.under(key)[key]), key
            text = english.under(key)[key]
            assert {name for name, _, _ in PLURAL.findall(text)} <= set(re.findall(r"\{(\w+)\}", text)), key

    def test_no_sentence_leaves_the_plural_to_the_reader(self):
        english = load("en")
        loose = [key for key in english.keys() if re.search(r"[a-z]\(e?s\)(?!\w)", english.under(key)[key])]  # noqa: SIM118
        assert loose == []
