"""`docker rmi`: names first, then the image, if nothing needs it (the two stores word and decide differently)."""

from __future__ import annotations

from dataclasses import replace

from layerlab.docker.deletion import delete
from layerlab.docker.flags import many, switch
from layerlab.docker.lookup import maybe_image, no_such_image_text, users_of
from layerlab.docker.subcommand import Call, Refusal, Result, daemon_error, done, subcommand
from layerlab.docker.table import short_id
from layerlab.host import Host
from layerlab.image.image import Image
from layerlab.image.reference import InvalidReferenceError, Reference, parse_reference


@subcommand(
    "image rm",
    "image remove",
    "rmi",
    arguments="[OPTIONS] IMAGE [IMAGE...]",
    flags=(switch("force", "f"), switch("no-prune"), many("platform", value="strings")),
    least=1,
    most=None,
)
def rmi(call: Call) -> Result:
    """Remove images; errors come at the end, the others are removed all the same."""
    errors: list[str] = []
    missing_only = True
    text = ""
    for word in call.words:
        try:
            host, lines = _remove(call, word)
        except Refusal as refusal:
            errors.append(refusal.message)
            missing_only = missing_only and "No such image" in refusal.message
            continue
        call = call.on(host)
        text += "".join(line + "\n" for line in lines)
    code = 0 if not errors or (call.flags.on("force") and missing_only) else 1
    return done(call.host, text, "".join(error + "\n" for error in errors), code)


def _remove(call: Call, word: str) -> tuple[Host, list[str]]:
    image = maybe_image(call, word)
    if image is None:
        raise daemon_error(no_such_image_text(word))
    name = _tag_of(call.host, word)
    if name is not None:
        return _by_name(call, image, name, word)
    return _by_id(call, image)


def _tag_of(host: Host, word: str) -> Reference | None:
    """The name that a word is, or None where it is an id."""
    if "sha256:" + word.removeprefix("sha256:") in host.images.images:
        return None
    try:
        reference = parse_reference(word).tagged()
    except InvalidReferenceError:
        return None
    return reference if reference.full in host.images.tags else None


def _by_name(call: Call, image: Image, name: Reference, word: str) -> tuple[Host, list[str]]:
    host, force = call.host, call.flags.on("force")
    others = [other for other in host.images.names(image.id) if other != name.full]
    users = users_of(host, image.id)
    if not others and users and not force:
        raise _used(call, image, name, word, users[0].id)
    lines = [f"Untagged: {name.familiar}"]
    if not any(parse_reference(other).name == name.name for other in others) and image.repo_digest:
        lines.append(f"Untagged: {name.familiar_name}@{image.repo_digest}")
    if others:
        return replace(host, images=host.images.untag(name.full)), lines
    running = [user for user in users if user.is_running]
    kept = bool(users) if call.is_containerd else bool(running) or bool(host.images.children(image.id))
    if kept:
        return replace(host, images=host.images.untag(name.full)), lines
    return _deleted(call, image, lines)


def _used(call: Call, image: Image, name: Reference, word: str, user: str) -> Refusal:
    using = f"container {short_id(user)} is using its referenced image {short_id(image.id)}"
    if call.is_containerd:
        return daemon_error(f"conflict: unable to delete {name.familiar} (must be forced) - {using}")
    return daemon_error(f'conflict: unable to remove repository reference "{word}" (must force) - {using}')


def _by_id(call: Call, image: Image) -> tuple[Host, list[str]]:
    host, force = call.host, call.flags.on("force")
    names = host.images.names(image.id)
    start = f"conflict: unable to delete {short_id(image.id)}"
    users = users_of(host, image.id)
    running = [user for user in users if user.is_running]
    if not call.is_containerd and host.images.children(image.id):
        raise daemon_error(f"{start} (cannot be forced) - image has dependent child images")
    if running:
        where = short_id(running[0].id)
        raise daemon_error(f"{start} (cannot be forced) - image is being used by running container {where}")
    if not force and len(names) > 1:
        raise daemon_error(f"{start} (must be forced) - image is referenced in multiple repositories")
    if not force and users:
        where = short_id(users[0].id)
        raise daemon_error(f"{start} (must be forced) - image is being used by stopped container {where}")
    references = [parse_reference(name) for name in names]
    lines = [f"Untagged: {reference.familiar}" for reference in references]
    if image.repo_digest:
        repositories = dict.fromkeys(reference.familiar_name for reference in references)
        lines += [f"Untagged: {repository}@{image.repo_digest}" for repository in repositories]
    return _deleted(call, image, lines)


def _deleted(call: Call, image: Image, lines: list[str]) -> tuple[Host, list[str]]:
    deleted = delete(call.host, image, parents=not call.flags.on("no-prune"))
    return deleted.host, [*lines, *(f"Deleted: {identity}" for identity in deleted.ids)]


SUBCOMMANDS = (rmi,)
