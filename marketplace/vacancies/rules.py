"""How long a wish to be told of a free place is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

CONFIRMED_WITHIN: Final = timedelta(days=2)
"""A wish that nobody confirms from the address is dropped after this."""

LASTS: Final = timedelta(days=180)
"""A wish that is never fulfilled is dropped after this, from its confirmation on."""
