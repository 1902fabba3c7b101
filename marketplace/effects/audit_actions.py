"""What the audit trail calls what is done about effects. It never holds an answer."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class EffectAudit(AuditAction):
    """What is done to an asking, and to the answers as a whole."""

    ASK = "effect_asking.ask", _l("Client asked about effects")
    REMIND = "effect_asking.remind", _l("Client reminded of questions about effects")
    ANSWER = "effect_asking.answer", _l("Questions about effects answered")
    SKIP = "effect_asking.skip", _l("Questions about effects left unanswered")
    LAPSE = "effect_asking.lapse", _l("Time to answer about effects over")
    CLOSE = "effect_asking.close", _l("Answers about effects counted that were not sent in time")
    PAPER = "effect_asking.paper", _l("Questions about effects given on paper")
    ARRIVE = "effect_asking.arrive", _l("Answers about effects came on paper after their time")
    STOP = "effect_asking.stop", _l("Client not asked about effects any more")
    RESUME = "effect_asking.resume", _l("Client asked about effects again")
    DELETE = "effect_asking.delete", _l("Answers about effects deleted")
