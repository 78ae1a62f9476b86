"""`docker history`."""

from __future__ import annotations

from layerlab.docker.flags import switch, text
from layerlab.docker.history import HistoryOptions, history_text
from layerlab.docker.imagefacts import history_rows
from layerlab.docker.lookup import image_named
from layerlab.docker.subcommand import Call, Result, done, subcommand


@subcommand(
    "image history",
    "history",
    arguments="[OPTIONS] IMAGE",
    flags=(text("format"), switch("human", "H", on=True), switch("no-trunc"), text("platform"), switch("quiet", "q")),
    least=1,
    most=1,
)
def history(call: Call) -> Result:
    """Rows of an image's history, newest first."""
    image = image_named(call, call.words[0])
    options = HistoryOptions(
        call.flags.on("human"), call.flags.on("quiet"), call.flags.on("no-trunc"), call.flags.text("format")
    )
    return done(call.host, history_text(history_rows(call.host, image), call.host.now, options, call.measure))


SUBCOMMANDS = (history,)
