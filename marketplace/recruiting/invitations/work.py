"""What the worker does for invitations and information sessions every time round."""

from __future__ import annotations

from datetime import datetime

from marketplace.db import Database
from marketplace.recruiting.invitations.sending import note_bounces, write_letters
from marketplace.recruiting.sessions.service import pass_on, remind


def catch_up(database: Database, *, now: datetime) -> None:
    """Write the letters that wait, note those that no server took, remind of the sessions of the next day.

    Seats that nobody has taken in time go to the next who waits.
    """
    write_letters(database, now=now)
    note_bounces(database, now=now)
    remind(database, now)
    pass_on(database, now)
