"""What has become of approvals since the decision: conditions with a day, and measures at every stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from marketplace.approvals.proposing.rules import Condition, conditions_of
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.decisions.rules import HEARING_DAYS, MEASURES, Channel, number_prefix, presumed_service
from marketplace.demo.applications import Approved, Case
from marketplace.demo.chance import Chance
from marketplace.demo.dates import moment
from marketplace.demo.papers import Papers
from marketplace.demo.rows import Rows
from marketplace.demo.sources import answers
from marketplace.files.models import StoredFile
from marketplace.providers.models import FormerApproval
from marketplace.providers.rules import ApprovalAction, ApprovalState

DECIDED: Final = {
    ApprovalState.SUSPENDED: ApprovalAction.SUSPEND,
    ApprovalState.WITHDRAWN: ApprovalAction.WITHDRAW,
}
"""State of an approval → the measure that led to it."""

WAITING: Final = {
    4: MeasureState.HEARING,
    7: MeasureState.WITH_REVIEWER,
    10: MeasureState.PROPOSED,
}
"""Which approvals in force, counted by organisation, have a suspension under way; the others have none."""

ROUND: Final = 40


class DemoStanding:
    """Adds conditions and measures to approvals, the first one first; numbers run by organisation and year."""

    def __init__(self, rows: Rows, papers: Papers, *, seed: int, now: datetime) -> None:
        self._rows, self._papers, self._seed, self._now = rows, papers, seed, now
        self._numbers: Counter[str] = Counter()
        self._met: Counter[str] = Counter()
        self.under_way: set[int] = set()
        """The approvals that have a measure under way."""

    def add(self, case: Case, approved: Approved) -> None:
        """What an approval has behind and before it."""
        chance = Chance.of(self._seed, "standing", approved.id)
        self._conditions(case, approved, chance)
        kind = DECIDED.get(approved.line.approval) if approved.line.approval else None
        if kind is not None:
            self._decided(case, approved, kind, chance)
        elif approved.line.approval == ApprovalState.ENDED:
            gone = self._now.date() - timedelta(days=chance.between(5, 120))
            self._stood(case, approved, max(gone, approved.since))
        elif approved.line.approval == ApprovalState.APPROVED and case.company.plan.part == "ordinary":
            organisation = case.pilot.organisation
            self._met[organisation] += 1
            state = WAITING.get(self._met[organisation] % ROUND)
            if state is not None:
                self.under_way.add(approved.id)
                self._waiting(case, approved, state, chance)

    def _conditions(self, case: Case, approved: Approved, chance: Chance) -> None:
        """The dated conditions of the decision, those long past met; the demo provider has been asked for more."""
        today = self._now.date()
        asked = []
        if case.company.plan.part == "demo" and approved.conditions:
            asked = [Condition(_text("later", case, chance), today + timedelta(days=20))]
        for condition in [*conditions_of(approved.conditions), *asked]:
            if condition.due_on is None:
                continue
            settled = condition.due_on < today - timedelta(days=10)
            self._rows.add(
                ApprovalCondition,
                {
                    "approval_id": approved.id,
                    "text": condition.text,
                    "due_on": condition.due_on,
                    "binding": condition not in asked,
                    "state": ConditionState.MET if settled else ConditionState.OPEN,
                    "created_by_id": case.pilot.staff.decider,
                    "created_at": moment(approved.since, self._now, chance),
                    "settled_by_id": case.pilot.staff.reviewer if settled else None,
                    "settled_at": moment(condition.due_on, self._now, chance) if settled else None,
                },
            )

    def _waiting(self, case: Case, approved: Approved, state: MeasureState, chance: Chance) -> None:
        """A suspension that the provider can still explain or has explained, with the reviewer or the decider now."""
        asked = self._now.date() - timedelta(days=3 if state == MeasureState.HEARING else 12)
        explained = state != MeasureState.HEARING
        self._measure(
            case,
            approved,
            ApprovalAction.SUSPEND,
            state,
            asked,
            chance,
            {
                "answer": _text("answer", case, chance) if explained else "",
                "answered_at": moment(asked + timedelta(days=9), self._now, chance) if explained else None,
                "answered_by_id": case.user_id if explained else None,
                "response": _text("response", case, chance) if state == MeasureState.PROPOSED else "",
            },
        )

    def _decided(self, case: Case, approved: Approved, kind: ApprovalAction, chance: Chance) -> None:
        """The measure that suspended or withdrew the approval, with its number and document."""
        today, staff = self._now.date(), case.pilot.staff
        asked = max(approved.since, today - timedelta(days=chance.between(30, 90)))
        decided = min(asked + timedelta(days=HEARING_DAYS + 3), today)
        prefix = number_prefix(case.pilot.organisation, decided.year, MEASURES)
        self._numbers[prefix] += 1
        self._stood(case, approved, decided)
        number = f"{prefix}{self._numbers[prefix]}"
        self._measure(
            case,
            approved,
            kind,
            MeasureState.DECIDED,
            asked,
            chance,
            {
                "number": number,
                "decided_by_id": staff.decider,
                "decided_at": moment(decided, self._now, chance),
                "file_id": self._document(number, case),
            },
        )

    def _stood(self, case: Case, approved: Approved, until: date) -> None:
        """The approval held until it was suspended or withdrawn, or its provider left."""
        self._rows.add(
            FormerApproval,
            {
                "approval_id": approved.id,
                "until_on": until,
                "state": ApprovalState.APPROVED,
                "municipalities": list(case.filing.area),
            },
        )

    def _document(self, number: str, case: Case) -> int:
        """The shared stand-in for a decision, under the measure's own name."""
        paper = self._papers.decision(case.company.plan.language)
        return self._rows.add(
            StoredFile,
            {
                "sha256": paper.sha256,
                "media_type": paper.media_type,
                "size": paper.size,
                "name": f"{number.replace('/', '-').lower()}.pdf",
                "uploaded_by_id": case.pilot.staff.decider,
                "created_at": self._now,
            },
        )

    def _measure(
        self,
        case: Case,
        approved: Approved,
        kind: ApprovalAction,
        state: MeasureState,
        asked: date,
        chance: Chance,
        more: Mapping[str, Any],
    ) -> None:
        measure = self._rows.add(
            ApprovalMeasure,
            {
                "approval_id": approved.id,
                "kind": kind,
                "state": state,
                "language": case.company.plan.language,
                "grounds": _text(kind, case, chance),
                "safety_reason": "",
                "hearing_due_on": asked + timedelta(days=HEARING_DAYS),
                "answer": "",
                "answered_at": None,
                "answered_by_id": None,
                "response": "",
                "proposed_by_id": case.pilot.staff.reviewer,
                "proposed_at": moment(asked, self._now, chance),
                "closing_reason": "",
                "number": None,
                "decided_by_id": None,
                "decided_at": None,
                "file_id": None,
                "revision": 1,
                **more,
            },
        )
        self._rows.add(
            ServedDocument,
            {
                "kind": Served.MEASURE_HEARING,
                "pilot_key": case.pilot.definition.key,
                "provider_id": case.provider_id,
                "channel": Channel.PEOPLE,
                "written_on": asked,
                "sent_on": asked,
                "served_on": presumed_service(Channel.PEOPLE, asked),
                "measure_id": measure,
            },
        )


def _text(kind: str, case: Case, chance: Chance) -> str:
    return str(chance.one(answers()["measures"][kind])[0 if case.company.plan.language == "fi" else 1])
