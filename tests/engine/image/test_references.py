"""The grammar of image references and Docker's errors."""

from __future__ import annotations

import pytest

from layerlab.image.reference import InvalidReferenceError, parse_reference

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("typed", "full", "shown"),
    [
        ("ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"),
        ("me/app:1", "docker.io/me/app:1", "me/app:1"),
        ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
        ("host:5000/a/b", "host:5000/a/b:latest", "host:5000/a/b:latest"),
        ("docker.io/ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"),
        ("index.docker.io/me/x", "docker.io/me/x:latest", "me/x:latest"),
        ("Host/x", "Host/x:latest", "Host/x:latest"),
        ("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"),
        (f"ubuntu:22.04@{SHA}", f"docker.io/library/ubuntu:22.04@{SHA}", f"ubuntu:22.04@{SHA}"),
        (f"ubuntu@{SHA}", f"docker.io/library/ubuntu@{SHA}", f"ubuntu@{SHA}"),
    ],
)
def test_forms(typed: str, full: str, shown: str) -> None:
    reference = parse_reference(typed).tagged()
    assert (reference.full, reference.familiar) == (full, shown)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("Foo", "invalid reference format: repository name (library/Foo) must be lowercase"),
        ("me/Foo:1", "invalid reference format: repository name (me/Foo) must be lowercase"),
        *(
            (text, "invalid reference format")
            for text in ("foo:", "foo::1", "-foo", "foo:a b", "", "foo//bar", "foo_/x")
        ),
        ("x:" + "t" * 129, "invalid reference format"),
        ("a" * 64, f"invalid repository name ({'a' * 64}), cannot specify 64-byte hexadecimal strings"),
        ("a/" * 120 + "b" * 20, "repository name must not be more than 255 characters"),
        ("foo@sha256:abc", "invalid reference format"),
        ("foo@md5:" + "a" * 32, "unsupported digest algorithm"),
        ("foo@sha256:" + "a" * 63, "invalid checksum digest length"),
    ],
)
def test_errors(typed: str, message: str) -> None:
    with pytest.raises(InvalidReferenceError) as caught:
        parse_reference(typed)
    assert str(caught.value) == message
