"""The forms of questions: one item, sending, stopping, and what came on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from wtforms import BooleanField

from marketplace.effects.labels import KEEPINGS, OF_CLIENT
from marketplace.effects.rules import Keeping
from marketplace.effects.sets import AskedQuestion
from marketplace.i18n import _, _l, current_language
from marketplace.pilots.instruments import AnswerScale
from marketplace.web.forms import BaseForm, RadioField, chosen, options, required


def point_names(scale: AnswerScale) -> list[tuple[str, str]]:
    """Every answer there is with its words, in the reader's language: a number, with its meaning at the ends."""
    language = current_language()
    if scale.names:
        return [(str(point), name[language]) for point, name in zip(scale.points, scale.names, strict=True)]
    ends = {scale.least: scale.least_text[language], scale.most: scale.most_text[language]}
    return [
        (str(point), f"{point} – {ends[point]}" if point in ends else str(point)) for point in scale.points
    ]


class ItemForm(BaseForm):
    """The answer to one question; the other button skips it."""

    answer = RadioField(
        _l("Answer"), validators=[required(_l("Choose an answer, or skip the question."))], choices=[]
    )

    def offer(self, asked: AskedQuestion) -> None:
        """Set the answers among which the client chooses."""
        language = current_language()
        self.answer.choices = options(point_names(asked.instrument.scale))
        self.answer.label.text = asked.item.text[language]
        self.answer.description = asked.item.plain[language]


class SendForm(BaseForm):
    """The answers are ready."""

    helped = BooleanField(_l("Somebody helped me to answer"))


class StopForm(BaseForm):
    """What becomes of the answers when nobody is to ask any more."""

    keeping = RadioField(
        _l("What do we do with your answers?"),
        validators=[required(_l("Choose what we do with your answers."))],
        choices=options((keeping.value, text) for keeping, text in KEEPINGS.items()),
    )

    def said(self) -> Keeping:
        """What was chosen."""
        return chosen(Keeping, self.keeping.data)


class StopForForm(StopForm):
    """The same as the counsellor writes it down for the client."""

    keeping = RadioField(
        _l("What does the client want done with the answers?"),
        validators=[required(_l("Choose what the client wants done with the answers."))],
        choices=options((keeping.value, text) for keeping, text in OF_CLIENT.items()),
    )


class PaperForm(BaseForm):
    """The answers of a paper, one question below the other; what is left open was skipped."""

    helped = BooleanField(_l("Somebody helped the client to answer"))

    @classmethod
    def of(cls, items: Sequence[AskedQuestion]) -> Self:
        """The form for the questions of a wave."""
        language = current_language()
        extra: Mapping[str, Any] = {
            f"answer_{number}": RadioField(
                asked.item.text[language],
                choices=options([*point_names(asked.instrument.scale), ("", _("No answer"))]),
                default="",
            )
            for number, asked in enumerate(items)
        }
        return cls.from_request(extra=extra)

    def answers(self, items: Sequence[AskedQuestion]) -> dict[tuple[str, str], int | None]:
        """What stood on the paper, by the keys of set and item."""
        return {
            asked.key: int(said) if (said := self[f"answer_{number}"].data) else None
            for number, asked in enumerate(items)
        }
