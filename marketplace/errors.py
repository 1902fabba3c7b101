"""The one family of expected errors.

A service or a rule raises one of these when a request cannot be carried out; the web layer has one handler per
class. `message` is a translatable whole sentence for the person who asked, already lazy where it must wait for the
reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

Fault = tuple[str, object]
"""What is wrong with one field of a form: its name (empty when it belongs to none) and the sentence for the person."""


def in_words(error: OSError) -> str:
    """What the system has refused, in a line of English and without its number."""
    if error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


class DomainError(Exception):
    """Something the user asked for cannot be done; the transaction is rolled back.

    `message` is what the person reads, `field` the name of the form field it belongs to, if any; `faults` are the same
    as (field, message) pairs, and hold everything where several things are wrong at once. `wait` is the number of
    seconds after which it may be tried again, where that is known.
    """

    status = 400
    wait: int | None = None

    def __init__(self, message: object = "", *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.faults: tuple[Fault, ...] = ((field or "", message),)

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The actor may see the thing but may not do this to it."""

    status = 403


class NotFound(DomainError):
    """The thing does not exist, or is not the actor's to see: the two look the same from outside."""

    status = 404


class Conflict(DomainError):
    """The thing has moved on: somebody else acted first, or its state does not allow the action."""

    status = 409


class Invalid(DomainError):
    """What was given does not hold; `field` says where."""

    status = 422

    @classmethod
    def all_of(cls, faults: Iterable[Fault]) -> Invalid:
        """One refusal of several things that do not hold, so that they are told at once; there is at least one."""
        told = tuple(faults)
        name, message = told[0]
        refusal = Invalid(message, field=name or None)
        refusal.faults = told
        return refusal


def refuse_all(faults: Iterable[Fault]) -> None:
    """Raise one Invalid of everything that does not hold, when anything does not."""
    if told := tuple(faults):
        raise Invalid.all_of(told)


def faults_of(*checks: Callable[[], object]) -> Iterator[Fault]:
    """What each of the checks refuses, one after the other: a check raises Invalid, or holds."""
    for check in checks:
        try:
            check()
        except Invalid as refusal:
            yield from refusal.faults
