"""Image archives: what is read, what is refused and why, and that writing then reading changes nothing."""

from __future__ import annotations

import gzip
import json
import tarfile
import tracemalloc
from dataclasses import replace

import pytest
from engine.image.archive_builders import LAYER, config, layout, member, nested, of_files, saved, sha, tar
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.docker.command import run
from layerlab.docker.edge import Edge
from layerlab.filesystem import EMPTY, Bytes, Directory, Meta, Opaque
from layerlab.filesystem.layer import Layer, LayerEntry, apply
from layerlab.filesystem.paths import parts
from layerlab.filesystem.sizes import walk_size
from layerlab.host import Host
from layerlab.image.archive import ArchiveLimits, ImageArchiveError
from layerlab.image.assemble import image_layer, make_image
from layerlab.image.config import HistoryEntry, ImageConfig
from layerlab.image.exporting import UnknownBytesError, export_images
from layerlab.image.importing import read_images
from layerlab.messages import load
from layerlab.personality import Personality

NOW = 1_790_000_000_000_000_000
SECOND = 1_000_000_000
SMALL = ArchiveLimits(size=1 << 20, entries=200, document=1 << 16)


def refused(data: bytes, limits: ArchiveLimits = SMALL) -> ImageArchiveError:
    with pytest.raises(ImageArchiveError) as caught:
        read_images(data, limits=limits)
    return caught.value


def only(data: bytes, **options: bool):
    (loaded,) = read_images(data, limits=SMALL, **options)
    return loaded


def known(image):
    """An image as something to compare; trees compare by identity, so their files stand for them."""
    files = [(path, node.meta if isinstance(node, Directory) else node) for path, node in image.tree.walk()]
    return replace(image, tree=EMPTY), files


class TestReading:
    def test_an_archive_of_docker_before_25(self):
        loaded = only(of_files(saved()))
        assert loaded.names == ("docker.io/library/demo:1",)
        assert loaded.image.id == sha(config([sha(LAYER)]))
        assert loaded.image.tree.lookup("/etc/motd").content == Bytes(b"hi\n")
        assert [entry.created_by for entry in loaded.image.history] == ["step 0"]

    def test_an_oci_layout_whose_reference_is_a_bare_tag_has_no_name(self):
        loaded = only(of_files(layout(note={"org.opencontainers.image.ref.name": "latest"})))
        assert loaded.names == ()
        assert dict(loaded.image.config.labels) == {"who": "me"}

    @pytest.mark.parametrize("key", ["io.containerd.image.name", "org.opencontainers.image.ref.name"])
    def test_an_oci_layout_with_a_full_reference_has_a_name(self, key):
        assert only(of_files(layout(note={key: "me/app:2"}))).names == ("docker.io/me/app:2",)

    def test_compressed_layers_in_a_compressed_archive(self):
        files = layout([gzip.compress(LAYER)], [sha(LAYER)])
        assert only(gzip.compress(of_files(files))).image.layers[0].diff_id == sha(LAYER)

    def test_an_index_in_the_index_gives_the_platform_that_is_there_and_no_attestation(self):
        files = nested(layout())
        loaded = only(of_files(files), containerd=True)
        assert loaded.names == ("docker.io/library/demo:1",)
        assert loaded.image.id == json.loads(files["index.json"])["manifests"][0]["digest"]

    def test_with_the_containerd_store_sizes_and_ids_are_those_of_the_blobs(self):
        blob = gzip.compress(LAYER, mtime=0)
        files = layout([blob], [sha(LAYER)])
        image = only(of_files(files), containerd=True).image
        assert (image.layers[0].digest, image.layers[0].compressed) == (sha(blob), len(blob))
        kept = [data for name, data in files.items() if name.startswith("blobs/")]
        assert image.compressed == sum(map(len, kept))

    def test_links_inside_an_archive_are_followed(self):
        files = saved()
        layer = files.pop("0/layer.tar")
        links = [member("0/layer.tar", type=tarfile.SYMTYPE, linkname="../real.tar"), member("real.tar", layer)]
        data = tar([*(member(name, content) for name, content in files.items()), *links])
        assert only(data).image.layers[0].diff_id == sha(LAYER)

    def test_whiteouts_of_a_layer_hide_what_lies_below(self):
        above = tar([member("etc/.wh.motd"), member("opt/.wh..wh..opq"), member("etc/.wh..wh.plnk")])
        below = tar([member("etc/motd", b"hi\n"), member("opt/old", b"x")])
        image = only(of_files(saved([below, above]))).image
        assert [path for path, _ in image.tree.walk()] == ["/etc", "/opt"]
        assert [entry.kind for entry in image.layers[1].layer.entries] == ["whiteout", "opaque"]

    def test_a_layer_that_we_would_write_otherwise_keeps_its_bytes(self):
        gnu = tar([member("x" * 150, b"1", mtime=5)], tarfile.GNU_FORMAT)
        image = only(of_files(saved([gnu]))).image
        assert image.layers[0].archive == gnu
        written = export_images([(image, ())]).images[0]
        assert (written.keeps_id, written.repacked) == (True, ())

    def test_times_of_a_pax_header_are_exact(self):
        layer = tar([member("a", mtime=1.25)])
        assert only(of_files(saved([layer]))).image.tree.lookup("/a").meta.mtime == 1_250_000_000

    def test_a_hard_link_to_a_lower_layer_has_its_bytes(self):
        above = tar([member("copy", type=tarfile.LNKTYPE, linkname="etc/motd")])
        image = only(of_files(saved([LAYER, above]))).image
        assert image.tree.lookup("/copy").content == Bytes(b"hi\n")

    def test_an_image_without_layers(self):
        image = only(of_files(saved([]))).image
        assert (image.layers, image.tree) == ((), EMPTY)


