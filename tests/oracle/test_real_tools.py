"""Archives go to real tools and come from them: skopeo, umoci and podman, from Debian's packages (tools/systemtools.sh).

What they report of our archives equals ours; what they write is read, and the history is what they print.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from functools import partial
from pathlib import Path

import pytest
from live.tools import needed

from layerlab.build.context import Context
from layerlab.docker.command import run
from layerlab.docker.edge import Edge
from layerlab.host import Host
from layerlab.image.config import config_bytes
from layerlab.image.exporting import layer_tar
from layerlab.image.gojson import from_rfc3339
from layerlab.image.importing import read_images
from layerlab.lab import Lab
from layerlab.personality import Personality

pytestmark = pytest.mark.oracle

NOW = 1_790_000_000_000_000_000
TOOLS = ("skopeo", "umoci", "podman")
DOCKERFILE = """\
FROM scratch AS tools
COPY bin /bin
FROM tools
COPY app /srv/app
WORKDIR /srv/data
RUN rm /srv/app/old && mkdir -p /deep/er && echo made > /deep/er/file && chmod 600 /srv/app/run.sh
LABEL who="me & <you>" 이름=값
ENV A=1 B="two words"
EXPOSE 80/udp 443
VOLUME /srv/data
USER 1000:1000
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/srv/app/run.sh"]
CMD ["--help"]
"""
LONG = "x" * 120


def _file(path: str, content: str, mode: str = "0644") -> dict[str, object]:
    return {"path": path, "type": "file", "mode": mode, "content": content}


CONTEXT = Context.from_entries([
    _file("bin/busybox", "\x7fELF", "0755"),
    *({"path": f"bin/{name}", "type": "symlink", "link": "busybox"} for name in ("sh", "rm", "mkdir", "chmod")),
    _file("app/run.sh", "#!/bin/sh\n", "0755"),
    _file("app/old", "goes away\n"),
    _file("app/한글.txt", "안녕\n"),
    _file(f"app/{LONG}/{LONG}", "deep\n"),
])  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _tools():
    needed(*TOOLS)


@pytest.fixture(scope="module", params=["buildkit", "legacy"])
def lab(request):
    engine = "20.10" if request.param == "legacy" else "29"
    made = Lab(now=NOW, personality=Personality(engine, request.param, "classic"))
    record = made.build(DOCKERFILE, context=CONTEXT, tag="demo:1")
    assert record.ok
    return made


@pytest.fixture(scope="module")
def image(lab):
    return lab.host.images.find("demo:1")


@pytest.fixture(scope="module")
def archive(lab, tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "demo.tar"
    path.write_bytes(lab.docker("save -o demo.tar demo:1").files["demo.tar"])
    return path


@pytest.fixture(scope="module")
def layout(archive):
    """Our archive copied into a layout by skopeo, for umoci."""
    target = archive.parent / "layout"
    tool("skopeo", "copy", "--quiet", f"oci-archive:{archive}", f"oci:{target}:demo")
    return target


def tool(*words: object) -> str:
    made = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False)
    assert made.returncode == 0, made.stderr
    return made.stdout


@pytest.fixture
def podman():
    """podman with a store of its own that needs no overlay file system, in a folder of a name as short as it wants."""
    with tempfile.TemporaryDirectory(prefix="pod", ignore_cleanup_errors=True) as name:
        root = ("--root", f"{name}/root", "--runroot", f"{name}/run", "--storage-driver", "vfs")
        yield partial(tool, "podman", *root)


def loaded(data: bytes):
    (one,) = read_images(data)
    return one


def packed(directory: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in sorted(directory.rglob("*")):
            tar.add(path, arcname=str(path.relative_to(directory)), recursive=False)
    return buffer.getvalue()


def history_of(image) -> list[tuple[object, str, bool]]:
    return [(entry.created, entry.created_by, entry.empty_layer) for entry in image.history]


def stated(layout: Path, tag: str) -> list[tuple[object, str, bool]]:
    """The history as umoci prints it."""
    stat = json.loads(tool("umoci", "stat", "--json", "--image", f"{layout}:{tag}"))
    return [
        (from_rfc3339(row["created"]), row.get("created_by", ""), bool(row.get("empty_layer")))
        for row in stat["history"]
    ]


class TestOurArchives:
    @pytest.mark.parametrize("transport", ["oci-archive", "docker-archive"])
    def test_skopeo_reports_our_layers_and_labels(self, archive, image, transport):
        report = json.loads(tool("skopeo", "inspect", f"{transport}:{archive}"))
        assert report["Layers"] == [layer.diff_id for layer in image.layers]
        assert report["Labels"] == dict(image.config.labels)
        assert report["Env"] == list(image.config.env)
        assert from_rfc3339(report["Created"]) == image.created

    @pytest.mark.parametrize("transport", ["oci-archive", "docker-archive"])
    def test_the_configuration_skopeo_reads_hashes_to_our_id(self, archive, image, transport):
        raw = tool("skopeo", "inspect", "--config", "--raw", f"{transport}:{archive}")
        assert "sha256:" + hashlib.sha256(raw.encode()).hexdigest() == image.id

    def test_skopeo_copies_every_blob_with_the_digest_we_gave(self, archive, image, tmp_path):
        tool("skopeo", "copy", "--quiet", f"docker-archive:{archive}", f"dir:{tmp_path}/out")
        names = {path.name for path in (tmp_path / "out").iterdir()}
        assert {layer.diff_id.removeprefix("sha256:") for layer in image.layers} <= names

    def test_umoci_prints_our_history(self, layout, image):
        assert stated(layout, "demo") == history_of(image)

    def test_umoci_unpacks_the_files_of_our_tree(self, layout, image, tmp_path):
        tool("umoci", "unpack", "--rootless", "--image", f"{layout}:demo", tmp_path / "bundle")
        root = tmp_path / "bundle" / "rootfs"
        there = {"/" + path.relative_to(root).as_posix() for path in root.rglob("*")}
        assert there == {path for path, _ in image.tree.walk()} - {"/"}
        assert (root / "deep/er/file").read_bytes() == b"made\n"
        assert (root / "srv/app/run.sh").stat().st_mode & 0o777 == 0o600
        assert (root / "bin/sh").readlink() == Path("busybox")

    def test_podman_loads_what_we_saved_under_its_name_and_id(self, archive, image, podman):
        assert "docker.io/library/demo:1" in podman("load", "--quiet", "--input", archive)
        (facts,) = json.loads(podman("image", "inspect", "demo:1"))
        assert "sha256:" + facts["Id"] == image.id
        assert facts["RootFS"]["Layers"] == [layer.diff_id for layer in image.layers]
        assert facts["Labels"] == dict(image.config.labels)
        rows = json.loads(podman("history", "--no-trunc", "--format", "json", "demo:1"))
        shown = [(from_rfc3339(row["created"]), row.get("CreatedBy", "")) for row in reversed(rows)]
        assert shown == [row[:2] for row in history_of(image)]


class TestTheirArchives:
    @pytest.mark.parametrize("form", ["docker-archive", "oci-archive"])
    def test_what_podman_saves_of_ours_keeps_id_history_and_layers(self, form, archive, image, podman, tmp_path):
        podman("load", "--quiet", "--input", archive)
        podman("save", "--quiet", "--format", form, "--output", tmp_path / "x.tar", "demo:1")
        back = loaded((tmp_path / "x.tar").read_bytes()).image
        assert history_of(back) == history_of(image)
        assert [layer.diff_id for layer in back.layers] == [layer.diff_id for layer in image.layers]

    def test_what_skopeo_makes_of_ours_keeps_id_history_and_layers(self, archive, image, tmp_path):
        for transport, name in (("docker-archive", "demo:2"), ("oci-archive", "demo:2")):
            target = tmp_path / f"{transport}.tar"
            tool("skopeo", "copy", "--quiet", f"docker-archive:{archive}", f"{transport}:{target}:{name}")
            back = loaded(target.read_bytes())
            assert back.names == ("docker.io/library/demo:2",)
            assert history_of(back.image) == history_of(image)
            assert [layer.diff_id for layer in back.image.layers] == [layer.diff_id for layer in image.layers]

    def test_gzipped_layers_and_a_gzipped_archive_are_read(self, layout, image, tmp_path):
        data = packed(layout)
        assert loaded(data).image.id == image.id
        (tmp_path / "x.tar").write_bytes(data)
        tool("gzip", tmp_path / "x.tar")
        assert loaded((tmp_path / "x.tar.gz").read_bytes()).image.id == image.id

    def test_an_image_umoci_made_has_the_history_it_prints(self, tmp_path):
        layout, source = tmp_path / "theirs", tmp_path / "file"
        source.write_text("from umoci\n")
        where = f"{layout}:one"
        tool("umoci", "init", "--layout", layout)
        tool("umoci", "new", "--image", where)
        tool("umoci", "insert", "--rootless", "--image", where, source, "/etc/motd")
        tool("umoci", "insert", "--rootless", "--image", where, source, "/gone")
        tool("umoci", "insert", "--rootless", "--whiteout", "--image", where, "/gone")
        tool("umoci", "config", "--image", where, "--config.cmd", "sh", "--config.label", "a=b", "--author", "me")
        back = loaded(packed(layout)).image
        assert history_of(back) == stated(layout, "one")
        assert dict(back.config.labels) == {"a": "b"}
        assert back.tree.lookup("/etc/motd").content.data == b"from umoci\n"
        assert back.tree.lookup("/gone") is None

    def test_the_docker_history_of_their_archive_shows_their_rows(self, layout, image):
        host, output = run(Host(NOW), ["load", "-i", "x.tar"], Edge(files={"x.tar": packed(layout)}))
        assert output.stdout == f"Loaded image ID: {image.id}\n"
        _, shown = run(host, ["history", "-q", "--no-trunc", image.id[7:]])
        assert len(shown.stdout.splitlines()) == len(stated(layout, "demo"))

    def test_a_foreign_image_goes_out_again_byte_for_byte(self, layout, tmp_path):
        """umoci's configuration and tars aren't written as ours are; both are kept."""
        where = f"{layout}:changed"
        source = tmp_path / "file"
        source.write_text("x\n")
        tool("umoci", "tag", "--image", f"{layout}:demo", "changed")
        tool("umoci", "insert", "--rootless", "--image", where, source, "/foreign")
        tool("skopeo", "copy", "--quiet", f"oci:{where}", f"docker-archive:{tmp_path}/f.tar:foreign:1")
        host, _ = run(Host(NOW), ["load", "-i", "f"], Edge(files={"f": (tmp_path / "f.tar").read_bytes()}))
        foreign = host.images.find("foreign:1")
        _, output = run(host, ["save", "-o", "out", "foreign:1"])
        (tmp_path / "out.tar").write_bytes(output.files["out"])
        raw = tool("skopeo", "inspect", "--config", "--raw", f"docker-archive:{tmp_path}/out.tar")
        assert "sha256:" + hashlib.sha256(raw.encode()).hexdigest() == foreign.id
        layers = json.loads(tool("skopeo", "inspect", f"docker-archive:{tmp_path}/out.tar"))["Layers"]
        assert layers == [layer.diff_id for layer in foreign.layers]
        assert all(layer_tar(layer) is not None for layer in foreign.layers)
        assert output.notes == ()
        own = config_bytes(foreign.config, foreign.history, layers, foreign.created)
        assert foreign.config_json in {None, raw.encode()}
        assert (foreign.config_json is None) == (own == raw.encode())
