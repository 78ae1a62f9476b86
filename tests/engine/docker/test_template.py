"""Go templates at the level people use in `--format`, with Go's errors (1.5)."""

from __future__ import annotations

import pytest

from layerlab.docker.template import Struct, TemplateError, execute, parse
from layerlab.docker.template.functions import FUNCTIONS
from layerlab.docker.template.goprint import sprintf

ROW = Struct(
    "*formatter.imageContext",
    {
        "ID": "abc",
        "Tags": ["a", "b"],
        "Map": {"x": 1, "y": {"z": [1, 2]}},
        "Empty": "",
        "Label": lambda key: f"<{key}>",
    },
    {"ID": "abc"},
)


def run(source, data=ROW, **options):
    return execute(parse(source, FUNCTIONS.keys()), data, **options)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{.ID}}", "abc"),
        ("a{{ .ID -}}  b", "aabcb"),
        ("a  {{- .ID}}", "aabc"),
        ("{{/* nothing */}}x", "x"),
        ("{{json .}}", '{"ID":"abc"}'),
        ("{{json .Tags}}", '["a","b"]'),
        ("{{json .Map}}", '{"x":1,"y":{"z":[1,2]}}'),
        ("{{range .Tags}}{{.}},{{end}}", "a,b,"),
        ("{{range $i, $e := .Tags}}{{$i}}={{$e}} {{end}}", "0=a 1=b "),
        ("{{range $key, $value := .Map.y}}{{$key}}:{{$value}}{{end}}", "z:[1 2]"),
        ("{{range .Empty2}}x{{else}}none{{end}}", "none"),
        ('{{range .Tags}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', "a"),
        ('{{range .Tags}}{{if eq . "a"}}{{continue}}{{end}}{{.}}{{end}}', "b"),
        ('{{if eq .ID "x" "abc"}}yes{{else}}no{{end}}', "yes"),
        ("{{if .Empty}}a{{else if .ID}}b{{else}}c{{end}}", "b"),
        ("{{if and .ID (not .Empty)}}both{{end}}", "both"),
        ("{{or .Empty .ID}}", "abc"),
        ("{{with .Map.y}}{{.z}} {{$.ID}}{{end}}", "[1 2] abc"),
        ('{{join .Tags "-" | upper | printf "%-6s|"}}', "A-B   |"),
        ('{{index .Map "x"}} {{index .Tags 1}} {{index .Map "y" "z" 0}}', "1 b 1"),
        ("{{len .Tags}} {{len .ID}}", "2 3"),
        ("{{(index .Tags 0)}}{{slice .ID 1}}", "abc"),
        ('{{split "a,b" ","}}', "[a b]"),
        ('{{title "hello world"}} {{lower "A"}} {{truncate .ID 2}}', "Hello World a ab"),
        ("{{pad .ID 1 2}}|{{pad .Empty 1 2}}|", " abc  ||"),
        ("{{println .ID 1}}", "abc 1\n"),
        ('{{$x := .ID}}{{$x = "y"}}{{$x}}', "y"),
        ('{{.Label "k"}}', "<k>"),
        ("{{.Map}}", "map[x:1 y:map[z:[1 2]]]"),
        ('{{lt 1 2}} {{ge 2.5 2}} {{ne .ID "x"}}', "true true true"),
        ("{{`raw`}} {{'a'}} {{0x10}} {{\"\\u00e9\\t\"}}|", "raw 97 16 é\t|"),
    ],
)
def test_what_a_template_prints(source, text):
    data = Struct(ROW.type_name, {**ROW.fields, "Empty2": []}, ROW.json)
    assert run(source, data) == text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "{{.Foo}}",
            'template: :1:2: executing "" at <.Foo>: can\'t evaluate field Foo in type *formatter.imageContext',
        ),
        (
            "x\n{{ .Foo }}",
            'template: :2:3: executing "" at <.Foo>: can\'t evaluate field Foo in type *formatter.imageContext',
        ),
        ("{{.ID.Foo}}", 'template: :1:5: executing "" at <.ID.Foo>: can\'t evaluate field Foo in type string'),
        ("{{.ID}", 'template: :1: unexpected "}" in operand'),
        ("{{.ID", "template: :1: unclosed action"),
        ("{{nope .ID}}", 'template: :1: function "nope" not defined'),
        ("{{$x}}", 'template: :1: undefined variable "$x"'),
        ('{{"abc}}', "template: :1: unterminated quoted string"),
        ("{{if .ID}}", "template: :1: unexpected EOF"),
        ("{{end}}", "template: :1: unexpected {{end}}"),
        ("{{}}", "template: :1: missing value for command"),
        ("{{(.ID}}", "template: :1: unclosed left paren"),
        ("{{/* x", "template: :1: unclosed comment"),
        ("{{break}}", "template: :1: {{break}} outside {{range}}"),
        ("{{index .Tags 5}}", 'template: :1:2: executing "" at <index>: error calling index: index out of range: 5'),
        ("{{join .Tags}}", 'template: :1:2: executing "" at <join>: wrong number of args for join: want 2 got 1'),
    ],
)
def test_how_a_template_is_refused(source, message):
    with pytest.raises(TemplateError) as refused:
        run(source)
    assert str(refused.value) == message


def test_inspect_refuses_a_key_that_is_not_there():
    with pytest.raises(TemplateError) as refused:
        run("{{.Config.Foo}}", {"Config": {}}, strict_keys=True)
    assert str(refused.value) == 'template: :1:9: executing "" at <.Config.Foo>: map has no entry for key "Foo"'


def test_elsewhere_a_missing_key_is_no_value():
    assert run("{{.Foo}}", {}) == "<no value>"


@pytest.mark.parametrize(
    ("pattern", "values", "text"),
    [
        ("%5s|%-5s|%05d", ("a", "b", 7), "    a|b    |00007"),
        ("%q %v %d%%", ("x", ["a", 1], 3), '"x" [a 1] 3%'),
        ("%d", ("x",), "%!d(string=x)"),
        ("%s %s", ("x",), "x %!s(MISSING)"),
        ("x", (1,), "x%!(EXTRA int=1)"),
        ("%.2f %t %x", (1.5, True, 255), "1.50 true ff"),
    ],
)
def test_printf(pattern, values, text):
    assert sprintf(pattern, values) == text
