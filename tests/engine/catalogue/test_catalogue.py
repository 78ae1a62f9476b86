"""Which image a reference means, and what is known of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from layerlab.catalogue import (
    Catalogue,
    Found,
    NotInCatalogue,
    NotLoaded,
    RecordedId,
    StandIn,
    SyntheticId,
    declared_bases,
    load_bases,
)
from layerlab.catalogue.files import load
from layerlab.filesystem import BULK_NAME, Bulk, Bytes, Directory, File, Symlink, Tree, Unknown, size_of
from layerlab.image.reference import InvalidReferenceError

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "recorded_rows.json").read_text(encoding="utf-8"))
BASES = HERE.parents[1] / "oracle" / "bases"


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue(load)


@pytest.fixture(scope="module")
def bases():
    return load_bases(BASES)


def found(catalogue, reference):
    answer = catalogue.resolve(reference)
    assert isinstance(answer, Found)
    return answer.image


def text(tree: Tree, path: str) -> str:
    node = tree.lookup(path)
    assert isinstance(node, File)
    assert isinstance(node.content, Bytes)
    return node.content.data.decode()


@pytest.mark.parametrize("reference", RECORDED)
class TestEveryRecordedImage:
    """All images of the catalogue, against the facts they were made from."""

    def test_rows_are_the_recorded_ones(self, catalogue, reference):
        image = found(catalogue, reference)
        recorded = RECORDED[reference]["rows"]
        assert [row.created_by for row in image.history] == [row[0] for row in recorded]
        assert [row.empty_layer for row in image.history] == [row[2] for row in recorded]

    def test_long_rows_are_marked_as_cut_and_no_others(self, catalogue, reference):
        image = found(catalogue, reference)
        assert image.cut == {number for number, row in enumerate(RECORDED[reference]["rows"]) if row[1]}
        assert all(len(row.created_by) <= 200 for row in image.history)

    def test_layer_sizes_are_recorded_or_marked(self, catalogue, reference):
        image = found(catalogue, reference)
        layers = [row for row in RECORDED[reference]["rows"] if not row[2]]
        for layer, (_, _, _, size, estimate, digest) in zip(image.layers, layers, strict=True):
            assert layer.size == (size if size is not None else estimate)
            assert layer.digest == digest
            if size is None:
                assert layer.size_basis.kind == ("unknown" if estimate is None else "estimated")
            else:
                assert layer.size_basis.kind in {"exact", "measured", "rounded", "sibling"}

    def test_ids_are_the_recorded_ones(self, catalogue, reference):
        image = found(catalogue, reference)
        assert image.image_id == RECORDED[reference]["image_id"]
        assert image.index_digest == RECORDED[reference]["index_digest"]
        assert image.provenance.source

    def test_made_up_layer_ids_say_so(self, catalogue, reference):
        for layer in found(catalogue, reference).layers:
            match layer.id:
                case RecordedId(diff_id):
                    assert diff_id.startswith("sha256:")
                case SyntheticId(made_up):
                    assert made_up.startswith("catalogue:")
                    assert layer.diff_id is None

    def test_it_has_a_tree_to_run_in(self, catalogue, reference):
        image = found(catalogue, reference)
        if image.family == "none":
            assert image.tree.lookup("/hello") is not None
            return
        assert isinstance(image.tree.lookup("/bin/sh"), File)
        assert "root:x:0:0:" in text(image.tree, "/etc/passwd")
        assert "root:x:0:" in text(image.tree, "/etc/group")
        for directory in ("/etc", "/tmp", "/root", "/usr/bin"):
            assert isinstance(image.tree.lookup(directory), Directory)

    def test_the_command_it_starts_with_is_in_the_tree(self, catalogue, reference):
        image = found(catalogue, reference)
        program = (image.config.entrypoint or image.config.cmd or ("",))[0]
        path = next(pair.partition("=")[2] for pair in image.config.env if pair.startswith("PATH="))
        places = [program] if "/" in program else [f"{folder}/{program}" for folder in path.split(":")]
        assert any(isinstance(image.tree.lookup(place), File) for place in places)

    def test_what_a_layer_holds_adds_up_to_no_more_than_its_size(self, catalogue, reference):
        image = found(catalogue, reference)
        for number, layer in enumerate(image.layers[1:], start=1):
            known = sum(size_of(entry.node.content) or 0 for entry in layer.entries if isinstance(entry.node, File))
            links = sum(len(entry.node.target) for entry in layer.entries if isinstance(entry.node, Symlink))
            if layer.size is not None and layer.size > 10_000:
                assert known + links <= layer.size, number

    def test_the_tree_is_the_sum_of_the_layers(self, catalogue, reference):
        image = found(catalogue, reference)
        last = {entry.path: entry.node for layer in image.layers for entry in layer.entries}
        walked = {path for path, _ in image.tree.walk()}
        assert walked <= set(last)


@pytest.mark.parametrize(
    ("reference", "programs"),
    [
        ("node:22", "node npm npx yarn git gcc curl"),
        ("node:22-slim", "node npm npx yarn"),
        ("node:22-alpine", "node npm npx yarn apk"),
        ("python:3.13", "python python3 pip git gcc make curl"),
        ("python:3.12-slim", "python pip apt-get"),
        ("python:3.13-alpine", "python pip apk"),
        ("golang:1.26", "go gofmt git gcc"),
        ("golang:1.27-alpine", "go apk"),
        ("nginx:1.30", "nginx apt-get"),
        ("nginx:alpine", "nginx apk curl"),
        ("postgres:18", "postgres psql initdb gosu"),
        ("redis:8.10", "redis-server redis-cli"),
        ("httpd:2.4", "httpd httpd-foreground"),
        ("ruby:4.0-slim", "ruby gem bundle"),
        ("php:8.5-cli-alpine", "php docker-php-ext-install"),
        ("eclipse-temurin:21-jre", "java"),
        ("mysql:latest", "mysqld mysql microdnf"),
    ],
)
def test_the_programs_of_an_image_are_on_its_path(catalogue, reference, programs):
    image = found(catalogue, reference)
    path = next(pair.partition("=")[2] for pair in image.config.env if pair.startswith("PATH="))
    for program in programs.split():
        assert any(isinstance(image.tree.lookup(f"{folder}/{program}"), File) for folder in path.split(":")), program


@pytest.mark.parametrize(
    ("reference", "user"),
    [
        ("node:22", "node"),
        ("nginx:1.30", "nginx"),
        ("nginx:alpine", "nginx"),
        ("postgres:18", "postgres"),
        ("redis:8.10", "redis"),
    ],
)
def test_the_user_of_an_image_is_in_its_passwd(catalogue, reference, user):
    tree = found(catalogue, reference).tree
    assert f"\n{user}:x:" in text(tree, "/etc/passwd")
    assert f"\n{user}:x:" in text(tree, "/etc/group")


def test_every_layer_but_ubuntus_control_data_is_known_to_its_recipe():
    recipes = json.loads(load("recipes"))
    open_rows = []
    for reference in RECORDED:
        recipe = next(recipe for pattern, recipe in recipes["images"] if re.fullmatch(pattern, reference))
        rows = [row for row in RECORDED[reference]["rows"] if not row[2]][1:]
        known = [re.compile(pattern) for pattern, _ in recipe.get("layers", ())]
        open_rows += [row[0] for row in rows if not any(pattern.search(row[0]) for pattern in known)]
    assert all(row.startswith(("WORKDIR ", "umoci raw add-layer")) for row in open_rows)


class TestReferences:
    """Short names, aliases, digests, snapshots."""

    def test_no_tag_means_latest_which_is_an_alias(self, catalogue):
        assert found(catalogue, "ubuntu").image_id == found(catalogue, "ubuntu:26.04").image_id

    def test_the_full_name_of_an_official_image_is_the_same(self, catalogue):
        assert found(catalogue, "docker.io/library/debian:12").image_id == found(catalogue, "debian:bookworm").image_id

    def test_the_reference_kept_is_the_one_asked_for(self, catalogue):
        assert found(catalogue, "debian:bookworm").reference == "debian:bookworm"

    def test_a_digest_finds_its_tag(self, catalogue):
        image = found(catalogue, "ubuntu:20.04")
        assert found(catalogue, f"ubuntu@{image.index_digest}").image_id == image.image_id

    def test_an_older_snapshot_can_be_asked_for(self, catalogue):
        old = found(catalogue, "ubuntu:20.04@2022-12")
        assert len(old.history) == 2
        assert old.image_id != found(catalogue, "ubuntu:20.04").image_id

    def test_an_invalid_reference_is_refused_with_dockers_words(self, catalogue):
        with pytest.raises(InvalidReferenceError, match="must be lowercase"):
            catalogue.resolve("Ubuntu")

    def test_another_registry_is_not_in_the_catalogue(self, catalogue):
        answer = catalogue.resolve("registry.example/ubuntu:20.04")
        assert isinstance(answer, NotInCatalogue)
        assert answer.asked == "registry.example/ubuntu:20.04"

    def test_an_unknown_repository_lists_what_there_is(self, catalogue):
        answer = catalogue.resolve("no-such-thing")
        assert isinstance(answer, NotInCatalogue)
        assert {"ubuntu", "alpine", "python"} <= set(answer.known)
        assert "scratch" not in answer.known

    def test_scratch_is_no_image(self, catalogue):
        assert isinstance(catalogue.resolve("scratch"), NotInCatalogue)


class TestStandIns:
    """Tags nobody recorded, of repositories that are."""

    @pytest.mark.parametrize(
        ("asked", "stands"),
        [
            ("node:18", "node:22"),
            ("node:20-alpine", "node:22-alpine"),
            ("node:18-slim", "node:22-slim"),
            ("python:3.9-slim", "python:3.11-slim"),
            ("python:3-slim", "python:3.13-slim"),
            ("python:latest", "python:3.13"),
            ("nginx", "nginx:1.30"),
            ("nginx:1.25", "nginx:1.30"),
            ("nginx:1.25-alpine", "nginx:alpine"),
            ("golang:1.22", "golang:1.26"),
            ("golang:1.22-alpine", "golang:1.27-alpine"),
            ("alpine:3.21", "alpine:3.22"),
            ("debian:buster-slim", "debian:11-slim"),
            ("ubuntu:23.10", "ubuntu:24.04"),
            ("openjdk:17-jdk-slim", "eclipse-temurin:21-jre"),
        ],
    )
    def test_the_nearest_tag_of_the_same_variant_stands_in(self, catalogue, asked, stands):
        answer = catalogue.resolve(asked)
        assert isinstance(answer, StandIn)
        assert answer.stands == stands

    def test_nothing_of_the_original_passes_for_a_fact(self, catalogue):
        answer = catalogue.resolve("node:18")
        assert isinstance(answer, StandIn)
        image = answer.image
        assert image.reference == "node:18"
        assert (image.image_id, image.index_digest, image.manifest_digest) == (None, None, None)
        assert (image.size, image.compressed_size) == (None, None)
        assert all(layer.size in {None, 0} and layer.digest is None for layer in image.layers)

    def test_its_rows_and_config_are_the_originals(self, catalogue):
        original = found(catalogue, "node:22")
        image = catalogue.resolve("node:18").image
        assert [row.created_by for row in image.history] == [row.created_by for row in original.history]
        assert image.config == original.config

    def test_its_layers_are_not_shared_with_the_original(self, catalogue):
        original = {layer.key for layer in found(catalogue, "node:22").layers}
        assert not original & {layer.key for layer in catalogue.resolve("node:18").image.layers}

    def test_an_alpine_tag_runs_on_alpine_even_if_only_debian_is_recorded(self, catalogue):
        answer = catalogue.resolve("redis:7-alpine")
        assert isinstance(answer, StandIn)
        assert answer.note == "catalogue.standin.variant"
        assert answer.image.family == "alpine"
        assert answer.image.tree.lookup("/sbin/apk") is not None
        assert answer.image.tree.lookup("/usr/local/bin/redis-server") is not None
        assert answer.image.tree.lookup("/usr/bin/apt-get") is None

    def test_a_release_named_in_the_tag_decides_the_distribution(self, catalogue):
        image = catalogue.resolve("python:3.12-slim-bookworm").image
        assert "bookworm" in text(image.tree, "/etc/os-release")

    def test_a_jdk_has_the_compiler(self, catalogue):
        assert catalogue.resolve("eclipse-temurin:17-jdk").image.tree.lookup("/opt/java/openjdk/bin/javac") is not None
        assert catalogue.resolve("eclipse-temurin:17-jre").image.tree.lookup("/opt/java/openjdk/bin/javac") is None

    def test_a_relative_of_a_recorded_family_says_so(self, catalogue):
        answer = catalogue.resolve("maven:3.9-eclipse-temurin-17")
        assert isinstance(answer, StandIn)
        assert answer.note == "catalogue.standin.family"
        assert answer.image.tree.lookup("/usr/bin/mvn") is not None


class TestSharedLayers:
    """Tags built on the same layer share it."""

    def test_python_slim_tags_share_the_debian_layer(self, catalogue):
        one, other = found(catalogue, "python:3.12-slim"), found(catalogue, "python:3.11-slim")
        assert one.layers[0].key == other.layers[0].key
        assert one.layers[2].key != other.layers[2].key

    def test_images_on_the_same_alpine_share_it(self, catalogue):
        assert found(catalogue, "node:22-alpine").layers[0].key == found(catalogue, "alpine:3.24").layers[0].key


class TestTrees:
    """The files a build runs in."""

    def test_debian_has_its_release_and_its_package_manager(self, catalogue):
        tree = found(catalogue, "debian:12").tree
        assert "VERSION_CODENAME=bookworm" in text(tree, "/etc/os-release")
        assert isinstance(tree.lookup("/usr/bin/apt-get"), File)
        assert isinstance(tree.lookup("/bin/ls"), File)
        assert tree.lookup("/usr/bin/curl") is None

    def test_a_release_without_a_tree_of_its_own_says_its_own_name(self, catalogue):
        tree = found(catalogue, "debian:13-slim").tree
        assert "VERSION_CODENAME=trixie" in text(tree, "/etc/os-release")
        assert "Suites: trixie trixie-updates" in text(tree, "/etc/apt/sources.list.d/debian.sources")
        version = tree.lookup("/etc/debian_version")
        assert isinstance(version, File)
        assert isinstance(version.content, Unknown)

    @pytest.mark.parametrize(("tag", "release"), [("3.24", "3.24.2"), ("3.20", "3.20.3"), ("3.18", "3.18.9")])
    def test_alpine_says_its_own_release(self, catalogue, tag, release):
        tree = found(catalogue, f"alpine:{tag}").tree
        assert text(tree, "/etc/alpine-release") == f"{release}\n"
        assert f"/alpine/v{tag}/main" in text(tree, "/etc/apk/repositories")

    def test_no_archive_host_is_in_any_source_list(self, catalogue):
        for reference in ("debian:12", "ubuntu:20.04", "ubuntu:24.04", "alpine:3.20"):
            tree = found(catalogue, reference).tree
            lists = [path for path, _ in tree.walk("/etc") if "sources.list" in path or path.endswith("repositories")]
            texts = [text(tree, path) for path in lists if isinstance(tree.lookup(path), File)]
            assert texts
            assert all("<archive>" in each for each in texts if "://" in each)

    def test_slim_has_no_documents(self, catalogue):
        slim, full = found(catalogue, "debian:12-slim").tree, found(catalogue, "debian:12").tree
        assert isinstance(full.lookup(f"/usr/share/doc/{BULK_NAME}"), File)
        assert slim.lookup(f"/usr/share/doc/{BULK_NAME}") is None

    def test_busyboxs_names_are_one_file(self, catalogue):
        tree = found(catalogue, "busybox").tree
        ls, cat = tree.lookup("/bin/ls"), tree.lookup("/bin/cat")
        assert isinstance(ls, File)
        assert isinstance(cat, File)
        assert ls.inode is not None
        assert ls.inode == cat.inode

    def test_what_is_only_known_in_sum_is_one_pseudo_file(self, catalogue):
        node = found(catalogue, "debian:12").tree.lookup(f"/usr/share/locale/{BULK_NAME}")
        assert isinstance(node, File)
        assert node.content == Bulk(592, 31794886, "catalogue.tree.recorded")

    def test_node_has_its_user_and_programs(self, catalogue):
        tree = found(catalogue, "node:22-slim").tree
        assert "node:x:1000:1000:" in text(tree, "/etc/passwd")
        for program in ("node", "npm", "npx", "yarn"):
            assert isinstance(tree.lookup(f"/usr/local/bin/{program}"), File)

    def test_pythons_links_lead_to_the_interpreter(self, catalogue):
        tree = found(catalogue, "python:3.12-slim").tree
        assert tree.resolve("/usr/local/bin/python") == "/usr/local/bin/python3.12"
        assert isinstance(tree.lookup("/usr/local/bin/pip"), File)

    def test_building_a_tree_twice_gives_the_same_image(self):
        one, other = Catalogue(load).resolve("debian:12").image, Catalogue(load).resolve("debian:12").image
        assert [(path, getattr(node, "content", None)) for path, node in one.tree.walk()] == [
            (path, getattr(node, "content", None)) for path, node in other.tree.walk()
        ]

    def test_asking_again_gives_the_very_same_tree(self, catalogue):
        assert found(catalogue, "debian:12").tree is found(catalogue, "debian:12").tree


class TestLoading:
    """In the browser data files come one by one."""

    def test_nothing_loaded_asks_for_the_index_first(self):
        answer = Catalogue({}.get).resolve("ubuntu:20.04")
        assert isinstance(answer, NotLoaded)
        assert answer.name == "index"

    def test_each_answer_names_what_is_missing_until_all_is_there(self):
        supplied: dict[str, str] = {}
        catalogue = Catalogue(supplied.get)
        asked: list[str] = []
        while isinstance(answer := catalogue.resolve("python:3.12-slim"), NotLoaded):
            assert len(asked) < 20
            for name in answer.names:
                supplied[name] = load(name) or ""
                asked.append(name)
        assert isinstance(answer, Found)
        assert len(asked) == len(set(asked))
        assert {name.partition("@")[0] for name in asked} == {
            "index",
            "recipes",
            "image/python_3.12-slim",
            "tree/debian-12",
            "packages/commands",
        }

    def test_names_carry_the_hash_of_the_content(self):
        catalogue = Catalogue(
            {"index": load("index"), **{n: load(n) for n in [Catalogue(load).data.full_name("recipes")]}}.get
        )
        answer = catalogue.resolve("alpine:3.20")
        assert isinstance(answer, NotLoaded)
        assert all(len(name.partition("@")[2]) == 16 for name in answer.names)

    def test_a_name_outside_the_package_is_not_there(self):
        assert load("image/nothing@0") is None


class TestSuppliedBases:
    """`--bases` files."""

    def test_they_go_before_the_catalogue(self, bases):
        image = found(Catalogue(load, bases=bases), "ubuntu:20.04")
        assert image.exact_tree
        assert image.provenance.source == "--bases"

    def test_layers_have_the_recorded_ids_and_sizes(self, bases):
        for path in sorted(BASES.glob("*.json")):
            record = json.loads(path.read_text(encoding="utf-8"))
            image = bases[record["image"]]
            layers = [layer for layer in record["layers"] if not layer["empty"]]
            assert [layer.diff_id for layer in image.layers] == [layer["diff_id"] for layer in layers]
            assert [layer.size for layer in image.layers] == [layer["size"] for layer in layers]

    def test_every_file_is_there_with_its_mode_and_content(self, bases):
        record = json.loads((BASES / "app-base_1.json").read_text(encoding="utf-8"))
        tree = bases["app-base:1"].tree
        for entry in record["layers"][1]["files"]:
            node = tree.lookup(entry["path"], follow=False)
            assert node is not None
            assert node.meta.mode == int(entry["mode"], 8)
            if "content" in entry:
                assert text(tree, entry["path"]) == entry["content"]

    def test_a_small_text_is_known_and_a_large_file_by_its_digest(self, bases):
        sizes = {
            type(node.content).__name__ for _, node in bases["debian:12-mini"].tree.walk() if isinstance(node, File)
        }
        assert sizes == {"Bytes", "Opaque"}

    def test_config_is_read(self, bases):
        config = bases["app-base:1"].config
        assert (config.user, config.working_dir, config.stop_signal) == ("app", "/srv", "SIGQUIT")
        assert bases["onbuild-base:1"].config.on_build

    def test_a_file_that_is_no_base_names_itself(self, tmp_path):
        from layerlab.catalogue import BaseFileError

        (tmp_path / "x.json").write_text('{"image": "x"}', encoding="utf-8")
        with pytest.raises(BaseFileError, match=r"x\.json"):
            load_bases(tmp_path)

    def test_hard_links_whiteouts_and_opaque_directories_are_kept(self):
        from layerlab.catalogue import parse_base

        def entry(path, kind, **more):
            return {"path": path, "type": kind, "mode": "0755", "uid": 0, "gid": 0, **more}

        def layer(*files):
            return {"created_by": "x", "empty": False, "diff_id": None, "size": 1, "files": list(files)}

        image = parse_base(
            json.dumps(
                {
                    "image": "demo",
                    "config": {},
                    "layers": [
                        layer(
                            entry("/a", "dir"),
                            entry("/a/one", "file", size=1, content="1"),
                            entry("/a/two", "hardlink", link="a/one"),
                            entry("/b", "dir"),
                            entry("/b/old", "file", size=0),
                        ),
                        layer(
                            {"path": "/a/one", "type": "whiteout"},
                            {"path": "/b", "type": "opaque"},
                            entry("/b/new", "file", size=0),
                        ),
                    ],
                }
            )
        )
        assert image.reference == "demo:latest"
        assert image.tree.lookup("/a/one") is None
        assert isinstance(image.tree.lookup("/a/two"), File)
        assert image.tree.lookup("/b/old") is None
        assert image.tree.lookup("/b/new") is not None
        assert [(entry.path, entry.kind) for entry in image.layers[1].entries] == [
            ("/a/one", "whiteout"),
            ("/b", "opaque"),
            ("/b/new", "node"),
        ]


class TestDeclarations:
    """Private images that behave like known ones."""

    def test_a_comment_above_from_declares_its_image(self):
        dockerfile = "# layerlab: base=debian:12\nFROM --platform=linux/amd64 ghcr.io/me/app:3 AS build\nRUN true\n"
        assert declared_bases(dockerfile) == {"ghcr.io/me/app:3": "debian:12"}

    def test_a_comment_may_name_the_image(self):
        assert declared_bases("FROM x\n# layerlab: base me/app=alpine\n") == {"me/app:latest": "alpine:latest"}

    def test_what_is_no_reference_is_left_out(self):
        assert declared_bases("# layerlab: base=Debian\nFROM me/app\n# layerlab: base=debian\nFROM $X\n") == {}

    def test_a_declared_image_stands_on_its_family_and_says_so(self, catalogue):
        answer = catalogue.declaring({"ghcr.io/me/app:3": "debian:12"}).resolve("ghcr.io/me/app:3")
        assert isinstance(answer, StandIn)
        assert (answer.note, answer.stands) == ("catalogue.declared", "debian:12")
        assert answer.image.size is None

    def test_undeclared_it_stays_unknown(self, catalogue):
        assert isinstance(catalogue.resolve("ghcr.io/me/app:3"), NotInCatalogue)
