"""Rules of the client register: the client's number, the grounds for looking, joining and leaving a pilot.

A client is known here by the organisation's own client or case number. A personal identity code is a number of the
whole state, so it is refused wherever it could be typed; of one that a sign-in brings only a keyed hash is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

MAX_NUMBER: Final = 40

LOG_SHOWN_FOR: Final = timedelta(days=2 * 366)
"""How far back a client sees the log without giving a reason (703/2023 § 11: two years; leap days included)."""


class Part(StrEnum):
    """What of a client's data was looked at or given: what the client reads in the log."""

    LIST = "list"
    FACTS = "facts"
    LETTER = "letter"
    MANDATES = "mandates"
    PLAN = "plan"
    DECISIONS = "decisions"
    AGREEMENTS = "agreements"
    DELIVERIES = "deliveries"
    PAYMENTS = "payments"
    QUESTIONS = "questions"
    EVERYTHING = "everything"


class Ground(StrEnum):
    """Why a client's data was looked at or given (703/2023 § 11: the log names the ground).

    `HANDLING` is derived where the counsellor is the client's own, `FINDING` where the register shows a name among
    others; for anything more everybody else says why before looking.
    """

    HANDLING = "handling"
    FINDING = "finding"
    STANDING_IN = "standing_in"
    DECIDING = "deciding"
    ASKED = "asked"
    PAYMENT = "payment"
    OVERSIGHT = "oversight"
    MANDATE = "mandate"
    SERVICE = "service"
    CONSENT = "consent"
    LAW = "law"


STATED: Final = (Ground.STANDING_IN, Ground.DECIDING, Ground.ASKED, Ground.PAYMENT, Ground.OVERSIGHT)
"""The grounds among which somebody of the staff chooses before looking at the data of another's client."""


class ConsentKind(StrEnum):
    """What a client may agree to, each by itself and until taken back."""

    RESEARCH = "research"
    EFFECTS = "effects"


_IDENTITY_CODE: Final = re.compile(
    r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A-FU-Y]\d{3}[0-9A-Z](?![0-9A-Z])"
)
"""Day, month, year, century (with the signs in use since 2023), individual number and check character.

A wrong check character does not make it another number: it is a code with a slip in it.
"""

_NUMBER: Final = re.compile(r"(?=.*\d)[0-9A-ZÅÄÖ]+(?:[-./_][0-9A-ZÅÄÖ]+)*")

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def _tidy(text: str) -> str:
    return text.translate(_DASHES).upper().strip()


def client_number(text: str) -> str:
    """The number as it is kept: capital letters, one kind of dash, no blanks around it."""
    return _tidy(text)


_WITHOUT_SIGN: Final = re.compile(
    r"(?<!\d)((?:0[1-9]|[12]\d|3[01])[._/]?(?:0[1-9]|1[0-2])[._/]?\d{2})[-._/+]?(\d{3})[-._/]?([0-9A-Y])(?![0-9A-Z])"
)
_CHECK_CHARACTERS: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"
"""The check character by the remainder of the nine digits divided by 31 (Decree 690/2022)."""


def erased_number(client_id: int) -> str:
    """What stands in the place of the number of a client whose data have been erased."""
    return f"ERASED-{client_id}"


def holds_identity_code(text: str) -> bool:
    """Whether a personal identity code stands in the text, however wide, spaced and capitalised its signs are.

    Without its sign of the century, or with other signs between its parts, it is known by its check character.
    """
    told = _tidy(unicodedata.normalize("NFKC", text))
    return any(_is_in(each) for each in (told, "".join(told.split())))


def _is_in(bare: str) -> bool:
    return _IDENTITY_CODE.search(bare) is not None or any(
        _CHECK_CHARACTERS[int(re.sub(r"\D", "", found[1]) + found[2]) % 31] == found[3]
        for found in _WITHOUT_SIGN.finditer(bare)
    )


def number_fault(number: str) -> str | None:
    """What is wrong with a client number: identity_code, too_long or form (no digit, a blank, another sign)."""
    if holds_identity_code(number):
        return "identity_code"
    if len(number) > MAX_NUMBER:
        return "too_long"
    return None if _NUMBER.fullmatch(number) else "form"


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What an organisation keeps of a client besides the number. `municipality` and `group` are keys, or None."""

    name: str
    language: str
    municipality: str | None = None
    group: str | None = None
    email: str = ""
    phone: str = ""
    address: str = ""
    protected: bool = False
    counsellor_id: int | None = None

    def without_place(self) -> ClientFacts:
        """The facts as they may be kept: of somebody under a non-disclosure order (turvakielto) no place at all.

        Where somebody lives is what the order protects (661/2009 § 36: the municipality and the
        dwelling), so what is not kept cannot be given away; letters go through the office.
        """
        if not self.protected:
            return self
        return ClientFacts(
            name=self.name,
            language=self.language,
            group=self.group,
            email=self.email,
            phone=self.phone,
            protected=True,
            counsellor_id=self.counsellor_id,
        )


def identity_hash(key: bytes, organisation: str, identity_code: str) -> str:
    """How a personal identity code is recognised without being kept: HMAC-SHA-256 in hex, other in each organisation.

    The key stands outside the database: without it nobody finds out whose the hash is, although there are only some
    millions of codes to try.
    """
    own_key = hmac.digest(key, organisation.encode(), "sha256")
    return hmac.new(own_key, _tidy(identity_code).encode(), hashlib.sha256).hexdigest()


def takes_part(joined_on: date, ended_on: date | None, day: date) -> bool:
    """Whether a participation from `joined_on` to `ended_on` (its last day, None: open) covers the day."""
    return joined_on <= day and (ended_on is None or day <= ended_on)


def log_begins(now: datetime) -> datetime:
    """The first moment of the log that a client is shown."""
    return now - LOG_SHOWN_FOR
