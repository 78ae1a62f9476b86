"""Push and pull: only layers that aren't there travel, and what Docker prints of it."""

from __future__ import annotations

import re

import pytest

from layerlab.build.context import Context
from layerlab.docker.command import run
from layerlab.docker.edge import Edge
from layerlab.host import Host
from layerlab.image.reference import parse_reference
from layerlab.lab import Lab
from layerlab.messages import load
from layerlab.personality import Personality
from layerlab.registry.registry import Registry, layer_key
from layerlab.registry.transfer import pull, push
from layerlab.state import read_state, write_state
from layerlab.views.console import console
from layerlab.views.scene import Exchange, Scene

NOW = 1_790_000_000_000_000_000
CONTEXT = Context.from_entries([
    {"path": name, "type": "file", "mode": "0644", "content": name * 10} for name in ("one", "two", "three")
])  # fmt: skip
SCRATCH = "FROM scratch\nCOPY one /\nCOPY two /\n"


def made(*builds: tuple[str, str], store: str = "classic") -> Lab:
    lab = Lab(now=NOW, personality=Personality("29", "buildkit", store))
    for text, tag in builds:
        assert lab.build(text, context=CONTEXT, tag=tag).ok
    return lab


def states(text: str) -> list[str]:
    """What each line says, without ids."""
    return [line.partition(": ")[2] for line in text.splitlines() if re.match(r"[0-9a-f]{12}: ", line)]


def values(output) -> dict[str, dict[str, str]]:
    return {note.key: dict(note.values) for note in output.notes}