def layered(*members) -> bytes:
    return of_files(saved([tar(members)]))


def cut(files, at: str, size: int) -> bytes:
    """The archive, ending so many bytes after the beginning of an entry's content."""
    whole = of_files(files)
    return whole[: whole.index(files[at]) + size]


def swapped(files, old: bytes, new: bytes, where: str) -> bytes:
    return of_files({**files, where: files[where].replace(old, new)})


BIG = 1 << 21
REFUSED = {
    "nothing": (b"", "not-tar", "archive"),
    "text": (b"hello, world\n" * 100, "not-tar", "archive"),
    "a tar of files": (of_files({"etc/motd": b"hi"}), "not-image", "etc/motd"),
    "an empty tar": (tar([]), "not-image", "-"),
    "docker 1.9": (of_files({"repositories": b"{}", "a/layer.tar": LAYER}), "too-old", "repositories"),
    "cut in a layer": (cut(saved(), "0/layer.tar", 700), "truncated", "0/layer.tar"),
    "cut before the manifest": (cut(saved(), "0/layer.tar", len(LAYER)), "not-image", None),
    "cut gzip": (gzip.compress(of_files(saved()))[:-40], "damaged", "archive"),
    "broken header": (
        of_files({"a": b"1", "b": b"2"})[:1024] + b"z" * 512 + bytes(1024), "damaged", "archive",
    ),
    "broken digest": (swapped(layout(), b"sha256:", b"sha256:x", "index.json"), "json", "index.json"),
    "zstd archive": (b"\x28\xb5\x2f\xfd" + b"x" * 600, "zstd", "archive"),
    "zstd layer": (of_files(layout([b"\x28\xb5\x2f\xfdxx"], [sha(LAYER)])), "zstd", "blobs/sha256/"),
    "zstd by its type": (of_files(layout(kind="application/vnd.oci.image.layer.v1.tar+zstd")), "zstd", "blobs/sha256/"),
    "encrypted": (
        of_files(layout(kind="application/vnd.oci.image.layer.v1.tar+encrypted")), "media-type", "blobs/sha256/",
    ),
    "artifact": (of_files(layout(kind="application/vnd.example")), "media-type", "blobs/sha256/"),
    "climbing name": (tar([member("../manifest.json", b"[]")]), "escapes", "../manifest.json"),
    "climbing link": (
        tar([member("manifest.json", type=tarfile.SYMTYPE, linkname="../../etc/passwd")]), "escapes", "manifest.json",
    ),
    "device": (tar([member("manifest.json", type=tarfile.CHRTYPE)]), "special", "manifest.json"),
    "twice": (tar([member("a", b"1"), member("./a", b"2")]), "duplicate", "a"),
    "no layer": (of_files({name: data for name, data in saved().items() if "layer" not in name}), "missing", "0/layer.tar"),
    "link to nothing": (
        tar([member(name, data) for name, data in saved().items() if "layer" not in name]
            + [member("0/layer.tar", type=tarfile.SYMTYPE, linkname="gone")]), "missing", "0/layer.tar",
    ),
    "wrong layer": (swapped(saved(), b"hi\n", b"ho\n", "0/layer.tar"), "digest", "0/layer.tar"),
    "wrong configuration": (of_files({**saved(), next(iter(saved())): config([sha(LAYER)], os="x")}), "digest", ".json"),
    "wrong size": (swapped(layout(), b'"size": ', b'"size": 1', "index.json"), "size", "blobs/sha256/"),
    "wrong blob": (
        of_files({name: data.replace(b"hi\n", b"ho\n") for name, data in layout().items()}), "digest", "blobs/sha256/",
    ),
    "other version": (of_files({**layout(), "oci-layout": b'{"imageLayoutVersion": "2"}'}), "json", "oci-layout"),
    "broken manifest": (of_files({**saved(), "manifest.json": b"[{"}), "json", "manifest.json"),
    "deep manifest": (of_files({**saved(), "manifest.json": b"[" * 30_000}), "json", "manifest.json"),
    "manifest of another shape": (of_files({**saved(), "manifest.json": b'{"a": 1}'}), "json", "manifest.json"),
    "manifest of numbers": (of_files({**saved(), "manifest.json": b'[{"Config": 1}]'}), "json", "manifest.json"),
    "huge manifest": (of_files({**saved(), "manifest.json": b" " * 70_000}), "too-large", "manifest.json"),
    "no name": (of_files(saved(tags=["Not A Name"])), "name", "manifest.json"),
    "empty index": (of_files({**layout(), "index.json": b'{"manifests": []}'}), "not-image", "index.json"),
    "more diff ids": (of_files(saved(config=config([sha(LAYER)] * 2))), "layers", ".json"),
    "more history": (of_files(saved(config=config([sha(LAYER)], history=[{}, {}]))), "layers", ".json"),
    "no diff ids": (of_files(saved(config=b"{}")), "config", ".json"),
    "odd diff id": (of_files(saved(config=config(["sha256:../../x"]))), "config", ".json"),
    "odd time": (of_files(saved(config=config([sha(LAYER)], created="soon"))), "config", ".json"),
    "odd labels": (of_files(saved(config=config([sha(LAYER)], config=[1]))), "config", ".json"),
    "layer climbs": (layered(member("a/../../b", b"x")), "escapes", "a/../../b"),
    "layer links out": (layered(member("a", type=tarfile.LNKTYPE, linkname="../b")), "escapes", "a"),
    "layer links to nothing": (layered(member("a", type=tarfile.LNKTYPE, linkname="b")), "missing", "b"),
    "file below a link": (
        layered(member("a", type=tarfile.SYMTYPE, linkname="/etc"), member("a/passwd", b"x")), "below", "a/passwd",
    ),
    "file below a file": (layered(member("a", b"x"), member("a/b", b"x")), "below", "a/b"),
    "layer file twice": (layered(member("a", b"1"), member("a", b"2")), "duplicate", "a"),
    "nameless whiteout": (layered(member("etc/.wh.")), "escapes", "etc/.wh."),
    "whiteout of the parent": (layered(member("etc/.wh...")), "escapes", "etc/.wh..."),
    "layer no tar": (of_files(saved([b"x" * 1000])), "not-tar", "0/layer.tar"),
    "cut layer": (of_files(saved([tar([member("a", b"x" * 600)])[:700]])), "truncated", "a"),
    "bomb of a layer": (of_files(saved([gzip.compress(bytes(BIG))])), "too-large", "0/layer.tar"),
    "bomb of an archive": (gzip.compress(of_files({"a": bytes(BIG)})), "too-large", "archive"),
    "large archive": (of_files({"a": bytes(BIG)}), "too-large", "a"),
    "many entries": (tar(member(str(at)) for at in range(300)), "too-many", "200"),
}  # fmt: skip


