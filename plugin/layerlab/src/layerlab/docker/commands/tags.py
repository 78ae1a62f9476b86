"""`docker tag`."""

from __future__ import annotations

from dataclasses import replace

from layerlab.docker.lookup import image_named, target_reference
from layerlab.docker.subcommand import Call, Refusal, Result, daemon_error, done, subcommand
from layerlab.image.reference import InvalidReferenceError


@subcommand("image tag", "tag", arguments="SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", least=2, most=2)
def tag(call: Call) -> Result:
    """Give an image a further name."""
    source, target = call.words
    try:
        reference = target_reference(target)
    except InvalidReferenceError as error:
        word = "error" if call.host.personality.engine == "29" else "Error"
        raise Refusal(f'{word} parsing reference: "{target}" is not a valid repository/tag: {error}') from None
    if reference.digest:
        raise Refusal("refusing to create a tag with a digest reference")
    if reference.familiar_name == "sha256":
        raise daemon_error("refusing to create an ambiguous tag using digest algorithm as name")
    image = image_named(call, source)
    return done(replace(call.host, images=call.host.images.tag(target, image.id, call.host.now)))


SUBCOMMANDS = (tag,)
