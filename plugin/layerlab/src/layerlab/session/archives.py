"""Image archives of the reader: their bytes come beside the requests, by digest, and are images from then on.

A document names an archive by its digest alone. An engine that doesn't have it asks for it, as it does for recorded
facts; one that was told that nobody has it any more goes on without.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from layerlab.catalogue.data import DataNotLoadedError
from layerlab.image.archive import ArchiveLimits
from layerlab.image.importing import Loaded, read_images

PREFIX = "archive/"
"""Begins the name by which an archive is asked for."""

LIMITS = ArchiveLimits(size=512 << 20, entries=200_000)
"""What reading one archive may take in a browser."""

MAX_KEPT = 512 << 20
"""Bytes of archives whose images are remembered; at least the last one is."""


class Archives:
    """The archives of one engine.

    Attributes:
        lost: Digests of those that nobody has any more.
    """

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self._waiting: dict[str, bytes] = {}
        self._read: OrderedDict[tuple[str, bool], tuple[int, tuple[Loaded, ...]]] = OrderedDict()

    def deposit(self, data: bytes) -> str:
        """Take an archive's bytes until it is asked for; returns its digest. One waits at a time."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self._waiting = {digest: data}
        self.lost.discard(digest)
        return digest

    def lose(self, digest: str) -> None:
        """Nobody has this archive any more."""
        self.lost.add(digest)

    def images(self, digest: str, *, containerd: bool) -> tuple[Loaded, ...]:
        """The images of an archive; none if it is lost.

        Args:
            digest: Of the archive.
            containerd: For which store, as in `read_images`.

        Raises:
            DataNotLoadedError: When its bytes must be deposited first.
            ImageArchiveError: For an archive that is refused; its bytes are dropped.
        """
        if (digest, containerd) in self._read:
            self._read.move_to_end((digest, containerd))
            return self._read[digest, containerd][1]
        if digest in self.lost:
            return ()
        data = self._waiting.pop(digest, None)
        if data is None:
            raise DataNotLoadedError(PREFIX + digest)
        images = read_images(data, containerd=containerd, limits=LIMITS)
        self._read[digest, containerd] = (len(data), images)
        while len(self._read) > 1 and sum(size for size, _ in self._read.values()) > MAX_KEPT:
            self._read.popitem(last=False)
        return images
