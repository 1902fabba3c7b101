"""What the values of an event are called and how they read: every feature adds the words of its own fields.

The events keep keys and JSON values, so that the chain can be verified; only here do they become words.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from marketplace.audit.models import AuditEvent
from marketplace.i18n import _, _l, date_text, datetime_text, money_text
from marketplace.money import Money
from marketplace.slots import Answer

NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class About:
    """Where a value stands: its event and, when the field is a mapping, the key of the part."""

    event: AuditEvent
    part: str = ""


Text = Callable[[Any, About], str]
"""A value in words; it is never given nothing (None, an empty text or list)."""


def plain(value: Any, _about: About) -> str:
    """Text and numbers as they are, yes or no, a list in a row."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def day(value: Any, _about: About) -> str:
    """An ISO day as it is written here."""
    return date_text(date.fromisoformat(value))


def moment(value: Any, _about: About) -> str:
    """An ISO moment in Finnish time."""
    return datetime_text(datetime.fromisoformat(value))


def cents(value: Any, _about: About) -> str:
    """An amount kept in cents."""
    return money_text(Money(value))


def mark(value: Any, _about: About) -> str:
    """The first and last letters of a long checksum: enough to tell two files apart."""
    return f"{value[:8]}…{value[-4:]}"


def numbered(value: Any, _about: About) -> str:
    """The number of a thing that has no other name."""
    return _("number %(number)s", number=value)


@dataclass(frozen=True, slots=True)
class NamedKeys:
    """A key, or a list of keys, by names: key → name, or (name, tone). A `Text`."""

    names: Mapping[Any, Any]

    def __call__(self, value: Any, about: About) -> str:
        """The names of the keys; one of an earlier version that has none is told as it was kept."""
        return ", ".join(_named(self.names, key) or plain(key, about) for key in _keys(value))

    def lacking(self, value: Any) -> list[Any]:
        """The keys in a value that have no name, and so would be shown raw."""
        return [key for key in _keys(value) if not _named(self.names, key)]


def choice(names: Mapping[Any, Any]) -> NamedKeys:
    """A key, or a list of keys, by `names`: key → name, or (name, tone)."""
    return NamedKeys(names)


def _keys(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(names: Mapping[Any, Any], key: Any) -> str:
    found = names.get(key, "")
    return str(found[0] if isinstance(found, tuple) else found)


def by_names(names: Mapping[str, Any]) -> Callable[[str, About], str]:
    """Names for the parts of a mapping; a part without one keeps its key."""
    return lambda key, _about: _named(names, key) or key


@dataclass(frozen=True, slots=True)
class Field:
    """A field of events: its name, its values in words, and what the parts are called when it is a mapping."""

    name: Any
    text: Text = plain
    part: Callable[[str, About], str] | None = None
    always: bool = False
    """Shown also when it stayed the same, because it tells what the rest is about."""


DROPPED: Final = Field(_l("Something that only an earlier version of the portal wrote down"))
"""A field that a later version does not know any more."""

IN_LANGUAGES: Final = {"fi": _l("in Finnish"), "sv": _l("in Swedish")}


def bilingual(name: Any) -> Field:
    """A text in both languages."""
    return Field(name, part=by_names(IN_LANGUAGES))


more_fields: Final = Answer[Callable[[], Mapping[str, Field]]](
    "audit.fields",
    "What the fields of a room's events are called: name of a field, as in `FIELDS`, to its words.",
)

FIELDS: Final[dict[str, Field]] = {
    "added": Field(_l("Added to the list")),
    "due_on": Field(_l("Due date"), day),
    "for_client": Field(_l("On behalf of the client"), numbered),
    "email": Field(_l("E-mail")),
    "known": Field(_l("On the list already")),
    "letters": Field(_l("Letters")),
    "language": Field(_l("Language"), choice({"fi": "suomi", "sv": "svenska"})),
    "name": Field(_l("Name")),
    "number": Field(_l("Number")),
    "opened": Field(_l("Opened")),
    "reason": Field(_l("Reason")),
    "sha256": Field(_l("Checksum of the file"), mark),
    "text": Field(_l("Text")),
    "user": Field(_l("Person"), numbered),
    "version": Field(_l("Version")),
}
"""Name of a field, or `<first part of the action>.<name>` where it means something of its own there → its words."""


@functools.cache
def every_field() -> Mapping[str, Field]:
    """The words of every room's fields."""
    return together(FIELDS, *(fields() for fields in more_fields))


def together(*rooms: Mapping[str, Field]) -> Mapping[str, Field]:
    """The words of several rooms in one table. Raises ValueError for a name that is described twice."""
    found: dict[str, Field] = {}
    for fields in rooms:
        if twice := found.keys() & fields.keys():
            raise ValueError(f"fields described twice: {', '.join(sorted(twice))}")
        found |= fields
    return found


def field_of(action: str, name: str) -> Field | None:
    """The words of a field in events of this action; None when nobody has given any."""
    known = every_field()
    return known.get(f"{action.partition('.')[0]}.{name}") or known.get(name)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A value that an event wrote, in words. `before` is None when there was none."""

    name: str
    before: str | None
    after: str


def changes(event: AuditEvent) -> list[FieldChange]:
    """What an event changed, in the reader's language; equal values are left out."""
    found: list[FieldChange] = []
    for name in dict.fromkeys([*event.before, *event.after]):
        before, after = event.before.get(name), event.after.get(name)
        field = field_of(event.action, name) or DROPPED
        if before != after:
            found += _changes(field, event, before, after)
        elif field.always:
            found += _changes(field, event, None, after)
    return found


def _changes(field: Field, event: AuditEvent, before: Any, after: Any) -> list[FieldChange]:
    if not isinstance(before or after, Mapping):
        return [_change(str(field.name), field, About(event), before, after)]
    old, new = before or {}, after or {}
    name_part = field.part or (lambda key, _about: key)
    return [
        _change(
            _("%(field)s, %(part)s", field=field.name, part=name_part(key, About(event, key))),
            field,
            About(event, key),
            old.get(key),
            new.get(key),
        )
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _change(name: str, field: Field, about: About, before: Any, after: Any) -> FieldChange:
    old = None if _is_nothing(before) else field.text(before, about)
    return FieldChange(name, old, NOTHING if _is_nothing(after) else field.text(after, about))


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {})
