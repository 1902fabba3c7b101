"""The questions as a document to fill in by hand: a tagged PDF in the client's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from marketplace.contact import shown_phone
from marketplace.effects.forms import point_names
from marketplace.effects.models import EffectAsking
from marketplace.effects.rules import open_until
from marketplace.effects.sets import AskedQuestion
from marketplace.i18n import _, date_text, in_language
from marketplace.pdf import render_pdf
from marketplace.pilots.branding import letterhead
from marketplace.pilots.instruments import Instrument
from marketplace.pilots.models import Organisation
from marketplace.pilots.vocabulary import ORGANISATIONS


def questions_pdf(
    asking: EffectAsking, items: Sequence[AskedQuestion], organisation: Organisation, *, now: datetime
) -> bytes:
    """The paper of an asking. It has the client number, and no name, so that it can be filled in anywhere."""
    client = asking.client
    with in_language(client.language):
        content = {
            "organisation": organisation.name[client.language],
            "number": client.number,
            "facts": [
                {"label": _("Client number"), "value": client.number},
                {"label": _("Answer by"), "value": date_text(open_until(asking.asked_on))},
            ],
            "intro": [
                _("You decide if you answer. Your services stay the same."),
                _("You may skip a question. You may ask somebody to help you."),
                _("Put a cross on one answer to each question."),
            ],
            "sets": [
                _set(instrument, [each.item for each in group], client.language)
                for instrument, group in groupby(items, lambda each: each.instrument)
            ],
            "helped": _("Somebody helped me to answer"),
            "ending": [
                _(
                    "Give the paper to your counsellor or send it to us. We keep your answers without your name."
                ),
                *_address(organisation.key, client.language),
                _("Telephone: %(number)s", number=shown_phone(organisation.phone, client.language)),
            ],
            "signature": _("Thank you for your answers."),
            "decided_by": organisation.name[client.language],
        } | letterhead(organisation.key)
        title = _("Questions about how you are")
        return render_pdf("effect_questions.typ", content, language=client.language, title=title, now=now)


def _address(organisation: str, language: str) -> list[str]:
    """Where the paper is sent, as far as the portal knows."""
    data = ORGANISATIONS[organisation]
    if data.address is None:
        return []
    return [
        _("Address: %(address)s", address=f"{data.name[language]}, {data.address[language]}"),
    ]


def _set(instrument: Instrument, items: Sequence[Any], language: str) -> dict[str, Any]:
    words = bool(instrument.scale.names)
    return {
        "name": instrument.name[language],
        "purpose": instrument.purpose[language],
        "demo": _("These questions are invented. Nobody has tested them.") if instrument.demo else "",
        "rights": f"{instrument.rights[language]} {instrument.source}, {instrument.version}",
        "ends": []
        if words
        else [instrument.scale.least_text[language], instrument.scale.most_text[language]],
        "points": [name for _value, name in point_names(instrument.scale)]
        if words
        else [str(point) for point in instrument.scale.points],
        "words": words,
        "items": [{"text": item.text[language], "plain": item.plain[language]} for item in items],
    }
