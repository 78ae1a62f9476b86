"""Words that default names of containers are made of: our own choice, in Docker's form adjective_surname."""

from __future__ import annotations

ADJECTIVES = (
    "amber", "brave", "calm", "clever", "cosmic", "eager", "gentle", "happy", "humble", "keen", "kind", "lively",
    "lucid", "merry", "nimble", "patient", "quiet", "serene", "steady", "sunny", "swift", "tidy", "vivid", "wise",
)  # fmt: skip
SURNAMES = (
    "babbage", "bell", "cannon", "curie", "darwin", "dijkstra", "euler", "fermi", "gauss", "hopper", "jang", "kepler",
    "knuth", "lamport", "lovelace", "mccarthy", "newton", "noether", "pascal", "sejong", "shannon", "tesla", "torvalds",
    "turing",
)  # fmt: skip
