"""What the parts, grounds and faults of clients' data are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.clients.rules import ConsentKind, Ground, Part
from marketplace.i18n import _l

IDENTITY_CODE: Final = _l(
    "This is a personal identity code. Personal identity codes are not kept here: "
    "use your organisation’s own client or case number."
)

NUMBER_FAULTS: Final[dict[str, Any]] = {
    "identity_code": IDENTITY_CODE,
    "too_long": _l("The client or case number is too long."),
    "form": _l(
        "This is not a client or case number. Write it with digits and letters, without spaces, "
        "for example A-2026-0123. Do not write a name."
    ),
}
"""Fault of a client number → what the person reads."""

PARTS: Final[dict[Part, Any]] = {
    Part.LIST: _l("Name and client number in a list"),
    Part.FACTS: _l("Basic data"),
    Part.LETTER: _l("Letter with sign-in codes"),
    Part.MANDATES: _l("Helpers"),
    Part.PLAN: _l("Support plan"),
    Part.DECISIONS: _l("Decisions"),
    Part.AGREEMENTS: _l("Agreements"),
    Part.DELIVERIES: _l("Services received"),
    Part.PAYMENTS: _l("Payments to providers"),
    Part.QUESTIONS: _l("Whether you have been asked about effects"),
    Part.EVERYTHING: _l("All data"),
}
"""Part of a client's data → what it is called in the log."""

GROUNDS: Final[dict[Ground, Any]] = {
    Ground.HANDLING: _l("Your own counsellor handled your matter"),
    Ground.FINDING: _l("Looked for a client in the register"),
    Ground.STANDING_IN: _l("Handled your matter in place of your own counsellor"),
    Ground.DECIDING: _l("Prepared or made a decision in your matter"),
    Ground.ASKED: _l("You or your helper had asked for advice"),
    Ground.PAYMENT: _l("Checked or paid a service that you have received"),
    Ground.OVERSIGHT: _l("Oversaw that matters are handled rightly"),
    Ground.MANDATE: _l("Acted for you with the mandate that you have given"),
    Ground.SERVICE: _l("Needed to give you the service that you have chosen"),
    Ground.CONSENT: _l("You had agreed to it"),
    Ground.LAW: _l("A law obliges the organisation to give it"),
}
"""Ground → what the client reads in the log."""

STATED_GROUNDS: Final[dict[Ground, Any]] = {
    Ground.STANDING_IN: _l("I handle the matter in place of the client’s own counsellor"),
    Ground.DECIDING: _l("I prepare or make a decision in the client’s matter"),
    Ground.ASKED: _l("The client or the client’s helper has asked for advice"),
    Ground.PAYMENT: _l("I check or pay a service that the client has received"),
    Ground.OVERSIGHT: _l("I oversee that matters are handled rightly"),
}
"""Ground → how somebody of the staff states it before looking."""

CONSENTS: Final[dict[ConsentKind, tuple[Any, Any]]] = {
    ConsentKind.RESEARCH: (
        _l("Research"),
        _l("Researchers may use my data. My name and contact data are not given to them."),
    ),
    ConsentKind.EFFECTS: (
        _l("Questions about effects"),
        _l("I may be asked now and then how I am and what the services have meant to me."),
    ),
}
"""Kind of consent → its name and what it means."""
