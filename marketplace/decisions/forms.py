"""What the forms of formal decisions share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from wtforms import BooleanField
from wtforms.validators import Length

from marketplace.decisions.rules import MAX_TEXT
from marketplace.decisions.written_in import language_of_text
from marketplace.i18n import _, _l
from marketplace.web.forms import BaseForm, Prose, StrippedString

SHORT_LABEL: Final = _l("Why the provider gets fewer days than usual")


def short_enough() -> Length:
    """A text of a decision has at most MAX_TEXT characters."""
    return Length(max=MAX_TEXT, message=_l("The text is too long: at most %(max)d characters.", max=MAX_TEXT))


class PartyForm(BaseForm):
    """A form whose texts go to a party as they are written, and so in the party's language.

    A text in the other language is asked about at its field; it goes as it is when the writer says so (`as_written`).
    """

    as_written = BooleanField(_l("The text goes in the language in which I wrote it."))

    _party_language: str

    def addressed(self, language: str) -> Self:
        """The same form, for a party whose documents are in `language`; told before the form is checked."""
        self._party_language = language
        return self

    @property
    def asks_language(self) -> bool:
        """Whether what was sent holds a text in the other language, so that the page asks whether it goes so."""
        return self.is_submitted() and bool(self._in_other_language())

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """The checks of the fields, and the language of the texts."""
        valid: bool = super().validate(extra_validators)
        doubted = [] if self.as_written.data else self._in_other_language()
        for field in doubted:
            field.errors = [*field.errors, self._question()]
        return valid and not doubted

    def _in_other_language(self) -> list[Any]:
        texts = [field for field in self if type(field) in (Prose, StrippedString)]
        found = [(field, language_of_text(field.data or "")) for field in texts]
        return [field for field, language in found if language and language != self._party_language]

    def _question(self) -> str:
        if self._party_language == "fi":
            return _(
                "This seems to be Swedish, and the recipient gets documents in Finnish. Write in Finnish, or confirm "
                "below that the text goes as it is."
            )
        return _(
            "This seems to be Finnish, and the recipient gets documents in Swedish. Write in Swedish, or confirm "
            "below that the text goes as it is."
        )
