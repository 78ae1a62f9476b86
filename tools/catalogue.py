# ruff: noqa: PLC0415  # the engine is imported only where it is compared with what was measured
"""Refresh the catalogue's data files from recorded facts about base images and packages.

Usage: python tools/catalogue.py FACTS [--names FILE] [--measure] [--out FOLDER]

FACTS is a folder of three parts, each optional:

    catalogue/NAME.json     one repository: its tags with digests, sizes, config and history rows
    trees/IMAGE-TAG.json    directory skeleton, text of some files, command names
    packages/NAME.json      debian-12, ubuntu, alpine, pip, npm: versions, sizes, closures

and the result is

    images/REPOSITORY_TAG.json  one file a tag, so that a page loads only what a FROM names
    trees/NAME.json             root file systems shared by several images
    packages/NAME.json          package facts
    index.json                  repositories, tags, aliases; every data file with a hash of its content

What changes on the way: a row's text is cut after 200 characters (facts are recorded, not other people's
scripts) and marked with `cut`; hosts of package archives become `<archive>`; every size gets a basis of
one word and a text; package lists of single images are left out; package names in closures are numbers.
`recipes.json` and `packages/commands.json` are kept by hand and only hashed here. `--names` takes a list of
all package names of Debian 12, one a line (`apt-cache pkgnames`), and makes a Bloom filter of it, so that a
misspelt name can be told from one that just isn't recorded. `--measure` runs the engine on the commands that were
measured for real and writes how far it is off (`packages/measured.json`), for the fidelity page. Running the script
twice on the same facts gives the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

SCHEMA = 1
LONGEST_ROW = 200
HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "plugin/layerlab/src/layerlab/catalogue/data"
KEPT = ("packages/commands.json", "packages/debian-12-names.json", "packages/measured.json", "recipes.json")

ARCHIVE_FILES = re.compile(r"/etc/apt/sources\.list.*|/etc/apk/repositories")
HOST_IN_FILE = re.compile(r"(https?://)[^/\s]+")
HOST_IN_ROW = re.compile(r"(\bbaseurl=|\] )(https?://)[^/\s]+")

KINDS = (
    ("exact", "exact"),
    ("measured", "measured"),
    ("sibling", "sibling"),
    ("docker images display", "rounded"),
    ("repo-info", "rounded"),
    ("size of the script in the source repository", "sibling"),
)
"""First words of a recorded `size_basis` and the one word the engine knows it by."""

MEASURED_ON = "debian:12@2024-12"
TOLERANCE = 0.03
BITS_A_NAME = 8
HASHES = 6

REWRITTEN_BY_DPKG = ("/var/lib/dpkg/status", "/var/lib/dpkg/status-old")
DEBCONF_CACHE = "/var/cache/debconf"


def main(arguments: list[str]) -> int:
    """Convert a folder of facts; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("facts", type=Path, help="folder with catalogue/, trees/ and packages/")
    parser.add_argument("--out", type=Path, default=DATA, help="the catalogue's data folder")
    parser.add_argument("--names", type=Path, help="file with all package names of Debian 12")
    parser.add_argument("--measure", action="store_true", help="compare the engine with the measured layers")
    options = parser.parse_args(arguments)
    if not options.facts.is_dir():
        parser.error(f"{options.facts} is not a folder")
    files = convert(options.facts)
    if options.names:
        names = options.names.read_text(encoding="utf-8").split()
        files["packages/debian-12-names.json"] = render(name_filter(names))
    for path in sorted(options.out.rglob("*.json")):
        name = path.relative_to(options.out).as_posix()
        if name in KEPT and name not in files:
            files[name] = path.read_text(encoding="utf-8")
        elif name not in files and name != "index.json" and (options.facts / _source(name)).is_dir():
            path.unlink()
    files["index.json"] = index(options.facts, files)
    for name, text in sorted(files.items()):
        target = options.out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if options.measure:
        files["packages/measured.json"] = render(measure())
        (options.out / "packages/measured.json").write_text(files["packages/measured.json"], encoding="utf-8")
        files["index.json"] = index(options.facts, {name: files[name] for name in files if name != "index.json"})
        (options.out / "index.json").write_text(files["index.json"], encoding="utf-8")
    total = sum(len(text.encode()) for text in files.values())
    sys.stdout.write(f"{len(files)} files, {total:,} bytes in {options.out}\n")
    return 0


