"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# No test asserts time: a machine that is busy for a moment proves nothing.
settings.register_profile("layerlab", deadline=None)
settings.load_profile("layerlab")