class TestPush:
    def test_a_first_push_sends_everything_from_the_top(self):
        lab = made((SCRATCH, "me/demo"))
        ids = [layer.diff_id[7:19] for layer in lab.host.images.find("me/demo").layers]
        lines = lab.docker("push me/demo").stdout.splitlines()
        assert lines[:2] == ["Using default tag: latest", "The push refers to repository [docker.io/me/demo]"]
        assert lines[2:-1] == [
            f"{ids[1]}: Preparing", f"{ids[0]}: Preparing", f"{ids[1]}: Pushed", f"{ids[0]}: Pushed",
        ]  # fmt: skip
        assert re.fullmatch(r"latest: digest: sha256:[0-9a-f]{64} size: \?", lines[-1])

    @pytest.mark.parametrize("store", ["classic", "containerd"])
    def test_a_second_push_transfers_nothing_and_gives_the_same_digest(self, store):
        lab = made((SCRATCH, "me/demo:1"), store=store)
        first, second = lab.docker("push me/demo:1"), lab.docker("push me/demo:1")
        assert states(second.stdout)[2:] == ["Layer already exists"] * 2
        assert second.stdout.splitlines()[-1] == first.stdout.splitlines()[-1]
        assert values(second)["archive.pushed"] == {"count": "2", "sent": "0", "exists": "2", "mounted": "0"}
        assert not {"archive.compressed", "archive.unpacked", "archive.unmeasured"} & values(second).keys()

    def test_a_digest_that_stands_in_is_said_to_and_a_quiet_push_shows_none(self):
        lab = made((SCRATCH, "me/demo:1"))
        assert "archive.manifest" in values(lab.docker("push me/demo:1"))
        assert "archive.manifest" not in values(lab.docker("push -q me/demo:1"))

    def test_a_changed_top_sends_one_layer_and_says_how_many_bytes_at_most(self):
        lab = made((SCRATCH, "me/demo:1"), (SCRATCH.replace("two", "three"), "me/demo:2"))
        lab.docker("push me/demo:1")
        output = lab.docker("push me/demo:2")
        assert states(output.stdout)[2:] == ["Layer already exists", "Pushed"]
        assert values(output)["archive.unpacked"] == {"bytes": str(512 + 512 + 1024)}

    def test_another_repository_of_the_host_lends_its_layers(self):
        lab = made((SCRATCH, "me/demo"), (SCRATCH, "me/other"))
        lab.docker("push me/demo")
        assert states(lab.docker("push me/other").stdout)[2:] == ["Mounted from me/demo"] * 2

    def test_another_host_lends_none(self):
        lab = made((SCRATCH, "me/demo"), (SCRATCH, "localhost:5000/demo"))
        lab.docker("push me/demo")
        assert states(lab.docker("push localhost:5000/demo").stdout)[2:] == ["Pushed"] * 2

    @pytest.mark.parametrize("pulled_first", [True, False])
    def test_layers_of_a_base_are_mounted_from_its_repository(self, pulled_first):
        lab = made()
        if pulled_first:
            lab.docker("pull busybox")
        lab.build("FROM busybox\nCOPY one /\n", context=CONTEXT, tag="me/demo")
        assert states(lab.docker("push me/demo").stdout)[2:] == ["Mounted from library/busybox", "Pushed"]

    def test_a_pulled_image_goes_elsewhere_with_its_compressed_size(self):
        lab = made()
        lab.docker("pull busybox")
        lab.docker("tag busybox localhost:5000/busybox")
        layer = lab.host.images.find("busybox").layers[0]
        assert layer.compressed is not None
        assert values(lab.docker("push localhost:5000/busybox"))["archive.compressed"] == {
            "bytes": str(layer.compressed)
        }

    def test_the_sixth_layer_waits_and_a_layer_that_comes_twice_is_sent_once(self):
        steps = "".join(f"WORKDIR /d{at}\n" for at in range(6))
        lab = made((f"FROM scratch\nCOPY one /\n{steps}WORKDIR /d0\nWORKDIR /d1\n", "me/demo"))
        layers = [layer.diff_id for layer in lab.host.images.find("me/demo").layers]
        found = states(lab.docker("push me/demo").stdout)
        assert found.count("Preparing") == len(layers) == 9
        assert found.count("Waiting") == len(set(layers)) - 5
        assert found.count("Pushed") == len(set(layers)) == 8

    def test_quiet_prints_the_reference_only(self):
        assert made((SCRATCH, "me/demo")).docker("push -q me/demo").stdout == "docker.io/me/demo:latest\n"

    def test_dockers_own_library_takes_nothing(self):
        lab = made((SCRATCH, "demo"))
        output = lab.docker("push demo")
        assert (output.stderr, output.exit_code) == ("denied: requested access to the resource is denied\n", 1)
        assert states(output.stdout) == ["Preparing"] * 2
        assert lab.host.registry == Registry()

    def test_what_isnt_here_isnt_pushed(self):
        lab = made((SCRATCH, "me/demo:1"))
        assert lab.docker("push me/demo:2").stderr == "tag does not exist: me/demo:2\n"
        assert lab.docker("push me/x").stderr == "An image does not exist locally with the tag: me/x\n"

    @pytest.mark.parametrize("store", ["classic", "containerd"])
    def test_all_tags_of_a_repository_go_one_after_the_other_in_the_order_of_their_names(self, store):
        other = SCRATCH.replace("two", "three")
        lab = made((other, "me/demo:2"), (SCRATCH, "me/demo:10"), (SCRATCH, "me/else"), store=store)
        output = lab.docker("push -a me/demo")
        lines = output.stdout.splitlines()
        assert lines[0] == "The push refers to repository [docker.io/me/demo]"
        assert states(output.stdout) == [
            "Preparing", "Preparing", "Pushed", "Pushed", "Preparing", "Preparing", "Layer already exists", "Pushed",
        ]  # fmt: skip
        assert [line.partition(": digest")[0] for line in lines if ": digest" in line] == ["10", "2"]
        assert values(output)["archive.pushed"] == {"count": "4", "sent": "3", "exists": "1", "mounted": "0"}
        assert list(lab.host.registry.images()) == ["docker.io/me/demo:10", "docker.io/me/demo:2"]
        assert lab.docker("push -aq me/demo").stdout == "docker.io/me/demo\n"

    @pytest.mark.parametrize("store", ["classic", "containerd"])
    def test_all_tags_of_none_and_a_tag_beside_all_are_refused(self, store):
        lab = made((SCRATCH, "me/demo:1"), store=store)
        assert lab.docker("push -a me/demo:1").stderr == "tag can't be used with --all-tags/-a\n"
        assert lab.docker("push -a me/x").stderr == "An image does not exist locally with the tag: me/x\n"
        assert lab.host.registry == Registry()

    def test_a_console_shows_what_was_transferred(self):
        lab = made((SCRATCH, "me/demo"))
        lab.docker("push me/demo")
        output = lab.docker("push me/demo")
        typed = Exchange("docker push me/demo", output.stdout, 0, notes=output.notes)
        html = str(console(Scene(lab.host, None, None, "", load("ko"), "p", console=(typed,))))
        assert "레이어 2개 중 0개를 보냈습니다. 2개는 이미 있었고" in html