class TestRefusing:
    @pytest.mark.parametrize("name", REFUSED)
    def test_a_bad_archive_is_refused_naming_the_entry(self, name):
        data, code, entry = REFUSED[name]
        error = refused(data)
        assert error.code == code
        assert entry is None or entry in error.entry

    @pytest.mark.parametrize("language", ["ko", "en"])
    def test_every_refusal_is_a_sentence_with_all_its_values(self, language):
        say = load(language)
        for data, code, _ in REFUSED.values():
            error = refused(data)
            assert error.key in say, code
            assert "{" not in say(error.key, **error.values)

    def test_a_sparse_file_counts_as_large_as_it_says(self):
        info, _ = member("sparse", b"")
        info.pax_headers = {
            "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "sparse",
            "GNU.sparse.realsize": str(1 << 40),
        }  # fmt: skip
        block = b"0\n".ljust(512, b"\0")
        info.size = len(block)
        assert refused(tar([(info, block)])).code == "too-large"

    def test_memory_stays_near_the_limit_while_a_bomb_is_refused(self):
        bomb = gzip.compress(bytes(64 << 20))
        tracemalloc.start()
        assert refused(bomb).code == "too-large"
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8 << 20

    def test_names_are_shown_without_control_characters(self):
        error = refused(tar([member("../\x1b[31m" + "x" * 400)]))
        shown = error.values["entry"]
        assert "\x1b" not in shown
        assert len(shown) <= 200

    @given(st.integers(0, 4000), st.integers(0, 255))
    @settings(max_examples=150, deadline=None)
    def test_a_changed_byte_is_refused_or_changes_no_content(self, at, value):
        whole = of_files(layout(note={"io.containerd.image.name": "demo:1"}))
        data = bytearray(whole)
        data[at % len(data)] = value
        try:
            (loaded,) = read_images(bytes(data), limits=SMALL)
        except ImageArchiveError:
            return
        assert known(loaded.image) == known(only(whole).image)

    @given(st.integers(0, 20_000))
    @settings(max_examples=60, deadline=None)
    def test_an_archive_cut_anywhere_is_refused_or_whole(self, size):
        whole = of_files(saved())
        try:
            (loaded,) = read_images(whole[:size], limits=SMALL)
        except ImageArchiveError:
            return
        assert known(loaded.image) == known(only(whole).image)

    def test_nothing_is_loaded_of_an_archive_whose_second_image_is_wrong(self):
        first, second = saved(), saved([tar([member("b", b"2")])], tags=["other:1"])
        both = {**{f"x{name}" if name == "0/layer.tar" else name: data for name, data in second.items()}, **first}
        listed = [*json.loads(first["manifest.json"]), *json.loads(second["manifest.json"])]
        both["manifest.json"] = json.dumps(listed).encode()
        host, output = run(Host(NOW), ["load", "-i", "x"], Edge(files={"x": of_files(both)}))
        assert output.exit_code == 1
        assert "0/layer.tar" in output.stderr
        assert host.images == Host(NOW).images

    def test_what_is_no_archive_is_refused_in_dockers_words(self):
        _, output = run(Host(NOW), ["load", "-i", "x"], Edge(files={"x": b"nonsense"}))
        assert output.stderr == "Error response from daemon: unrecognized image format\n"