def convert(facts: Path) -> dict[str, str]:
    """Every data file but the index: relative name → text."""
    files: dict[str, str] = {}
    for path in sorted((facts / "catalogue").glob("*.json")):
        repository = _read(path)
        for tag, record in repository["tags"].items():
            name = file_name(repository["repository"], tag)
            files[f"images/{name}.json"] = render(image(repository["repository"], tag, record))
    for path in sorted((facts / "trees").glob("*.json")):
        files[f"trees/{path.stem}.json"] = render(tree(_read(path)))
    for name, make in (("debian-12", debian), ("ubuntu", ubuntu), ("alpine", alpine), ("pip", pip), ("npm", npm)):
        path = facts / "packages" / f"{name}.json"
        if path.is_file():
            text = facts / "trees" / "debian-12.json"
            sizes = _read(text)["entries"] if name == "debian-12" and text.is_file() else []
            files[f"packages/{name}.json"] = render(make(_read(path) | listed_sizes(facts), sizes))
    return files


def listed_sizes(facts: Path) -> dict[str, Any]:
    """Sizes that public listings print for images, from `blog-sample/`: image → the first text seen."""
    found: dict[str, str] = {}
    for path in sorted((facts / "blog-sample").glob("*.json")):
        for image_name, texts in _read(path).get("sizes_seen_in_public_listings", {}).items():
            found.setdefault(image_name, next(iter(texts.values())))
    return {"listed_sizes": found}


def index(facts: Path, files: dict[str, str]) -> str:
    """`index.json`: what there is, under which names, with a hash of each file."""
    repositories: dict[str, Any] = {}
    for path in sorted((facts / "catalogue").glob("*.json")):
        record = _read(path)
        repositories[record["repository"]] = {
            "tags": {tag: file_name(record["repository"], tag) for tag in record["tags"]},
            "aliases": record.get("aliases", {}),
            "note": record.get("note", record.get("special", "")),
            "digests": {
                facts_of["index_digest"]: tag for tag, facts_of in record["tags"].items() if facts_of["index_digest"]
            },
        }
    hashes = {data_name(name): hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in sorted(files.items())}
    return render({"schema": SCHEMA, "repositories": repositories, "files": hashes})


def data_name(path: str) -> str:
    """The name the engine asks for a file by: `image/ubuntu_20.04` for `images/ubuntu_20.04.json`."""
    folder, _, rest = path.removesuffix(".json").rpartition("/")
    return {"images": "image/", "trees": "tree/", "packages": "packages/", "": ""}[folder] + rest


def file_name(repository: str, tag: str) -> str:
    """A tag's file, without folder and suffix; `@` of older snapshots becomes `--`."""
    return f"{repository}_{tag}".replace("/", "-").replace("@", "--")


# One tag


def image(repository: str, tag: str, record: dict[str, Any]) -> dict[str, Any]:
    """One tag's facts."""
    return {
        "schema": SCHEMA,
        "repository": repository,
        "tag": tag,
        "created": record["created"],
        "image_id": record["image_id"],
        "manifest_digest": record["manifest_digest"],
        "index_digest": record["index_digest"],
        "size": size(record),
        "compressed_size": record["compressed_size"],
        "config": {key: value for key, value in record["config"].items() if value},
        "packages": len(record["packages"]) if record["packages"] and not record.get("packages_truncated") else None,
        "release": release(record["packages"] or {}),
        "provenance": provenance(record["provenance"]),
        "history": [row(entry) for entry in record["history"]],
    }


