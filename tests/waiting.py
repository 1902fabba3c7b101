"""Waiting for what another process or thread does, on a machine that may be busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 60.0
"""Seconds after which what was waited for is taken not to come."""
_LOOK: Final = 0.05


def eventually(true: Callable[[], object]) -> bool:
    """Whether something becomes true in time; it is asked until it is."""
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK)
    return True