# ---- writing and reading ----

NAMES = st.sampled_from(["a", "b", "한글", "with space", "x" * 99, "y" * 130, "é\udcff", "-", "UPPER"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
METAS = st.builds(
    Meta,
    st.integers(0, 0o7777),
    st.sampled_from([0, 1000, 0o7777777, 3_000_000]),
    st.sampled_from([0, 5, 2_500_000]),
    st.integers(-5, 2_000_000_000).map(lambda seconds: seconds * SECOND),
    st.sampled_from([(), (("security.capability", b"\x01\x02"),), (("user.a", b"1"), ("user.b", b"=\n"))]),
)
KINDS = st.sampled_from(["file", "file", "dir", "symlink", "whiteout", "opaque", "fifo", "char"])


@st.composite
def layers(draw) -> Layer:
    """A layer that a step could have made: nothing lies below what isn't a directory."""
    entries: dict[str, LayerEntry] = {}
    blocked: list[str] = []
    for path in draw(st.lists(PATHS, max_size=6, unique=True)):
        if any(path.startswith(other + "/") or other.startswith(path + "/") for other in blocked):
            continue
        kind = draw(KINDS)
        if kind not in {"dir", "opaque"}:
            if any(other.startswith(path + "/") for other in entries):
                continue
            blocked.append(path)
        if kind in {"whiteout", "opaque"}:
            entries[path] = LayerEntry(path, kind)
            continue
        content = Bytes(draw(st.binary(max_size=700))) if kind == "file" else None
        link = draw(st.sampled_from(["a", "../../x", "/b" * 80, "한글"])) if kind == "symlink" else ""
        device = (draw(st.integers(0, 300)), 7) if kind == "char" else (0, 0)
        entries[path] = LayerEntry(path, kind, draw(METAS), content, link, device)
    files = [entry for entry in entries.values() if entry.kind == "file" and entry.path < "/~"]
    if files and draw(st.booleans()):
        first = min(files, key=walk_order)
        entries["/~hard"] = LayerEntry("/~hard", "hardlink", first.meta, first.content, first.path)
    return Layer(tuple(sorted(entries.values(), key=walk_order)))


def walk_order(entry: LayerEntry) -> list[bytes]:
    return [part.encode("utf-8", "surrogateescape") for part in parts(entry.path)]


TEXTS = st.text('ab <>&\u2028"\\한', max_size=8)
CONFIGS = st.builds(
    ImageConfig,
    user=st.sampled_from(["", "1000:1000"]),
    exposed_ports=st.sampled_from([(), ("443/tcp", "80/udp")]),
    env=st.lists(TEXTS.map(lambda text: f"N={text}"), max_size=2).map(tuple),
    entrypoint=st.sampled_from([None, ("/a", "b c")]),
    cmd=st.sampled_from([None, ("sh",)]),
    labels=st.dictionaries(TEXTS, TEXTS, max_size=2).map(lambda found: tuple(sorted(found.items()))),
    author=st.sampled_from(["", "me"]),
)


@st.composite
def images(draw):
    stack: list = []
    history: list[HistoryEntry] = []
    tree = EMPTY
    for at, layer in enumerate(draw(st.lists(layers(), max_size=3))):
        moment = NOW + at * 1_234_567
        stack.append(image_layer(layer, walk_size(layer), tuple(stack), moment))
        tree = apply(tree, layer)
        history.append(HistoryEntry(moment, draw(TEXTS), "c"))
        if draw(st.booleans()):
            history.append(HistoryEntry(moment, "ENV", empty_layer=True))
    return make_image(draw(CONFIGS), history, stack, tree, containerd=False, fallback=NOW)


class TestRoundTrip:
    @given(images(), st.sampled_from(["docker", "oci"]))
    @settings(max_examples=60, deadline=None)
    def test_export_then_import_is_identity(self, image, form):
        exported = export_images([(image, ["docker.io/library/demo:1"])], form)
        (loaded,) = read_images(exported.data)
        assert exported.images[0].keeps_id
        assert loaded.names == ("docker.io/library/demo:1",)
        assert known(loaded.image) == known(image)
        assert export_images([(loaded.image, loaded.names)], form).data == exported.data

    def test_layers_that_images_share_are_stored_once(self):
        layer = Layer((LayerEntry("/a", "file", Meta(0o644), Bytes(b"x" * 100_000)),))
        base = image_layer(layer, walk_size(layer), (), NOW)
        tree = apply(EMPTY, layer)
        two = [
            make_image(ImageConfig(user=user), [HistoryEntry(NOW, "a")], [base], tree, containerd=False, fallback=NOW)
            for user in ("", "me")
        ]
        data = export_images([(image, ()) for image in two]).data
        assert len(data) < 120_000
        assert [loaded.image.id for loaded in read_images(data)] == [image.id for image in two]

    def test_unknown_bytes_name_the_layer_and_the_file(self):
        known = Layer((LayerEntry("/a", "file", Meta(0o644), Bytes(b"")),))
        unknown = Layer((LayerEntry("/b", "file", Meta(0o644), Opaque(5, "0" * 64)),))
        below = image_layer(known, walk_size(known), (), NOW)
        above = image_layer(unknown, walk_size(unknown), (below,), NOW)
        tree = apply(apply(EMPTY, known), unknown)
        image = make_image(ImageConfig(), [], [below, above], tree, containerd=False, fallback=NOW)
        with pytest.raises(UnknownBytesError) as caught:
            export_images([(image, ())])
        assert (caught.value.number, caught.value.count, caught.value.path) == (2, 2, "/b")

    def test_the_containerd_store_brings_back_the_configuration(self):
        host = Host(NOW, Personality("29", "buildkit", "containerd"))
        host, _ = run(host, ["load", "-i", "x"], Edge(files={"x": of_files(saved())}))
        _, output = run(host, ["save", "-o", "y", "demo:1"])
        again, _ = run(Host(NOW, host.personality), ["load", "-i", "y"], Edge(files=output.files))
        (one,), (other,) = host.images.images.values(), again.images.images.values()
        assert (one.config_digest, one.layers) == (other.config_digest, other.layers)
        assert output.notes == ()


class TestImport:
    def test_what_a_container_exports_is_imported_as_one_layer(self):
        files = {"root.tar": LAYER}
        host, output = run(Host(NOW), ["import", "-c", "CMD sh", "root.tar", "flat:1"], Edge(files=files))
        image = host.images.find("flat:1")
        assert output.stdout == image.id + "\n"
        assert image.config.cmd == ("/bin/sh", "-c", "sh")
        assert image.tree.lookup("/etc/motd").content == Bytes(b"hi\n")
        assert [entry.comment for entry in image.history] == ["Imported from -"]

    def test_an_archive_that_isnt_there_or_no_tar_is_refused(self):
        assert run(Host(NOW), ["import", "x.tar"])[1].stderr == "open x.tar: no such file or directory\n"
        host, output = run(Host(NOW), ["import", "-"], Edge(stdin=b"nonsense" * 100))
        assert (output.exit_code, host.images) == (1, Host(NOW).images)
