"""`RUN --mount`: keys, defaults and refusals."""

import pytest

from layerlab.dockerfile.instructions import MountField, MountSpec
from layerlab.dockerfile.span import Span
from layerlab.plan.mounts import MountError, origin_of, parse_mount

HERE = Span(2, 0, 2, 40)


def spec(text: str) -> MountSpec:
    fields = [item.partition("=") for item in text.split(",")]
    return MountSpec(text, tuple(MountField(key, value if equals else None) for key, equals, value in fields), HERE)


def read(text: str):
    return parse_mount(spec(text), lambda value: value.replace("$V", "v"))


class TestDefaults:
    @pytest.mark.parametrize(
        ("text", "kind", "read_only"),
        [
            ("target=/x", "bind", True),
            ("type=bind,rw,target=/x", "bind", False),
            ("type=cache,target=/x", "cache", False),
            ("type=CACHE,target=/x,readonly", "cache", True),
            ("type=tmpfs,target=/x", "tmpfs", False),
            ("type=secret,id=s", "secret", True),
            ("type=ssh", "ssh", True),
            ("ro=false,target=/x", "bind", False),
            ("rw=0,target=/x", "bind", True),
        ],
    )
    def test_binds_secrets_and_agents_are_read_only(self, text, kind, read_only):
        fields = read(text)
        assert fields.type == kind
        assert fields.read_only is read_only

    def test_values_are_expanded_and_aliases_are_one_key(self):
        fields = read("type=cache,dst=/$V,src=/s,id=$V,sharing=LOCKED,mode=0755,uid=5,gid=6")
        assert fields.texts == {"target": "/v", "source": "/s", "id": "v", "sharing": "locked"}
        assert fields.numbers == {"mode": 0o755, "uid": 5, "gid": 6}

    def test_sizes_have_units(self):
        assert read("type=tmpfs,target=/x,size=100m").numbers["size"] == 100 * 1024**2
        assert read("type=tmpfs,target=/x,size=1.5KiB").numbers["size"] == 1536

    def test_the_last_from_counts(self):
        assert origin_of(spec("from=a,target=/x,from=b")) == "b"
        assert origin_of(spec("target=/x")) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type=foo,target=/x", 'unsupported mount type "foo"'),
        ("type=cash,target=/x", 'unsupported mount type "cash" (did you mean cache?)'),
        ("type=cache,target=/x,foo=bar", "unexpected key 'foo' in 'foo=bar' (did you mean from?)"),
        ("type=cache,tarGet=/x,Zzzzzz=bar", "unexpected key 'zzzzzz' in 'Zzzzzz=bar'"),
        ("target", "invalid field 'target' must be a key=value pair"),
        ("ro=x", "invalid value for ro: x"),
        ("target=/x,required", "unexpected key 'required' for mount type 'bind'"),
        ("required=true,type=secret,id=a", "unexpected key 'required' for mount type 'bind'"),
        ("type=cache,target=/x,size=1m", "unexpected key 'size' for mount type 'cache'"),
        ("type=tmpfs,target=/x,size=much", "invalid value for size: much"),
        ("type=cache,target=/x,sharing=lockd", 'unsupported sharing value "lockd" (did you mean locked?)'),
        ("target=/x,sharing=locked", "invalid cache sharing set for bind mount"),
        ("type=cache,target=/x,mode=9", "invalid value 9 for mode"),
        ("target=/x,mode=0755", 'mode not allowed for "bind" type mounts'),
        ("type=tmpfs,target=/x,uid=1", 'uid not allowed for "tmpfs" type mounts'),
        ("type=secret,from=a", "secret mount should not have a from"),
        ("type=secret", "invalid secret mount. one of source, target required"),
        ("type=secret,id=a,source=b", "both source and id can't be set"),
    ],
)
def test_refusals_have_buildkits_words(text, message):
    with pytest.raises(MountError) as caught:
        read(text)
    assert str(caught.value) == message