def row(entry: dict[str, Any]) -> dict[str, Any]:
    """One history row, at most `LONGEST_ROW` characters of its text."""
    text = HOST_IN_ROW.sub(r"\1\2<archive>", entry["created_by"])
    whole: dict[str, Any] = {
        "created": entry["created"],
        "created_by": text[:LONGEST_ROW],
        "cut": len(text) > LONGEST_ROW or bool(entry.get("created_by_truncated")),
        "comment": entry.get("comment"),
        "empty_layer": entry["empty_layer"],
    }
    if not entry["empty_layer"]:
        whole |= {
            "size": size(entry),
            "compressed_size": entry["compressed_size"],
            "digest": entry.get("digest"),
            "diff_id": entry.get("diff_id"),
        }
    return {key: value for key, value in whole.items() if value not in (None, False, "")}


def size(record: dict[str, Any]) -> dict[str, Any]:
    """A size with its basis: bytes (or null), one word, the recorded text."""
    if record["size"] is not None:
        text = record.get("size_basis") or ""
        kind = next((word for start, word in KINDS if text.startswith(start)), "sibling")
        return {"bytes": record["size"], "kind": kind, "text": text}
    if record.get("size_estimate") is not None:
        return {"bytes": record["size_estimate"], "kind": "estimated", "text": record.get("size_estimate_method", "")}
    return {"bytes": None, "kind": "unknown", "text": ""}


def release(packages: dict[str, str]) -> str | None:
    """The distribution's release as its own package tells it: Alpine's `3.24.2`, Debian's base-files version."""
    for name in ("alpine-release", "base-files"):
        if name in packages:
            return packages[name].partition("-r")[0]
    return None


def provenance(record: dict[str, Any]) -> dict[str, Any]:
    """Source, file, commit and date; every other remark as a list of notes."""
    named = ("source", "file", "commit", "snapshot")
    notes = [f"{key}: {value}" for key, value in record.items() if key not in named and value]
    return {key: record.get(key, "") for key in named} | {"notes": notes}


# One tree


def tree(record: dict[str, Any]) -> dict[str, Any]:
    """A root file system; names of commands that have no entry of their own are kept as a list."""
    entries = record["entries"]
    known = {entry[0] for entry in entries}
    bare = {
        folder: [name for name in names if f"{folder}/{name}" not in known]
        for folder, names in record["commands"].items()
    }
    return {
        "schema": SCHEMA,
        "image": record["image"],
        "basis": record["basis"],
        "file_count": record["file_count"],
        "file_bytes": record["file_bytes"],
        "absent_on_purpose": record["absent_on_purpose"],
        "commands": {folder: names for folder, names in bare.items() if names},
        "contents": {
            path: HOST_IN_FILE.sub(r"\1<archive>", text) if ARCHIVE_FILES.fullmatch(path) else text
            for path, text in record["contents"].items()
        },
        "entries": [_trimmed(entry) for entry in entries],
    }


def _trimmed(entry: list[Any]) -> list[Any]:
    """An entry without trailing nulls."""
    kept = list(entry)
    while kept and kept[-1] is None:
        kept.pop()
    return kept


# Packages


def debian(record: dict[str, Any], entries: list[list[Any]]) -> dict[str, Any]:
    """Debian's packages: versions, sizes, closures by number, lists, what maintainer scripts leave."""
    names = sorted(record["package_meta"])
    number = {name: position for position, name in enumerate(names)}
    return {
        "schema": SCHEMA,
        "distribution": record["distribution"],
        "snapshot": record["snapshot"],
        "how": record["how"],
        "caution": record["caution"],
        "lists": {
            "bytes": record["apt_lists"]["bytes_after_apt_get_update"],
            "files": record["apt_lists"]["files"],
            "without_docker_settings": record["apt_lists"]["without_the_docker_settings_bytes"],
        },
        "base": record["base_packages"],
        "generated": generated(record, {entry[0]: entry[5] for entry in entries}),
        "measured": [
            {"command": layer["command"], "bytes": layer["layer_bytes"], "lists": layer["apt_lists_bytes"]}
            for layer in record["measured_layers"]
        ],
        "meta": {name: record["package_meta"][name] for name in names},
        "closures": {
            name: [[number[each] for each in facts[kind]["packages"]] for kind in ("no_recommends", "with_recommends")]
            for name, facts in record["packages"].items()
        },
    }


