"""Archives at the command line and as base images: what is offered, what is refused, what `FROM` finds."""

from __future__ import annotations

import json

import pytest
from engine.image.archive_builders import LAYER, member, of_files, saved, sha, tar

from layerlab.archiving import ArchivingError, export_image, import_archive, unknown_bytes
from layerlab.build.context import Context
from layerlab.catalogue.bases import parse_base
from layerlab.cli import main
from layerlab.host import Host
from layerlab.image.importing import read_images
from layerlab.lab import Lab
from layerlab.messages import load

NOW = 1_790_000_000_000_000_000
SAY = load("en")
LINKED = tar([
    member("bin/a", b"shared", mode=0o755),
    member("bin/b", type=b"1", linkname="bin/a", mode=0o755),
    member("etc/.wh.gone"),
])  # fmt: skip
BASE = {
    "image": "mine:1",
    "created": "2026-08-05T00:00:00Z",
    "config": {"Cmd": ["sh"]},
    "layers": [
        {
            "created": "2026-08-05T00:00:00Z", "created_by": "ADD", "size": 3, "diff_id": "sha256:" + "1" * 64,
            "files": [{"path": "/etc", "type": "dir"}, {"path": "/etc/motd", "type": "file", "size": 3, "content": "hi\n"}],
        }
    ],
}  # fmt: skip


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "in.tar"
    path.write_bytes(of_files(saved()))
    return path


class TestBase:
    def test_from_finds_an_imported_image_on_hosts_that_never_loaded_it(self):
        bases = import_archive(Host(NOW), of_files(saved([LAYER, LINKED])), SAY).bases
        lab = Lab(bases=bases, now=NOW)
        record = lab.build("FROM demo:1\nCOPY f /\n", context=Context.from_entries([{"path": "f", "content": "x"}]))
        assert record.ok
        (image,) = read_images(of_files(saved([LAYER, LINKED])))
        built = lab.host.images.images[record.image.id]
        assert [layer.chain_id for layer in built.layers[:2]] == [layer.chain_id for layer in image.image.layers]
        assert [layer.size for layer in built.layers[:2]] == [layer.size for layer in image.image.layers]
        assert built.history[:2] == image.image.history
        a, b = built.tree.lookup("/bin/a"), built.tree.lookup("/bin/b")
        assert (a.content, a.inode) == (b.content, b.inode)

    def test_what_is_built_on_an_imported_image_can_be_exported(self):
        host = import_archive(Host(NOW), of_files(saved()), SAY).host
        lab = Lab(host=host, now=NOW)
        lab.build("FROM demo:1\nENV A=2\n", tag="next")
        (back,) = read_images(export_image(lab.host, "next", "docker", SAY).data)
        assert back.image.id == lab.host.images.find("next").id
        assert back.image.layers[0].diff_id == sha(LAYER)


class TestExporting:
    def test_a_base_with_full_content_goes_out_and_says_that_its_id_is_another(self):
        lab = Lab(bases={"mine:1": parse_base(json.dumps(BASE))}, now=NOW)
        lab.docker("pull mine:1")
        made = export_image(lab.host, "mine:1", "oci", SAY)
        (back,) = read_images(made.data)
        assert "mine:1" in made.remarks[0]
        assert back.image.id in made.remarks[0]
        assert back.image.layers[0].diff_id != "sha256:" + "1" * 64

    def test_a_catalogue_image_is_refused_naming_layer_and_file(self):
        lab = Lab(now=NOW)
        lab.docker("pull ubuntu:20.04")
        with pytest.raises(ArchivingError, match=r"in layer 1 of \d+ the bytes of /\S+ aren't known"):
            export_image(lab.host, "ubuntu:20.04", "docker", SAY)

    def test_what_isnt_there_is_refused_as_docker_words_it(self):
        with pytest.raises(ArchivingError, match="No such image: nope:latest"):
            export_image(Host(NOW), "nope", "docker", SAY)


class TestCommandLine:
    def test_import_then_export_gives_the_same_image(self, archive, tmp_path, capsys):
        state, out = tmp_path / "host.state", tmp_path / "out.tar"
        assert main(["import", "--state", str(state), "-t", "me/mine:3", str(archive)]) == 0
        assert main(["export", "--state", str(state), "-o", str(out), "--format", "oci", "me/mine:3"]) == 0
        (one,), (other,) = read_images(archive.read_bytes()), read_images(out.read_bytes())
        assert (other.image.id, other.names) == (one.image.id, ("docker.io/me/mine:3",))
        assert one.image.id in capsys.readouterr().out
        assert b"manifest.json" not in out.read_bytes()

    def test_docker_load_and_save_use_the_files_of_the_folder(self, archive, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert main(["docker", "--state", "s", "--", "load", "-i", "in.tar"]) == 0
        assert capsys.readouterr().out == "Loaded image: demo:1\n"
        assert main(["docker", "--state", "s", "--", "save", "-o", "out.tar", "demo:1"]) == 0
        assert (
            read_images((tmp_path / "out.tar").read_bytes())[0].image.id
            == read_images(archive.read_bytes())[0].image.id
        )

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--limit", "1000"], "more than the limit of 1,000 bytes"),
            (["-t", "Not A Name"], "invalid reference format"),
        ],
    )
    def test_a_refused_import_says_why_and_leaves_no_state(self, archive, tmp_path, capsys, arguments, sentence):
        state = tmp_path / "host.state"
        assert main(["import", "--state", str(state), *arguments, str(archive)]) == 1
        assert sentence in capsys.readouterr().err
        assert not state.exists()

    def test_without_a_state_file_it_says_that_nothing_is_kept(self, archive, capsys):
        assert main(["import", str(archive)]) == 0
        assert "--state" in capsys.readouterr().err

    def test_a_missing_file_and_a_missing_image_end_with_one(self, tmp_path, capsys):
        assert main(["import", str(tmp_path / "nothing")]) == 1
        assert main(["export", "-o", str(tmp_path / "x"), "nope"]) == 1
        assert "No such image: nope:latest" in capsys.readouterr().err


class TestWhetherItCanBeWritten:
    def test_what_can_be_written_is_known_without_writing_it(self):
        host = import_archive(Host(NOW), of_files(saved()), SAY).host
        assert unknown_bytes(host.images.find("demo:1"), "demo:1", SAY) is None

    def test_the_reason_is_the_one_that_writing_gives(self):
        lab = Lab(now=NOW)
        lab.docker("pull ubuntu:20.04")
        with pytest.raises(ArchivingError) as error:
            export_image(lab.host, "ubuntu:20.04", "docker", SAY)
        assert unknown_bytes(lab.host.images.find("ubuntu:20.04"), "ubuntu:20.04", SAY) == str(error.value)
