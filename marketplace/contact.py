"""How somebody is reached: e-mail, telephone, postal code and web address in one normal form, and as people read them.

The normal form of an address is what every mail server takes and what two spellings of one mailbox share: lower case,
the domain in A-labels (RFC 5891), letters of ASCII before the @. That of a number is E.164, with an extension as
RFC 3966 writes it (`+35891234;ext=12`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address
from typing import Final
from urllib.parse import urlsplit

import idna
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from marketplace.text import one_line

HOME: Final = "FI"
EXTENSION_WORDS: Final = {"fi": "alanumero", "sv": "anknytning"}


class UnreachableAddress(ValueError):
    """A text is no e-mail address that a server takes; `code` is `form` or `letters` (before the @)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UndialableNumber(ValueError):
    """A text is no telephone number; `code` is `form`, `several` or `no_zero` (its first 0 or + is lost)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoPostalCode(ValueError):
    """A text is no postal code of Finland."""


class NoWebAddress(ValueError):
    """A text is no address of the web."""


# --- e-mail ----------------------------------------------------------------------------------------------------------


def email_address(text: str) -> str:
    """The normal form of an address that a person wrote. Raises UnreachableAddress.

    Letters other than a–z before the @ would need SMTPUTF8 (RFC 6531) on every server on the way, so they are refused.
    """
    address = one_line(text)
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        local = address.rpartition("@")[0]
        raise UnreachableAddress("letters" if local and not local.isascii() else "form") from error
    return (found.ascii_email or found.normalized).lower()


def copied_address(text: str) -> str:
    """What `email_address` gives for text copied from a list or a mail: `mailto:`, `Name <address>`, a trailing dot."""
    copied = one_line(text)
    if found := re.search(r"<([^<>]+@[^<>]+)>", copied):
        copied = found[1]
    return email_address(copied.strip(" .,;").removeprefix("mailto:").partition("?")[0])


def kept_email(text: str) -> str:
    """The form in which an address is kept and looked up; one that is not valid stays as it is, in lower case."""
    try:
        return email_address(text)
    except UnreachableAddress:
        return one_line(text).lower()


@lru_cache(maxsize=10_000)
def shown_email(address: str) -> str:
    """An address as people read it: `info@päiväkoti.fi` for its A-label."""
    local, _at, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        return f"{local}@{idna.decode(domain)}"
    except idna.IDNAError:
        return address


# --- telephone -------------------------------------------------------------------------------------------------------

_BEFORE: Final = re.compile(r"^(?:puh(?:elin)?|tel(?:efon)?|tfn|gsm)\s*[.:]*\s*", re.IGNORECASE)
_EXTENSION: Final = re.compile(
    r" ?(?:[;,]? ?(?:alanumero|alanro|anknytning|ankn|ext(?:ension)?) ?[.:=]?|\bx) ?([0-9]{1,7})\.?$",
    re.IGNORECASE,
)
_TRUNK: Final = re.compile(r"^((?:\+|00)[0-9]{1,3})[ -]*\(0\)")
_DIALLED: Final = re.compile(r"\(?[+0-9][0-9 ()/.\-\u2010-\u2015]*")
_AND: Final = re.compile(r" ?(?:[,;/&|]|\bja\b|\boch\b|\btai\b|\beller\b|\bsekä\b) ?", re.IGNORECASE)
_SHORT: Final = 6
"""Numbers of so many digits are dialled as they are: 116117."""

_LONG: Final = 8
"""A number with so many digits begins with 0 or +, or has lost them in a spreadsheet."""


def phone_number(text: str) -> str:
    """The normal form of a number that a person wrote, Finnish when no country is named. Raises UndialableNumber."""
    written = _BEFORE.sub("", one_line(text)).lstrip("'")
    extension = _EXTENSION.search(written)
    if extension:
        written = written[: extension.start()]
    written = _TRUNK.sub(r"\1 ", written)
    if sum(len(re.sub(r"\D", "", part)) >= 5 for part in _AND.split(written)) > 1:
        raise UndialableNumber("several")
    if not _DIALLED.fullmatch(written):
        raise UndialableNumber("form")
    digits = re.sub(r"\D", "", written)
    if len(digits) >= _LONG and written.lstrip("(")[0] not in "+0":
        raise UndialableNumber("no_zero")
    number = _parsed(written)
    if number is None:
        raise UndialableNumber("form")
    dialled = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if dialled.startswith("+3580"):  # too short to be what it begins like: the 0 would be dialled after +358
        raise UndialableNumber("form")
    return f"{dialled};ext={extension[1]}" if extension else dialled


def restored_number(text: str) -> str | None:
    """The normal form of a number whose first 0 or + a spreadsheet has dropped, or None when it cannot be told.

    `401234567` is 040 123 4567 and `358401234567` is the same number; what would be nobody's number stays unknown.
    """
    digits = re.sub(r"[ ().\-/]", "", one_line(text))
    mark = "+" if digits.startswith("358") else "0"
    try:
        restored = phone_number(f"{mark}{digits}")
    except UndialableNumber:
        return None
    return restored if phonenumbers.is_valid_number(phonenumbers.parse(restored, HOME)) else None


def _parsed(text: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, HOME)
    except NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


@lru_cache(maxsize=10_000)
def shown_phone(kept: str, language: str) -> str:
    """A number as it is written in Finland: `040 123 4567`, `+46 8 123 456 78`, `09 1234 alanumero 12`.

    What is no number stays as it was written, and so do numbers of four digits and less.
    """
    try:
        dialled, _mark, extension = phone_number(kept).partition(";ext=")
    except UndialableNumber:
        return kept
    number = phonenumbers.parse(dialled, HOME)
    if phonenumbers.region_code_for_country_code(number.country_code or 0) == HOME:
        shown = _of_this_country(number)
    else:
        shown = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return f"{shown} {EXTENSION_WORDS[language]} {extension}" if extension else shown


def _of_this_country(number: PhoneNumber) -> str:
    """`040 123 4567`: the area, or the operator's first digits, with the 0 that is dialled inside the country."""
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    if " " not in national:  # a range that nobody has been given yet
        digits = str(number.national_number)
        if len(digits) <= _SHORT:
            return national
        length = 1 if digits[0] in "235689" and not digits.startswith("50") else 2
        national = f"0{digits[:length]} {digits[length:]}"
    area, _blank, own = national.partition(" ")
    return f"{area} {_grouped(own)}"


