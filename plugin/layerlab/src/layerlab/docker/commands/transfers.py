"""`docker pull` and `docker push`."""

from __future__ import annotations

from dataclasses import replace

from layerlab.docker.flags import switch, text
from layerlab.docker.lookup import image_named
from layerlab.docker.pulling import PULL_TIME, layer_name, pulled
from layerlab.docker.subcommand import Call, Refusal, Result, daemon_error, done, subcommand
from layerlab.image.image import Image
from layerlab.image.reference import InvalidReferenceError, Reference, parse_reference

DEFAULT_TAG = "Using default tag: latest\n"


@subcommand(
    "image pull",
    "pull",
    arguments="[OPTIONS] NAME[:TAG|@DIGEST]",
    flags=(switch("all-tags", "a"), text("platform"), switch("quiet", "q"), switch("disable-content-trust", on=True)),
    least=1,
    most=1,
)
def pull(call: Call) -> Result:
    """Get an image from the registry."""
    given = _reference(call.words[0])
    if call.flags.on("all-tags"):
        if given.tag or given.digest:
            raise Refusal("tag can't be used with --all-tags/-a")
        raise Refusal(call.edge.say("docker.not_simulated", command="docker pull --all-tags"))
    quiet = call.flags.on("quiet")
    reference = given.tagged()
    intro = DEFAULT_TAG if given.tag is None and given.digest is None and not quiet else ""
    try:
        host, _, lines = pulled(call, reference)
    except Refusal as refusal:
        raise Refusal(refusal.message, stdout=intro) from None
    return done(host, intro + ("" if quiet else lines) + reference.full + "\n")


def _reference(text: str) -> Reference:
    try:
        return parse_reference(text)
    except InvalidReferenceError as error:
        raise Refusal(str(error)) from None


@subcommand(
    "image push",
    "push",
    arguments="[OPTIONS] NAME[:TAG]",
    flags=(switch("all-tags", "a"), text("platform"), switch("quiet", "q"), switch("disable-content-trust", on=True)),
    least=1,
    most=1,
)
def push(call: Call) -> Result:
    """Send an image to the registry: there is none that takes it, so it ends as without `docker login`."""
    given = _reference(call.words[0])
    intro = DEFAULT_TAG if given.tag is None and not call.flags.on("quiet") else ""
    reference = given.tagged()
    intro += f"The push refers to repository [{reference.name}]\n"
    if reference.full not in call.host.images.tags:
        raise _not_here(call, reference, intro)
    image = image_named(call, call.words[0])
    names = [_pushed_name(layer_index, image, call) for layer_index in range(len(image.layers) - 1, -1, -1)]
    text = intro + "".join(f"{name}: Preparing\n" for name in names)
    message = "push access denied, repository does not exist or may require authorization: server message: "
    message += "insufficient_scope: authorization failed"
    if not call.is_containerd:
        message = "denied: requested access to the resource is denied"
    raise Refusal(message, stdout=text, host=replace(call.host, now=call.host.now + PULL_TIME))


def _not_here(call: Call, reference: Reference, intro: str) -> Refusal:
    if call.is_containerd:
        error = daemon_error(f"tag does not exist: {reference.familiar}")
        return Refusal(error.message, stdout=intro)
    known = any(parse_reference(name).name == reference.name for name in call.host.images.tags)
    if not known:
        return Refusal(f"An image does not exist locally with the tag: {reference.familiar_name}", stdout=intro)
    return Refusal(f"tag does not exist: {reference.familiar}", stdout=intro)


def _pushed_name(index: int, image: Image, call: Call) -> str:
    layer = image.layers[index]
    if call.is_containerd or layer.diff_id is None:
        return layer_name(layer)
    return layer.diff_id.partition(":")[2][:12]


SUBCOMMANDS = (pull, push)
