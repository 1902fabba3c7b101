"""What the verbs on a provider's things share: two people do not overwrite each other."""

from __future__ import annotations

from marketplace.errors import Conflict
from marketplace.i18n import _l


class Overtaken(Conflict):
    """Somebody else saved the same thing while it was open here; what they saved stands until it is saved again."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "Somebody else saved changes here while you were writing. Nothing of theirs has been replaced. "
                "Compare the two below and save again if yours should stand."
            )
        )
