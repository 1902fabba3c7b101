"""While the tests run, only one module of the portal may set the state of an approval, whatever it calls the thing."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Final

import sqlalchemy as sa

from marketplace.config import ROOT
from marketplace.providers.models import ServiceApproval

LIFE: Final = ROOT / "marketplace" / "providers" / "approved_services" / "service.py"
_OWN: Final = (str(ROOT / "marketplace"), str(ROOT / "tests"))


class NotTheLife(AssertionError):
    """Another module has set the state of an approval."""


def _refuse(_approval: ServiceApproval, _value: object, _before: object, _event: object) -> None:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not frame.f_code.co_filename.startswith(_OWN):
        frame = frame.f_back
    if frame is None:
        return
    setter = Path(frame.f_code.co_filename)
    if setter != LIFE and setter.is_relative_to(ROOT / "marketplace"):
        raise NotTheLife(f"{setter}:{frame.f_lineno} sets the state of an approval")


def guard_approvals() -> None:
    """From now on raise NotTheLife where another module of the portal sets the state; tests may set what they like."""
    sa.event.listen(ServiceApproval.state, "set", _refuse)
