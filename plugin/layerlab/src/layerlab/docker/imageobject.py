"""An image as `docker image inspect` shows it: keys, order and omissions differ by version and store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from layerlab.docker.imagefacts import digests_of, names_of, total_size
from layerlab.docker.inspecting import merged
from layerlab.docker.template import Struct
from layerlab.host import Host
from layerlab.image.config import ImageConfig, legacy_run_config, run_config
from layerlab.image.gojson import rfc3339
from layerlab.image.image import Image

NEVER = "0001-01-01T00:00:00Z"
OVERLAY = "/var/lib/docker/overlay2"

CONFIG_ZERO: Mapping[str, object] = {
    "User": "", "ExposedPorts": {}, "Env": [], "Entrypoint": [], "Cmd": [], "Volumes": {}, "WorkingDir": "",
    "Labels": {}, "StopSignal": "", "ArgsEscaped": False, "Healthcheck": None, "OnBuild": [], "Shell": [],
}  # fmt: skip
IMAGE_ZERO: Mapping[str, object] = {
    "Comment": "", "Created": "", "Author": "", "Variant": "", "OsVersion": "", "GraphDriver": {}, "Descriptor": None,
    "Manifests": [], "Identity": None,
}  # fmt: skip


def image_object(host: Host, image: Image) -> dict[str, object]:
    """The whole object.

    Args:
        host: Has the image.
        image: To show. A size that isn't known is null: Docker has no such case.
    """
    whole = _of_29(host, image) if host.personality.engine == "29" else _of_28(host, image)
    if host.personality.engine == "29" and image.parent:
        sorted_whole = _sorted({**whole, "Parent": image.parent})
        return sorted_whole if isinstance(sorted_whole, dict) else whole
    return whole


def _of_29(host: Host, image: Image) -> dict[str, object]:
    config = image.config
    whole: dict[str, object] = {**_names(host, image), "Comment": _comment(image)}
    if image.created is not None:
        whole["Created"] = rfc3339(image.created)
    whole |= {"Author": config.author, "Config": run_config(config), "Architecture": config.architecture}
    whole |= {"Variant": config.variant, "Os": config.os, "Size": _size(host, image)}
    if host.personality.store == "classic":
        whole["GraphDriver"] = {"Data": _overlay(image), "Name": "overlay2"}
    whole |= {"RootFS": _rootfs(image), "Metadata": {"LastTagTime": _tagged(host, image)}}
    if host.personality.store == "containerd":
        whole["Descriptor"] = _descriptor(image)
    return {key: value for key, value in whole.items() if value != "" or key not in {"Comment", "Author", "Variant"}}


def _of_28(host: Host, image: Image) -> dict[str, object]:
    config, classic = image.config, host.personality.store == "classic"
    whole: dict[str, object] = {
        **_names(host, image),
        "Parent": image.parent or "",
        "Comment": _comment(image),
        "Created": rfc3339(image.created) if image.created is not None else NEVER,
    }
    if host.personality.engine == "20.10":
        whole |= {"Container": "", "ContainerConfig": _container_config(image)}
    whole |= {"DockerVersion": "20.10.24" if _made_by_legacy(host, image) else "", "Author": config.author}
    if host.personality.engine == "20.10":
        whole["Config"] = legacy_run_config(config, image=image.parent or "")
    whole |= {
        "Architecture": config.architecture,
        "Variant": config.variant,
        "Os": config.os,
        "Size": _size(host, image),
    }
    if host.personality.engine == "20.10":
        whole["VirtualSize"] = _size(host, image)
    driver = {"Data": _overlay(image), "Name": "overlay2"} if classic else {"Data": None, "Name": "overlayfs"}
    whole |= {"GraphDriver": driver, "RootFS": _rootfs(image), "Metadata": {"LastTagTime": _tagged(host, image)}}
    if not classic:
        whole["Descriptor"] = _descriptor(image)
    if host.personality.engine == "28":
        whole["Config"] = _config_of_28(config)
    return {key: value for key, value in whole.items() if value != "" or key != "Variant"}


def _made_by_legacy(host: Host, image: Image) -> bool:
    return host.personality.builder == "legacy" and bool(image.parent)


def _container_config(image: Image) -> dict[str, object]:
    whole = legacy_run_config(image.config, image=image.parent or "")
    return {**whole, "Cmd": list(image.container_config) or None}


def _config_of_28(config: ImageConfig) -> dict[str, object]:
    """28.3 and later: alphabetical; some keys always stand there."""
    always: dict[str, object] = {
        "Cmd": list(config.cmd) if config.cmd is not None else None,
        "Entrypoint": list(config.entrypoint) if config.entrypoint is not None else None,
        "Env": list(config.env) or None,
        "Labels": dict(config.labels) or None,
        "OnBuild": list(config.on_build) or None,
        "User": config.user,
        "Volumes": {path: {} for path in config.volumes} or None,
        "WorkingDir": config.working_dir,
    }
    return dict(sorted({**run_config(config), **always}.items()))


def _names(host: Host, image: Image) -> dict[str, object]:
    return {
        "Id": image.id,
        "RepoTags": [f"{repository}:{tag}" for repository, tag in names_of(host, image)],
        "RepoDigests": [f"{repository}@{digest}" for repository, digest in digests_of(host, image)],
    }


def _comment(image: Image) -> str:
    return image.history[-1].comment if image.history else ""


def _size(host: Host, image: Image) -> int | None:
    """Classic: the layers' sum. containerd: the compressed content only."""
    if host.personality.store == "containerd":
        return image.compressed
    return total_size(image, "classic").bytes


def _tagged(host: Host, image: Image) -> str:
    moments = [host.images.moments[name] for name in host.images.names(image.id) if name in host.images.moments]
    return rfc3339(max(moments)) if moments and max(moments) > 0 else NEVER


def _rootfs(image: Image) -> dict[str, object]:
    layers = [layer.diff_id or layer.chain_id for layer in image.layers]
    return {"Type": "layers", "Layers": layers} if layers else {"Type": "layers"}


def _overlay(image: Image) -> dict[str, str] | None:
    """Folders of the graph driver; their names are local ids, made here from the layer's stack."""
    names = [hashlib.sha256(b"overlay2 " + layer.chain_id.encode()).hexdigest() for layer in image.layers]
    if not names:
        return None
    *below, top = names
    lower = {"LowerDir": ":".join(f"{OVERLAY}/{name}/diff" for name in reversed(below))} if below else {}
    return lower | {
        "MergedDir": f"{OVERLAY}/{top}/merged",
        "UpperDir": f"{OVERLAY}/{top}/diff",
        "WorkDir": f"{OVERLAY}/{top}/work",
    }


def _descriptor(image: Image) -> dict[str, object]:
    return {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": image.id, "size": None}


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def as_struct(value: object) -> object:
    """The object as the CLI's typed struct: fields that JSON leaves out are there, and empty."""
    if not isinstance(value, Mapping):
        return value
    config = value.get("Config")
    filled = merged(CONFIG_ZERO, config)
    if isinstance(config, Mapping) and "Hostname" not in config:
        config = {key: config[key] for key in CONFIG_ZERO if config.get(key)}
    fields = {**merged(IMAGE_ZERO, value), "Config": Struct("*dockerspec.DockerOCIImageConfig", filled, config)}
    rootfs = value.get("RootFS")
    fields["RootFS"] = Struct("image.RootFS", merged({"Type": "", "Layers": []}, rootfs), rootfs)
    return Struct("image.InspectResponse", fields, value)