def generated(record: dict[str, Any], sizes: dict[str, int]) -> dict[str, Any]:
    """What maintainer scripts wrote beyond the packages' files, from the measured layers.

    The layer of python3 holds compiled modules, that of ca-certificates hashed links and a bundle; what
    dpkg and debconf rewrite in every such layer is taken off first.
    """
    dpkg = sum(sizes.get(path, 0) for path in REWRITTEN_BY_DPKG)
    debconf = sizes.get(DEBCONF_CACHE, 0)
    excess = {}
    for name in ("ca-certificates", "python3", "python3-pip"):
        measured, installed, _ = record["size_check"].get(f"{name} --no-install-recommends", (0, 0, 0))
        excess[name] = measured - installed - dpkg if measured else 0
    certificates = max(0, excess["ca-certificates"] - debconf)
    python = max(0, excess["python3"])
    beyond = max(0, excess["python3-pip"] - debconf - certificates - python)
    closure = record["packages"].get("python3-pip", {}).get("no_recommends", {}).get("packages", [])
    inner = set(record["packages"].get("python3", {}).get("no_recommends", {}).get("packages", []))
    modules = sum(
        record["package_meta"][name][1] for name in closure if name.startswith("python3-") and name not in inner
    )
    return {
        "ca-certificates": certificates,
        "python3": python,
        "python3-*": round(beyond / modules, 3) if modules else 0,
        "how": "measured layer less Installed-Size, dpkg's status files and debconf's cache",
    }


