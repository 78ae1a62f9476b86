"""Archives put together by hand for the tests, right and wrong ones."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping

from layerlab.image.oci import CONFIG_TYPE, INDEX_TYPE, LAYER_TYPE, MANIFEST_TYPE

LAYOUT = b'{"imageLayoutVersion": "1.0.0"}'
CREATED = "2026-08-05T01:02:03.04Z"


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def of_files(files: Mapping[str, bytes]) -> bytes:
    return tar(member(name, data) for name, data in files.items())


LAYER = tar([member("etc", type=tarfile.DIRTYPE, mode=0o755), member("etc/motd", b"hi\n")])


def config(diff_ids: Iterable[str], **more: object) -> bytes:
    ids = list(diff_ids)
    whole = {
        "architecture": "amd64",
        "os": "linux",
        "created": CREATED,
        "config": {"Env": ["A=1"], "Labels": {"who": "me"}},
        "history": [{"created": CREATED, "created_by": f"step {at}"} for at in range(len(ids))],
        "rootfs": {"type": "layers", "diff_ids": ids},
        **more,
    }
    return json.dumps(whole).encode()


def saved(layers: Iterable[bytes] = (LAYER,), tags: object = ("demo:1",), **changed: bytes) -> dict[str, bytes]:
    """Files of an archive as `docker save` before 25 wrote it; `changed` replaces by name."""
    tars = list(layers)
    data = changed.pop("config", None) or config(sha(one) for one in tars)
    name = sha(data)[7:] + ".json"
    files = {f"{at}/layer.tar": one for at, one in enumerate(tars)}
    listed = [{"Config": name, "RepoTags": tags, "Layers": list(files)}]
    return {name: data, **files, "manifest.json": json.dumps(listed, default=list).encode(), **changed}


def described(kind: str, data: bytes, **more: object) -> dict[str, object]:
    return {"mediaType": kind, "digest": sha(data), "size": len(data), **more}


def layout(
    layers: Iterable[bytes] = (LAYER,),
    diff_ids: Iterable[str] | None = None,
    kind: str = LAYER_TYPE,
    note: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Files of an OCI layout."""
    blobs = list(layers)
    data = config(diff_ids if diff_ids is not None else (sha(one) for one in blobs))
    whole = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": described(CONFIG_TYPE, data),
        "layers": [described(kind, one) for one in blobs],
    }
    manifest = json.dumps(whole).encode()
    index = {"schemaVersion": 2, "manifests": [described(MANIFEST_TYPE, manifest, annotations=dict(note or {}))]}
    stored = {f"blobs/sha256/{sha(blob)[7:]}": blob for blob in (*blobs, data, manifest)}
    return {"oci-layout": LAYOUT, "index.json": json.dumps(index).encode(), **stored}


def nested(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The layout with an index below its index, and an attestation in it, as the containerd store saves."""
    (inner,) = json.loads(files["index.json"])["manifests"]
    inner["platform"] = {"os": "linux", "architecture": "amd64"}
    foreign = {**inner, "digest": "sha256:" + "0" * 64, "platform": {"os": "linux", "architecture": "s390x"}}
    attestation = {**foreign, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [attestation, foreign, inner]})
    data = index.encode()
    named = described(INDEX_TYPE, data, annotations={"io.containerd.image.name": "docker.io/library/demo:1"})
    top = json.dumps({"schemaVersion": 2, "manifests": [named]}).encode()
    return {**files, "index.json": top, f"blobs/sha256/{sha(data)[7:]}": data}
