"""What an application carries over from an earlier one, what waits for a second look, and copies of what was sent."""

from __future__ import annotations
