"""Forms of information sessions."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from wtforms import Field, SelectField
from wtforms.validators import Length
from wtforms.widgets import TextInput

from marketplace.accounts.forms import plain_name
from marketplace.days import PLANNED
from marketplace.i18n import HELSINKI, LocalizedText, _, _l, current_language
from marketplace.recruiting.sessions.audiences import FIRST, audiences
from marketplace.recruiting.sessions.models import InformationSession
from marketplace.recruiting.sessions.service import SessionFacts, SessionTold
from marketplace.web.forms import (
    BaseForm,
    Between,
    BilingualField,
    DateField,
    EmailField,
    Optional,
    RadioField,
    StrippedString,
    WebAddressField,
    WholeNumberField,
    options,
    required,
)

MOST_SEATS = 99_999

_CLOCK = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?")


class ClockField(Field):
    """A time of day as it is written in Finland: `16` or `16.30`; `data` is a time or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data.hour}.{self.data.minute:02d}" if isinstance(self.data, time) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        match = _CLOCK.fullmatch(text)
        try:
            self.data = time(int(match[1]), int(match[2] or 0)) if match else time.fromisoformat(text)
        except ValueError as error:
            raise ValueError(
                _("“%(text)s” is not a time of day. Write it like this: 16.30", text=text[:40])
            ) from error


class SessionForm(BaseForm):
    """When and where a session is held; times are Finland's."""

    title = BilingualField(_l("Name of the session"), languages_required=("fi", "sv"), max_length=150)
    day = DateField(_l("Day"), validators=[required(_l("Give the day."))], reach=PLANNED)
    starts = ClockField(_l("Begins at"), validators=[required(_l("Give the time when it begins."))])
    ends = ClockField(_l("Ends at"), validators=[required(_l("Give the time when it ends."))])
    place = BilingualField(_l("Place"), max_length=300)
    link = WebAddressField(_l("Link to the meeting"), [Optional(), Length(max=500)])
    description = BilingualField(_l("What it is about"), long=True, max_length=3000)
    audience = RadioField(
        _l("Whom it is for"), [required(_l("Choose whom the session is for."))], default=FIRST
    )
    seats = WholeNumberField(_l("Number of seats"), [Optional(), Between(1, MOST_SEATS)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.audience.choices = options(
            (each.key, each.name[current_language()]) for each in audiences().values()
        )

    @property
    def facts(self) -> SessionFacts:
        """What was written in a valid form, for the service."""
        told: Any = self.told
        return SessionFacts(
            title=told.title,
            starts_at=told.starts_at,
            ends_at=told.ends_at,
            place=told.place,
            link=told.link,
            description=self.description.text,
            seats=self.seats.data,
            audience=told.audience,
        )

    @property
    def told(self) -> SessionTold:
        """What was written in a form that may be wrong, as far as it can be judged."""
        return SessionTold(
            title=self.title.text,
            starts_at=self._moment(self.starts),
            ends_at=self._moment(self.ends),
            place=self.place.text,
            link=self.link.data or "",
            audience=self.audience.data or FIRST,
        )

    def _moment(self, clock: ClockField) -> datetime | None:
        day: Any = self.day.data
        if day is None or clock.data is None:
            return None
        return datetime.combine(day, clock.data, HELSINKI)


class NewSessionForm(SessionForm):
    """A session and its pilot, which stays."""

    pilot = SelectField(_l("Pilot"))


def session_values(planned: InformationSession) -> dict[str, Any]:
    """A session as the first values of its form."""
    starts, ends = planned.starts_at.astimezone(HELSINKI), planned.ends_at.astimezone(HELSINKI)
    return {
        "day": starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "link": planned.link,
        "seats": planned.seats,
        "audience": planned.audience,
        **{name: _pair(getattr(planned, name)) for name in ("title", "place", "description")},
    }


def _pair(text: LocalizedText) -> dict[str, str]:
    return {"fi": text.fi, "sv": text.sv}


class VisitorForm(BaseForm):
    """Somebody who comes to a session; no account is needed."""

    name = StrippedString(_l("Your name"), [required(_l("Write your name.")), Length(max=120), plain_name])
    email = EmailField(_l("Your e-mail address"), [required(_l("Write your e-mail address."))])


class SessionRegistrationForm(VisitorForm):
    """Somebody who comes to a session on behalf of a company."""

    company = StrippedString(
        _l("Company"), [required(_l("Write the name of your company.")), Length(max=200), plain_name]
    )
