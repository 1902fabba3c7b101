"""What a bank sends, opened with care: of a size, of a depth, without entities, of a message that is known here.

A file that does not keep to its schema is refused with the line, and nothing is taken from it: half an answer about
money is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from lxml import etree

from marketplace.i18n import helsinki_date
from marketplace.money import Money, MoneyError
from marketplace.payments.rails.sepa.schemas import DIGESTS, NAMESPACE, schema_of

MAX_BYTES: Final = 64 * 1024 * 1024
"""More than a statement with a hundred thousand rows."""

MAX_TAGS: Final = 6_000_000
"""More than a file of that size has with the names of the standard. Each costs microseconds, however short it is."""

MAX_DEPTH: Final = 40
"""The deepest message known here has 22 levels."""


_ZONE: Final = re.compile(r"(?:Z|[+-]\d\d:\d\d)$")
_MIDNIGHT: Final = re.compile(r"T24:00:00(?:\.0+)?")


class BankFileFlaw(StrEnum):
    """Why a file of the bank is not read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"
    FORBIDDEN = "forbidden"
    UNKNOWN_MESSAGE = "unknown_message"
    NOT_BY_SCHEMA = "not_by_schema"
    OTHER_CURRENCY = "other_currency"
    WRONG_DAY = "wrong_day"
    WRONG_SUM = "wrong_sum"
    WRONG_COUNT = "wrong_count"
    WRONG_BALANCE = "wrong_balance"
    UNKNOWN_BATCH = "unknown_batch"
    UNKNOWN_PAYMENT = "unknown_payment"
    OTHER_AMOUNT = "other_amount"
    OTHER_ACCOUNT = "other_account"
    CONTRADICTION = "contradiction"


class UnreadableBankFile(ValueError):
    """The file is not used, and nothing has changed. `detail` says where: a line, a name, two sums."""

    def __init__(self, fault: BankFileFlaw, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault, self.detail = fault, detail


class Node:
    """An element of a message, asked by the names of the standard without their namespace."""

    __slots__ = ("_element", "_prefix")

    def __init__(self, element: Any, prefix: str) -> None:
        self._element, self._prefix = element, prefix

    def all(self, path: str) -> Iterator[Node]:
        """The elements at the path `A/B`, in order."""
        steps = "/".join(f"{self._prefix}{step}" for step in path.split("/"))
        return (Node(each, self._prefix) for each in self._element.iterfind(steps))

    def one(self, path: str) -> Node | None:
        """The first element at the path, or None."""
        return next(self.all(path), None)

    def must(self, path: str) -> Node:
        """The first element at a path that the schema demands."""
        return next(self.all(path))

    def text(self, *paths: str) -> str:
        """The text of the first path that has one; an empty text for none."""
        for path in paths:
            found = self.one(path)
            if found is not None:
                return found.own_text
        return ""

    @property
    def own_text(self) -> str:
        """The element's own text without blanks around it."""
        return (self._element.text or "").strip()

    def amount(self, path: str) -> Money | None:
        """The euros at the path, None without any. Raises UnreadableBankFile for another currency."""
        found = self.one(path)
        return None if found is None else found.own_amount

    @property
    def own_amount(self) -> Money:
        """The element's own amount. Raises UnreadableBankFile for another currency than the euro."""
        currency = str(self._element.get("Ccy", "EUR"))
        if currency != "EUR":
            raise UnreadableBankFile(BankFileFlaw.OTHER_CURRENCY, currency)
        return cents_of(self.own_text)

    def day(self, path: str) -> date | None:
        """The day of a date or of a moment (`Dt` or `DtTm` under the path), in Finland."""
        text = self.text(f"{path}/Dt", f"{path}/DtTm", path)
        return day_of(text) if text else None


def cents_of(text: str) -> Money:
    """An amount of the standard as money. Raises UnreadableBankFile when it is no whole number of cents."""
    try:
        return Money.exact(Decimal(text))
    except MoneyError as error:
        raise UnreadableBankFile(BankFileFlaw.WRONG_SUM, text) from error


def day_of(text: str) -> date:
    """The day of an ISO 8601 date or moment; a moment without a zone is Finnish time, and 24.00 the next day's 0.00.

    Raises UnreadableBankFile for what the schema lets through and no calendar here has: years of five digits, moments
    that another zone moves out of it.
    """
    try:
        if "T" not in text:
            return date.fromisoformat(_ZONE.sub("", text))
        begun, midnight = _MIDNIGHT.subn("T00:00:00", text)
        moment = datetime.fromisoformat(begun) + timedelta(days=midnight)
        return moment.date() if moment.tzinfo is None else helsinki_date(moment)
    except (ValueError, OverflowError) as error:
        raise UnreadableBankFile(BankFileFlaw.WRONG_DAY, text[:40]) from error


def open_message(content: bytes, wanted: Collection[str]) -> tuple[str, Node]:
    """The name of the message in the file and the element that holds it; `wanted` are the beginnings of names.

    Raises UnreadableBankFile.
    """
    if not content.strip():
        raise UnreadableBankFile(BankFileFlaw.EMPTY)
    if len(content) > MAX_BYTES or content.count(b"<") > MAX_TAGS:
        raise UnreadableBankFile(BankFileFlaw.TOO_LARGE)
    root = _parsed(content)
    name = etree.QName(root)
    message = (name.namespace or "").removeprefix(NAMESPACE)
    if name.localname != "Document" or message not in DIGESTS or not message.startswith(tuple(wanted)):
        raise UnreadableBankFile(BankFileFlaw.UNKNOWN_MESSAGE, name.namespace or name.localname)
    schema = schema_of(message)
    if not schema.validate(root):
        first = schema.error_log[0]
        raise UnreadableBankFile(BankFileFlaw.NOT_BY_SCHEMA, f"{first.line}: {_bare(first.message)}")
    return message, Node(root[0], f"{{{name.namespace}}}")


def _parsed(content: bytes) -> Any:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth = 0
    try:
        for at in range(0, len(content), 1 << 16):
            parser.feed(content[at : at + (1 << 16)])
            for event, _element in parser.read_events():
                depth += 1 if event == "start" else -1
                if depth > MAX_DEPTH:
                    raise UnreadableBankFile(BankFileFlaw.FORBIDDEN, f"{MAX_DEPTH}")
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise UnreadableBankFile(BankFileFlaw.DAMAGED, _bare(error.msg)) from error
    if root.getroottree().docinfo.doctype:
        raise UnreadableBankFile(BankFileFlaw.FORBIDDEN, "DOCTYPE")
    return root


def _bare(message: str) -> str:
    """What the parser says without the namespaces, which tell a person nothing."""
    kept = message or ""
    for name in DIGESTS:
        kept = kept.replace(f"{{{NAMESPACE}{name}}}", "")
    return kept.strip()