def name_filter(names: list[str]) -> dict[str, Any]:
    """A Bloom filter: every name is in it, of other texts about one in fifty."""
    bits = max(64, len(set(names)) * BITS_A_NAME)
    table = bytearray((bits + 7) // 8)
    for name in names:
        digest = hashlib.sha256(name.encode()).digest()
        for number in range(HASHES):
            position = int.from_bytes(digest[number * 4 : number * 4 + 4], "big") % bits
            table[position // 8] |= 1 << position % 8
    return {
        "schema": SCHEMA,
        "names": len(set(names)),
        "bits": bits,
        "hashes": HASHES,
        "table": base64.b64encode(table).decode(),
    }


def ubuntu(record: dict[str, Any], _: list[list[Any]]) -> dict[str, Any]:
    """The few published figures for Ubuntu; the bare image's size is what listings of those years print."""
    bases = record.get("listed_sizes", {})
    published = {}
    for title, facts in record["published"].items():
        image_name, package = title.split(" ", 1)
        published[package] = {
            "image": image_name,
            "image_bytes": _megabytes(facts["lists removed"]),
            "base_bytes": _megabytes(bases[image_name]) if image_name in bases else None,
            "lists": facts["lists_bytes_implied"],
            "date": facts["date"],
            "source": facts["source"],
        }
    return {"schema": SCHEMA, "note": record["note"], "published": published}


def alpine(record: dict[str, Any], _: list[list[Any]]) -> dict[str, Any]:
    """Alpine's base packages and the older single sizes."""
    return {
        "schema": SCHEMA,
        "note": record["note"],
        "base": {
            name: [facts["version"], facts["installed_size_bytes"]] for name, facts in record["base_3_24_2"].items()
        },
        "base_source": record["base_source"],
        "alone": {
            name: [facts["version"], facts["installed_size_bytes"]] for name, facts in record["packages_3_17"].items()
        },
        "alone_source": record["packages_3_17_source"],
    }


def pip(record: dict[str, Any], _: list[list[Any]]) -> dict[str, Any]:
    """Python distributions: wheel, installed bytes and files, compiled bytes and files; closures by number."""
    names = sorted(record["distributions"])
    number = {name: position for position, name in enumerate(names)}
    closures = {}
    for name, facts in record["packages"].items():
        closures[name] = [facts["version"], [number.get(each, each) for each in facts["closure"]]]
    columns = ("wheel_bytes", "installed_bytes", "installed_files", "pyc_bytes", "pyc_files")
    return {
        "schema": SCHEMA,
        "snapshot": record["snapshot"],
        "how": record["how"],
        "distributions": {name: [record["distributions"][name][column] for column in columns] for name in names},
        "closures": closures,
    }


def npm(record: dict[str, Any], _: list[list[Any]]) -> dict[str, Any]:
    """Node packages: version, count, bytes and files of node_modules, of the lock file, of the package alone."""
    columns = (
        "version",
        "packages",
        "node_modules_bytes",
        "node_modules_files",
        "package_lock_bytes",
        "own_bytes",
        "own_files",
    )
    return {
        "schema": SCHEMA,
        "snapshot": record["snapshot"],
        "how": record["how"],
        "packages": {name: [facts[column] for column in columns] for name, facts in record["packages"].items()},
        "closures": {name: facts["closure"] for name, facts in record["packages"].items() if facts["closure"]},
    }


# Comparing the engine with what was measured


def measure() -> dict[str, Any]:
    """Every measured command: the real layer's bytes and ours. Needs the engine's sources beside this script."""
    sys.path.insert(0, str(HERE.parent / "plugin/layerlab/src"))
    from layerlab.catalogue import Catalogue, Found
    from layerlab.catalogue.files import load
    from layerlab.catalogue.packages import PackageFacts
    from layerlab.filesystem import Editor
    from layerlab.filesystem.diff import written_layer
    from layerlab.filesystem.sizes import walk_size
    from layerlab.shell.run import run

    catalogue = Catalogue(load)
    facts = PackageFacts(catalogue.data)
    base = catalogue.resolve(MEASURED_ON)
    assert isinstance(base, Found)
    env = dict(pair.split("=", 1) for pair in base.image.config.env)
    layers = []
    for command, measured in facts.debian().measured:
        editor = Editor(base.image.tree, (base.image.created or 0) + 60 * 10**9)
        run(editor, ["/bin/sh", "-c", command], env=env, cwd="/", network="default", facts=facts)
        ours = walk_size(written_layer(editor.finish())).bytes
        layers.append({"command": command, "measured": measured, "ours": ours, "hit": is_hit(measured, ours)})
    return {"schema": SCHEMA, "image": MEASURED_ON, "tolerance": TOLERANCE, "layers": layers}


def is_hit(measured: int, ours: int | None) -> bool:
    """Whether ours is within the tolerance."""
    return ours is not None and abs(ours - measured) <= TOLERANCE * measured


# Reading and writing


def render(value: dict[str, Any]) -> str:
    """JSON with one line a key, and one line an element of what lies right below: small, and good to diff."""
    lines = []
    for key, inner in value.items():
        head = json.dumps(key) + ": "
        if isinstance(inner, dict) and inner:
            body = ",\n".join(f"{_compact(name)}:{_compact(each)}" for name, each in inner.items())
            lines.append(f"{head}{{\n{body}\n}}")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict | list):
            lines.append(f"{head}[\n" + ",\n".join(_compact(each) for each in inner) + "\n]")
        else:
            lines.append(head + _compact(inner))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _megabytes(text: str) -> int:
    return round(float(text.removesuffix("MB")) * 1_000_000)


def _source(name: str) -> str:
    return {"images": "catalogue"}.get(name.partition("/")[0], name.partition("/")[0])


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
