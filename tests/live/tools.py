"""Programs of the machine that tests talk to; tools/systemtools.sh installs them."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(*names: str) -> None:
    """Skip the test where a program isn't installed, saying so; in CI they must be there."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{missing} must be there in CI; tools/systemtools.sh installs them")
    if missing:
        pytest.skip(f"could not run: {' and '.join(missing)} not installed")
