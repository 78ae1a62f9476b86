"""`docker version` and `docker info`."""

from __future__ import annotations

import json

from layerlab.docker.flags import text
from layerlab.docker.format import FormatError
from layerlab.docker.subcommand import Call, Result, done, subcommand
from layerlab.docker.template import TemplateError, execute, parse
from layerlab.docker.template.functions import FUNCTIONS
from layerlab.docker.versions import BUILD, RELEASES

PLATFORM = "linux/amd64"


@subcommand("version", arguments="[OPTIONS]", flags=(text("format", "f"),))
def version(call: Call) -> Result:
    """Versions of client and server."""
    release = RELEASES[call.host.personality.engine]
    pattern = call.flags.text("format")
    if pattern:
        client = {"Version": release.version, "ApiVersion": release.api, "GoVersion": release.go, "GitCommit": BUILD,
                  "Os": "linux", "Arch": "amd64", "Context": "default"}  # fmt: skip
        server = {"Version": release.version, "ApiVersion": release.api, "MinAPIVersion": release.least_api,
                  "GoVersion": release.go, "GitCommit": BUILD, "Os": "linux", "Arch": "amd64"}  # fmt: skip
        return done(call.host, _formatted({"Client": client, "Server": server}, pattern))
    lines = [
        "Client:",
        f" Version:           {release.version}",
        f" API version:       {release.api}",
        f" Go version:        {release.go}",
        f" Git commit:        {BUILD}",
        f" OS/Arch:           {PLATFORM}",
        " Context:           default",
        "",
        "Server: layerlab (simulated)",
        " Engine:",
        f"  Version:          {release.version}",
        f"  API version:      {release.api} (minimum version {release.least_api})",
        f"  Go version:       {release.go}",
        f"  Git commit:       {BUILD}",
        f"  OS/Arch:          {PLATFORM}",
        "  Experimental:     false",
    ]
    return done(call.host, "\n".join(lines) + "\n")


@subcommand("system info", "info", arguments="[OPTIONS]", flags=(text("format", "f"),))
def info(call: Call) -> Result:
    """Numbers of the host."""
    host = call.host
    classic = host.personality.store == "classic"
    states = [container.state for container in host.containers]
    driver = "overlay2" if classic else "overlayfs"
    facts = {
        "Containers": len(states),
        "ContainersRunning": states.count("running"),
        "ContainersPaused": states.count("paused"),
        "ContainersStopped": len(states) - states.count("running") - states.count("paused"),
        "Images": len(host.images.images),
        "Driver": driver,
        "ServerVersion": RELEASES[host.personality.engine].version,
        "OperatingSystem": "layerlab (simulated)",
        "OSType": "linux",
        "Architecture": "x86_64",
        "DockerRootDir": "/var/lib/docker",
        "Name": "layerlab",
    }
    pattern = call.flags.text("format")
    if pattern:
        return done(host, _formatted(facts, pattern))
    lines = [
        "Client:",
        f" Version:    {RELEASES[host.personality.engine].version}",
        " Context:    default",
        " Debug Mode: false",
        "",
        "Server:",
        f" Containers: {facts['Containers']}",
        f"  Running: {facts['ContainersRunning']}",
        f"  Paused: {facts['ContainersPaused']}",
        f"  Stopped: {facts['ContainersStopped']}",
        f" Images: {facts['Images']}",
        f" Server Version: {facts['ServerVersion']}",
        f" Storage Driver: {driver}",
        *([] if classic else ["  driver-type: io.containerd.snapshotter.v1"]),
        " Operating System: layerlab (simulated)",
        " OSType: linux",
        " Architecture: x86_64",
        " Name: layerlab",
        " Docker Root Dir: /var/lib/docker",
        " Debug Mode: false",
    ]
    return done(host, "\n".join(lines) + "\n")


def _formatted(value: dict[str, object] | dict[str, dict[str, str]], pattern: str) -> str:
    if pattern == "json":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
    try:
        return execute(parse(pattern, FUNCTIONS.keys()), value, strict_keys=True) + "\n"
    except TemplateError as error:
        raise FormatError(f"template parsing error: {error}") from None


SUBCOMMANDS = (version, info)