class TestPull:
    def pushed(self, store: str = "classic") -> Lab:
        lab = made((SCRATCH, "me/demo:1"), (SCRATCH.replace("two", "three"), "me/demo:2"), store=store)
        for tag in ("1", "2"):
            lab.docker(f"push me/demo:{tag}")
        return lab

    @pytest.mark.parametrize("store", ["classic", "containerd"])
    def test_a_pushed_image_comes_back_the_same(self, store):
        lab = self.pushed(store)
        host = Host(NOW, lab.host.personality, registry=lab.host.registry)
        host, output = run(host, ["pull", "me/demo:1"])
        ours, theirs = lab.host.images.find("me/demo:1"), host.images.find("me/demo:1")
        assert (theirs.id, theirs.config, theirs.history) == (ours.id, ours.config, ours.history)
        assert [layer.diff_id for layer in theirs.layers] == [layer.diff_id for layer in ours.layers]
        assert output.stdout.splitlines()[-2:] == [
            "Status: Downloaded newer image for me/demo:1", "docker.io/me/demo:1",
        ]  # fmt: skip
        digest = next(line for line in output.stdout.splitlines() if line.startswith("Digest: "))
        assert digest.removeprefix("Digest: ") == lab.host.registry.find(parse_reference("me/demo:1")).digest

    def test_of_a_second_image_only_the_layers_that_are_missing_come(self):
        lab = self.pushed()
        host, _ = run(Host(NOW, registry=lab.host.registry), ["pull", "me/demo:1"])
        _, output = run(host, ["pull", "me/demo:2"])
        assert states(output.stdout).count("Already exists") == 1
        assert values(output)["archive.pulled"]["sent"] == "1"

    def test_by_digest_and_not_there(self):
        lab = self.pushed()
        digest = lab.host.registry.find(parse_reference("me/demo:2")).digest
        host, output = run(Host(NOW, registry=lab.host.registry), ["pull", f"me/demo@{digest}"])
        assert output.exit_code == 0
        assert len(host.images.images) == 1
        assert run(host, ["pull", "me/demo:3"], Edge(pull=lambda _: None))[1].exit_code == 1

    @pytest.mark.parametrize(("store", "statuses"), [("classic", ["me/demo"]), ("containerd", ["me/demo:1", "me/demo:2"])])
    def test_all_tags_come_with_the_layers_they_share_once(self, store, statuses):
        lab = self.pushed(store)
        host, output = run(Host(NOW, lab.host.personality, registry=lab.host.registry), ["pull", "-a", "me/demo"])
        assert sorted(host.images.tags) == ["docker.io/me/demo:1", "docker.io/me/demo:2"]
        assert states(output.stdout).count("Pull complete") == 3
        assert states(output.stdout).count("Already exists") == 1
        lines = output.stdout.splitlines()
        assert [line for line in lines if line.startswith("Status")] == [
            f"Status: Downloaded newer image for {name}" for name in statuses
        ]
        assert lines[-1] == "docker.io/me/demo"
        assert values(output)["archive.pulled"] == {"count": "4", "sent": "3", "exists": "1", "mounted": "0"}
        _, again = run(host, ["pull", "--all-tags", "me/demo"])
        assert f"Status: Image is up to date for {statuses[0]}" in again.stdout
        assert again.notes == ()

    def test_all_tags_of_what_isnt_listed_are_refused_with_the_reason(self):
        assert "which tags busybox has" in made().docker("pull -a busybox").stderr
        assert "pull access denied for me/nope" in made().docker("pull -a me/nope").stderr
        assert "tag can't be used" in made().docker("pull -a busybox:1").stderr

    def test_a_build_stands_on_an_image_that_is_only_in_the_registry(self):
        lab = self.pushed()
        lab.docker("rmi me/demo:1")
        record = lab.build("FROM me/demo:1\nCOPY three /\n", context=CONTEXT, tag="next")
        assert record.ok
        assert len(lab.host.images.find("next").layers) == 3

    def test_a_pull_fetches_all_above_the_first_missing_layer(self):
        image = made((SCRATCH, "me/demo")).host.images.find("me/demo")
        top = frozenset({image.layers[1].chain_id})
        assert [moved.state for moved in pull(image, top).layers] == ["sent", "sent"]


class TestValue:
    def test_push_leaves_the_registry_it_was_given_alone(self):
        image = made((SCRATCH, "x")).host.images.find("x")
        before = Registry()
        after = push(before, image, parse_reference("me/x:1")).registry
        assert before == Registry()
        assert after.repositories["docker.io/me/x"].blobs == {layer_key(layer) for layer in image.layers}

    def test_it_survives_in_a_state_file(self):
        lab = made((SCRATCH, "me/demo"))
        lab.docker("push me/demo")
        host = read_state(write_state(lab.host))
        assert write_state(host) == write_state(lab.host)
        _, output = run(host, ["push", "me/demo"])
        assert states(output.stdout)[2:] == ["Layer already exists"] * 2
