"""Expansion of words: the table of the specification, the words mode, what was asked for, and dash beside it."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layerlab.dockerfile.expansion import DEEPEST, ExpansionError, expand, expand_heredoc

ENV = {"PWD": "/home", "SHELL": "bash", "NULL": "", "sp": "abc  def", "F": "xxyy", "T": "/tmp/foo.txt"}
GLOBS = {"F": "/foo*/*/*.txt", "N": "\\*/"}


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("he'll'o", "hello"),
        ("he\\'llo", "he'llo"),
        ("abc\\tdef", "abctdef"),
        ('"abc\\tdef"', "abc\\tdef"),
        ('"abc\\\\tdef"', "abc\\tdef"),
        ("'abc\\tdef'", "abc\\tdef"),
        ("hello\\", "hello"),
        ("hello\\\\", "hello\\"),
        ("he\\$PWD", "he$PWD"),
        ("he\\\\$PWD", "he\\/home"),
        ('"he\\$PWD"', "he$PWD"),
        ("'he\\$PWD'", "he\\$PWD"),
        ("he$1x", "hex"),
        ("$.", "$."),
        ("$999aaa", "aaa"),
        ("$@@@", "@@"),
        ("he${XXX:-${PWD:-yyy}}xx", "he/homexx"),
        ("${XXX:-\\$PWD:}", "$PWD:"),
        ("${XXX:-\\${PWD}z}", "${PWDz}"),
        ("${aaa}}", "}"),
        ("${aaa:-bbb {foo}", "bbb {foo"),
        ("${NULL?}", ""),
        ("${F#*x*y}", "y"),
        ("${F##*x}", "yy"),
        ("${F#*}", "xxyy"),
        ("${F##*}", ""),
        ("${F%x}", "xxyy"),
        ("${F%y}", "xxy"),
        ("${F%%y*}", "xx"),
        ("${F%y*}", "xxy"),
        ("${F#?}", "xyy"),
        ("${F/x/a}", "axyy"),
        ("${F//x/a}", "aayy"),
        ("${F/x*/a}", "a"),
        ("${F//z/a}", "xxyy"),
        ("${T//\\//\\/}", "\\/tmp\\/foo.txt"),
        ("${SHELL:+yes}${NULL:+no}${NULL+yes}", "yesyes"),
        ("a < b << c", "a < b << c"),
    ],
)
def test_a_word_becomes(word, result):
    assert expand(word, ENV).text == result


def test_replacement_takes_its_pattern_from_a_variable():
    assert expand("${F/$N/.}", GLOBS).text == "/foo.*/*.txt"
    assert expand("${F//$N/.}", GLOBS).text == "/foo..*.txt"


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("he\\\\'llo", "unexpected end of statement while looking for matching single-quote"),
        ('"abc', "unexpected end of statement while looking for matching double-quote"),
        ("${aaa:-bbb ${foo}", "syntax error: missing '}'"),
        ("${", "syntax error: missing '}'"),
        ("${}", "syntax error: bad substitution"),
        ("${:x}", "syntax error: bad substitution"),
        ("${{x}}", "syntax error: bad substitution"),
        ("${NULL:?}", "NULL: is not allowed to be empty"),
        ("${XXX?}", "XXX: is not allowed to be unset"),
        ("${XXX:?give $SHELL}", "XXX: give bash"),
        ("${F=1}", "unsupported modifier (=) in substitution"),
        ("${F:=1}", "unsupported modifier (:=) in substitution"),
        ("${F:#x}", "unsupported modifier (:#) in substitution"),
        ("${X!y}", "unsupported modifier (!) in substitution"),
        ("${F", "unsupported modifier (\ufffd) in substitution"),
        ("${F/x", "syntax error: missing '/' in ${}"),
        ("${F/x/y", "syntax error: missing '}'"),
        ("${F#\\q}", "invalid pattern (\\q) in substitution: invalid escape '\\q'"),
    ],
)
def test_a_word_is_refused(word, message):
    with pytest.raises(ExpansionError) as caught:
        expand(word, ENV)
    assert caught.value.reason == message
    assert caught.value.message.startswith("failed to process ")


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("hello${sp}bye", ("helloabc", "defbye")),
        ('hello"${sp}"bye', ("helloabc  defbye",)),
        ("a  b", ("a", "b")),
        ("a\\ b", ("a b",)),
        ("${NULL}", ()),
        ("80${X:-81}", ("81",)),  # BuildKit's nested expansion empties the buffer of the outer word
    ],
)
def test_words_mode_splits_after_substitution(word, words):
    assert expand(word, ENV).words == words


def test_names_are_told_apart_by_whether_they_are_defined():
    result = expand("$SHELL${a:-$b}$a'$c'", ENV)
    assert (result.used, result.undefined) == (("SHELL",), ("b", "a"))


def test_the_escape_character_may_be_a_backtick():
    assert expand("C:\\dir`$PWD", ENV, "`").text == "C:\\dir$PWD"


def test_quotes_mean_nothing_in_heredoc_bodies():
    assert expand_heredoc('it\'s "$SHELL" \\$SHELL \\\\\n', ENV).text == 'it\'s "bash" $SHELL \\\n'


def test_nesting_beyond_the_limit_is_refused_and_not_a_crash():
    with pytest.raises(ExpansionError) as caught:
        expand("${a:-" * (DEEPEST + 5000) + "}" * (DEEPEST + 5000), {})
    assert caught.value.code == "expansion.too-deep"


def test_doubling_a_value_ends_at_a_limit():
    with pytest.raises(ExpansionError) as caught:
        expand("$a" * 100, {"a": "x" * 100_000})
    assert caught.value.code == "expansion.too-long"


@given(st.text(alphabet="ab'\"\\$`{}:-+?#%/*! \t<\u3000é\x00", max_size=60), st.sampled_from("\\`"))
@settings(max_examples=400, deadline=None)
def test_any_word_gives_a_result_or_a_reason(word, escape):
    assert outcome(word, escape) is not None


def outcome(word, escape):
    """The result, or BuildKit's message; any other exception is a failure."""
    try:
        return expand(word, {"a": "x\ny", "b": ""}, escape).text
    except ExpansionError as problem:
        return problem.message


PLAIN = ["a", "x", "${a}", "${b}", "${u}", "${a-x}", "${b:-x}", "${u:-a}", "${u-}", "${a+x}", "${b:+a}", "${u+x}"]
PARTS = st.one_of(
    st.sampled_from(PLAIN),
    st.lists(st.sampled_from([*PLAIN, " ", "'", '\\"', "\\$a", "\\\\"]), max_size=4).map(
        lambda parts: f'"{"".join(parts)}"'
    ),
    st.lists(st.sampled_from(["a", " ", "$a", "${u?}", '"']), max_size=4).map(lambda parts: f"'{''.join(parts)}'"),
    st.sampled_from(["\\$a", "\\'", '\\"', "\\\\", "${a#x}", "${a%x}", "${a##*}", "${u:-${a}}"]),
)


@pytest.mark.differential
@given(st.lists(PARTS, min_size=1, max_size=6).map("".join))
@example("${u:-'a b'}")
@settings(max_examples=120, deadline=None)
def test_dash_agrees_where_the_syntaxes_do(word):
    env = {"a": "x", "b": ""}
    script = f'set -- {word}; printf "%s" "$*"'
    real = subprocess.run(["dash", "-c", script], env=env, capture_output=True, timeout=10, check=True)
    assert expand(word, env).text == real.stdout.decode()
