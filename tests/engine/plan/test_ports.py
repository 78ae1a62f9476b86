"""EXPOSE's tokens."""

import pytest

from layerlab.plan.ports import PortError, parse_ports


@pytest.mark.parametrize(
    ("token", "ports", "has_address"),
    [
        ("80", ["80/tcp"], False),
        ("53/UDP", ["53/udp"], False),
        ("80/", ["80/tcp"], False),
        ("8000-8002/sctp", ["8000/sctp", "8001/sctp", "8002/sctp"], False),
        ("5000:80", ["80/tcp"], True),
        ("127.0.0.1:80:80", ["80/tcp"], True),
        ("127.0.0.1::80", ["80/tcp"], True),
        ("::1:80:80", ["80/tcp"], True),
        ("[::1]:80:80", ["80/tcp"], True),
        ("::::80", ["80/tcp"], True),
        ("8000-8001:80-81", ["80/tcp", "81/tcp"], True),
        ("8000-8005:80", ["80/tcp"], True),
        ("0", ["0/tcp"], False),
    ],
)
def test_container_ports_are_kept_and_the_rest_is_only_noted(token, ports, has_address):
    found = parse_ports(token)
    assert list(found.ports) == ports
    assert found.has_address is has_address


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("80/foo", 'invalid port: "80/foo": invalid proto: foo'),
        ("/tcp", 'invalid port: "/tcp": no port specified'),
        ("", 'invalid port: "": no port specified'),
        ("abc", "invalid containerPort: abc"),
        ("#", "invalid containerPort: #"),
        ("65536", "invalid containerPort: 65536"),
        ("81-80", "invalid containerPort: 81-80"),
        ("x:80", "invalid hostPort: x"),
        ("localhost:1:1", "invalid IP address: localhost"),
        ("80-81:8080", None),
        ("80-82:8080-8081", "invalid ranges specified for container and host Ports: 8080-8081 and 80-82"),
    ],
)
def test_refusals_have_dockers_words(token, message):
    if message is None:
        assert parse_ports(token).ports == ("8080/tcp",)
        return
    with pytest.raises(PortError) as caught:
        parse_ports(token)
    assert str(caught.value) == message