def _grouped(digits: str) -> str:
    """The digits after the area in groups of three or four: `123 4567`, `111 222`."""
    bare = digits.replace(" ", "")
    first = {5: 2, 6: 3, 7: 3, 8: 4}.get(len(bare))
    return f"{bare[:first]} {bare[first:]}" if first else digits


@lru_cache(maxsize=10_000)
def dialling_link(kept: str) -> str | None:
    """The `tel:` address that dials the number (RFC 3966), or None for a text that names none or several."""
    try:
        return f"tel:{phone_number(kept)}"
    except UndialableNumber:
        return None


# --- postal code and web address -------------------------------------------------------------------------------------


def postal_code(text: str) -> str:
    """Five digits; zeros that were dropped are put back: 4300 is 04300, 120 is 00120. Raises NoPostalCode."""
    digits = text.replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        raise NoPostalCode(text)
    if len(digits) in (3, 4) and digits[0] != "0":
        return digits.zfill(5)
    if len(digits) != 5:
        raise NoPostalCode(text)
    return digits


def web_address(text: str) -> str:
    """An address of the web in full; https:// is put before a bare one (`www.yritys.fi`).

    Raises NoWebAddress, also for a host or a port that cannot be: an empty part between dots, a port above 65535.
    """
    bare = one_line(text)
    full = bare if "://" in bare else f"https://{bare}"
    try:
        parts = urlsplit(full)
        can_be = parts.port != 0 and _is_host(parts.hostname or "")
    except ValueError as error:
        raise NoWebAddress(text) from error
    known = parts.scheme.lower() in ("https", "http") and parts.username is None
    if not known or not can_be or " " in full:
        raise NoWebAddress(text)
    return full


def _is_host(host: str) -> bool:
    """Whether the name can be a machine's on the web (RFC 1123, 5891): parts between dots, the last no number, or an
    address of IPv4. Signs below (`_`), which some names have, are taken as letters.
    """
    if all(part.isdigit() for part in host.rpartition(".")[2:]):
        return _is_ip_address(host)
    try:
        name = idna.encode(host.replace("_", "a"), uts46=True)
    except idna.IDNAError:
        return False
    return b"." in name.strip(b".")


def _is_ip_address(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


@lru_cache(maxsize=10_000)
def opening_link(kept: str) -> str | None:
    """The address that opens in a browser, or None for a text that names none: one kept before it was looked at."""
    try:
        return web_address(kept)
    except NoWebAddress:
        return None
