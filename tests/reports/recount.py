"""Every number of every report counted again: loops over raw rows, nothing of the room `reports`.

Slow and simple on purpose. It is written from docs/reports.md and data/*.yaml, which say what a number counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Base
from marketplace.pilots.vocabulary import INSTRUMENTS

Told = tuple[str, date, str, str, str]
"""Pilot, first day of the quarter, measure, by what, key."""

MEDIANS = {"days_to_decision", "days_to_first", "days_to_paid", "price_of_ceiling", "price_of_year", "price"}
PEOPLE = {"clients", "approved"}
MEANS = {"per_month", "response_rate"}
"""The sum by how many different things gave to it."""


def rows(session: Session, table: str) -> list[Any]:
    """All rows of a table."""
    return list(session.execute(sa.select(Base.metadata.tables[table])))


def by_id(session: Session, table: str) -> dict[int, Any]:
    """All rows of a table by their id."""
    return {row.id: row for row in rows(session, table)}


def quarter_of(day: date) -> date:
    """The first day of the quarter of a day."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def day_of(moment: datetime) -> date:
    """The day of a moment in Helsinki."""
    return moment.astimezone(ZoneInfo("Europe/Helsinki")).date()


class Recount:
    """All numbers of all pilots: `values` by where they are told."""

    def __init__(
        self,
        session: Session,
        areas: dict[str, set[str]],
        definitions: dict[tuple[str, date], Any],
    ) -> None:
        self.session, self.areas, self.definitions = session, areas, definitions
        self.given: defaultdict[Told, list[tuple[Any, int]]] = defaultdict(list)
        self.clients = {(row.organisation_key, row.number): row for row in rows(session, "clients")}
        self.pilots = {row.key: row.organisation_key for row in rows(session, "pilots")}
        self.offers = by_id(session, "offers")

    def numbers(self, ends: list[date]) -> dict[Told, int]:
        """Everything that is told, with `ends` as the last days of quarters for what stands on a day."""
        self.applications()
        self.invitations()
        for end in ends:
            self.standing(end)
        self.searches()
        self.agreements()
        self.deliveries()
        self.books()
        self.payments()
        self.effects()
        return {place: self.reckoned(place[2], given) for place, given in self.given.items()}

    def reckoned(self, measure: str, given: list[tuple[Any, int]]) -> int:
        """One number from what was given to it."""
        if measure in MEDIANS:
            return int(median(value for _who, value in given) + 0.5)
        if measure in MEANS:
            return int(sum(value for _who, value in given) / len({who for who, _value in given}) + 0.5)
        if measure in PEOPLE:
            return len({who for who, _value in given})
        return sum(value for _who, value in given)

    def tell(self, pilot: str, measure: str, day: date, who: Any, value: int, **by: Any) -> None:
        """Add something to the whole pilot and to each row to which it belongs."""
        places = [] if measure == "price" else [("all", "")]
        for name, keys in by.items():
            places += [(name, key) for key in (keys if isinstance(keys, list) else [keys])]
        for name, key in places:
            self.given[pilot, quarter_of(day), measure, name, key or ""].append((who, value))

    def of_client(self, pilot: str, number: str, service: str, day: date) -> dict[str, Any]:
        """Where something of a client belongs."""
        client = self.clients.get((self.pilots[pilot], number))
        return {
            "month": f"{day:%Y-%m}",
            "service": service,
            "municipality": client.municipality if client else "",
            "language": client.language if client and client.erased_at is None else "",
            "group": client.client_group if client else "",
        }

    def applications(self) -> None:
        found = by_id(self.session, "applications")
        for line in rows(self.session, "application_lines"):
            application = found[line.application_id]
            if application.submitted_at is None:
                continue
            sent, pilot = day_of(application.submitted_at), application.pilot_key
            who, service = application.provider_id, line.service_key
            self.tell(pilot, "applied", sent, who, 1, month=f"{sent:%Y-%m}", service=service)
            if line.decided_at is None:
                continue
            day = day_of(line.decided_at)
            by = {"month": f"{day:%Y-%m}", "service": service}
            self.tell(pilot, "days_to_decision", day, who, (day - sent).days, **by)
            if line.outcome == "rejected":
                grounds = [phrase for phrase in line.proposed_phrases if phrase != "heard"]
                self.tell(pilot, "refused", day, who, 1, ground=grounds[0] if grounds else "", **by)

    def invitations(self) -> None:
        found = by_id(self.session, "invitations")
        first: dict[int, datetime] = {}
        for letter in rows(self.session, "invitation_letters"):
            if letter.written_at is not None:
                first[letter.invitation_id] = min(
                    first.get(letter.invitation_id, letter.written_at), letter.written_at
                )
        for invitation_id, at in first.items():
            day = day_of(at)
            self.tell(found[invitation_id].pilot_key, "invited", day, invitation_id, 1, month=f"{day:%Y-%m}")

    def standing(self, end: date) -> None:
        """What was approved and offered on a day."""
        holds = set()
        for row in rows(self.session, "service_approvals"):
            then = self.stood(row, end)
            if then.state == "approved" and row.approved_on <= end:
                holds.add(row.id)
                where = {"service": row.service_key, "municipality": then.municipalities}
                self.tell(row.pilot_key, "approved", end, row.provider_id, 1, **where)
        prices = defaultdict(list)
        for price in rows(self.session, "offer_prices"):
            prices[price.version_id].append(price)
        empty = {
            (pilot, place, service)
            for pilot in self.pilots
            for place in self.definitions[pilot, end].municipalities
            for service in self.definitions[pilot, end].service_keys
        }
        year_before = self.latest(date(end.year - 1, end.month, end.day))
        for offer_id, version in self.latest(end).items():
            offer = self.offers[offer_id]
            over = offer.ends_on < end if offer.ends_on else offer.state == "ended"
            if over or offer.approval_id not in holds:
                continue
            where = {
                "service": offer.service_key,
                "municipality": version.municipalities,
                "language": version.languages,
            }
            self.tell(offer.pilot_key, "offers", end, offer_id, 1, **where)
            empty -= {(offer.pilot_key, place, offer.service_key) for place in version.municipalities}
            earlier = year_before.get(offer_id)
            then = {row.band: row.amount.cents for row in prices[earlier.id]} if earlier else {}
            for price in prices[version.id]:
                row = f"{offer.service_key}:{price.band}"
                self.tell(offer.pilot_key, "price", end, version.id, price.amount.cents, band=row)
                if then.get(price.band):
                    share = int(100 * price.amount.cents / then[price.band] + 0.5)
                    self.tell(
                        offer.pilot_key, "price_of_year", end, version.id, share, service=offer.service_key
                    )
                ceiling = self.ceiling(offer, price.band, end)
                if ceiling:
                    share = int(100 * price.amount.cents / ceiling + 0.5)
                    self.tell(
                        offer.pilot_key, "price_of_ceiling", end, version.id, share, service=offer.service_key
                    )

        for pilot, place, service in empty:
            where = {"municipality": place, "service": service, "place": f"{place}:{service}"}
            self.tell(pilot, "without_offers", end, None, 1, **where)

    def stood(self, approval: Any, end: date) -> Any:
        """What an approval was when a day ended: as before the first change of a later day, or as it is."""
        later = [
            row
            for row in rows(self.session, "former_approvals")
            if row.approval_id == approval.id and row.until_on > end
        ]
        return min(later, key=lambda row: row.id, default=approval)

    def ceiling(self, offer: Any, band: str, end: date) -> int:
        """The highest price of the pilot on a day, in cents; 0 where there is none."""
        for service in self.definitions[offer.pilot_key, end].services:
            for row in service.bands if service.key == offer.service_key else ():
                if row.band == band:
                    return int(row.on(end).ceiling.cents)
        return 0

    def latest(self, end: date) -> dict[int, Any]:
        """Offer → its published version in force on a day."""
        latest: dict[int, Any] = {}
        for version in rows(self.session, "offer_versions"):
            if version.state == "published" and version.valid_from <= end:
                known = latest.get(version.offer_id)
                if known is None or known.valid_from < version.valid_from:
                    latest[version.offer_id] = version
        return latest

    def searches(self) -> None:
        for need in rows(self.session, "unmet_needs"):
            for pilot, area in self.areas.items():
                if need.municipality in area:
                    where = {"municipality": need.municipality, "language": need.language}
                    self.tell(
                        pilot, "searches", need.day, None, need.count, month=f"{need.day:%Y-%m}", **where
                    )

    def agreements(self) -> None:
        found = by_id(self.session, "agreements")
        for row in found.values():
            offer = self.offers[row.offer_id]
            former = found.get(row.replaces_id)
            for measure, day in self.happened(row, offer, former):
                by = self.of_client(offer.pilot_key, row.client_number, offer.service_key, day)
                if measure == "changes":
                    by["cause"] = self.cause(row, former)
                self.tell(offer.pilot_key, measure, day, row.client_number, 1, **by)

    def cause(self, row: Any, former: Any) -> str:
        """Why a client has another provider."""
        if row.change_reason:
            return f"own:{row.change_reason}"
        if former.state == "stopped":
            return "stopped"
        return former.ended_by if former.ended_by in ("provider", "office") else "own"

    def happened(self, row: Any, offer: Any, former: Any) -> Iterator[tuple[str, date]]:
        if row.state in ("in_force", "ending", "stopped"):
            if former is None:
                yield "agreements", row.starts_on
            elif self.offers[former.offer_id].provider_id != offer.provider_id:
                yield "changes", row.starts_on
        if row.state == "stopped":
            yield "ended_at_once", row.ends_on
        if row.state == "ending" and row.ended_by in ("client", "helper"):
            yield "ended_by_client", row.ends_on
        if row.state == "ending" and row.ended_by == "provider":
            yield "ended_by_provider", row.ends_on
        if row.state == "declined" and row.answered_at is not None:
            yield "declined", day_of(row.answered_at)
        if row.state == "lapsed":
            yield "unanswered", row.answer_until

    def deliveries(self) -> None:
        agreements = by_id(self.session, "agreements")
        budgets = by_id(self.session, "budgets")
        lines = by_id(self.session, "decision_lines")
        decisions = by_id(self.session, "service_decisions")
        numbers = {row.id: row.number for row in rows(self.session, "clients")}
        first: dict[int, date] = {}
        for row in rows(self.session, "deliveries"):
            if row.state != "confirmed":
                continue
            offer = self.offers[agreements[row.agreement_id].offer_id]
            by = self.of_client(offer.pilot_key, row.client_number, offer.service_key, row.day)
            self.tell(offer.pilot_key, "clients", row.day, row.client_number, 1, **by)
            self.tell(offer.pilot_key, "spent", row.day, row.client_number, row.amount.cents, **by)
            who = (row.client_number, row.day.year, row.day.month)
            self.tell(offer.pilot_key, "per_month", row.day, who, row.amount.cents, **by)
            if row.budget_id is not None:
                line = budgets[row.budget_id].line_id
                first[line] = min(first.get(line, row.day), row.day)
        for line_id, day in first.items():
            line = lines[line_id]
            decision = decisions[line.decision_id]
            if decision.kind == "grant":
                number = numbers[decision.client_id]
                by = self.of_client(decision.pilot_key, number, line.service_key, day)
                days = max(0, (day - day_of(decision.decided_at)).days)
                self.tell(decision.pilot_key, "days_to_first", day, number, days, **by)

    def books(self) -> None:
        lines = by_id(self.session, "decision_lines")
        decisions = by_id(self.session, "service_decisions")
        numbers = {row.id: row.number for row in rows(self.session, "clients")}
        entries = by_id(self.session, "ledger_entries")
        of_account = {row.account_id: lines[row.line_id] for row in rows(self.session, "budgets")}
        self.leftovers(entries, of_account, decisions)
        for row in rows(self.session, "ledger_postings"):
            line = of_account.get(row.account_id)
            if line is None:
                continue
            entry, decision = entries[row.entry_id], decisions[line.decision_id]
            name = self.moved(row, entry)
            if name:
                number, pilot = numbers[decision.client_id], decision.pilot_key
                amount = row.amount if name == "granted" else -row.amount
                begun = entries[entry.resolves_id] if name == "reserved" and entry.resolves_id else entry
                by = self.of_client(pilot, number, line.service_key, begun.effective_on)
                self.tell(pilot, f"{name}_{row.unit}", begun.effective_on, number, amount, **by)

    def moved(self, row: Any, entry: Any) -> str:
        if row.flow == "granted":
            if entry.kind == "grant":
                return "granted"
            return "carried" if row.amount < 0 and entry.kind == "carry" else ""
        return {"reserved": "reserved", "used": "used"}.get(row.flow, "")

    def leftovers(
        self, entries: dict[int, Any], of_account: dict[int, Any], decisions: dict[int, Any]
    ) -> None:
        """What came back, and why: told by what happened to the budget and its decision."""
        numbers = {row.id: row.number for row in rows(self.session, "clients")}
        budgets = {row.account_id: row for row in rows(self.session, "budgets")}
        heirs = {
            row.replaces_id: row
            for row in decisions.values()
            if row.replaces_id is not None and row.state in ("made", "replaced")
        }
        sources = {entry.source: entry for entry in entries.values()}
        freed: defaultdict[int, int] = defaultdict(int)
        for row in sorted(rows(self.session, "ledger_postings"), key=lambda row: row.entry_id):
            if row.account_id not in of_account:
                continue
            entry, budget, line = entries[row.entry_id], budgets[row.account_id], of_account[row.account_id]
            decision = decisions[line.decision_id]
            if row.flow == "reserved" and ":let-go:" in entry.source:
                first = sources[entry.source.removesuffix(":rest")]
                freed[row.account_id] += row.amount if first.effective_on > budget.last_on else 0
            if row.flow != "granted" or entry.kind != "take_back":
                continue
            amount, day, heir = -row.amount, entry.effective_on, heirs.get(decision.id)
            if heir and heir.starts_on == day and (day - budget.last_on).days <= 1:
                why = {"ended" if heir.kind == "end" else "changed": amount}
            elif day <= budget.last_on:
                why = {"interrupted": amount}
            else:
                held = min(freed.pop(row.account_id, 0), amount)
                why = {"not_given": held, "not_reserved": amount - held}
            number, pilot = numbers[decision.client_id], decision.pilot_key
            by = self.of_client(pilot, number, line.service_key, day)
            for name, part in why.items():
                if part:
                    self.tell(pilot, f"returned_{row.unit}", day, number, part, leftover=name, **by)

    def payments(self) -> None:
        statements = by_id(self.session, "statements")
        paid = {
            row.statement_id: row.paid_on
            for row in rows(self.session, "payment_rows")
            if row.state == "paid" and row.paid_on is not None
        }
        for row in rows(self.session, "statement_rows"):
            day = paid.get(row.statement_id)
            if day is not None and row.kind == "delivery":
                statement = statements[row.statement_id]
                by = {"month": f"{day:%Y-%m}", "service": row.service_key}
                self.tell(
                    statement.pilot_key,
                    "days_to_paid",
                    day,
                    statement.provider_id,
                    (day - row.day).days,
                    **by,
                )

    def effects(self) -> None:
        """Each answer with its month against the first one of the same pseudonym; who answered of those asked."""
        sheets = {(row.pseudonym, row.wave): row for row in rows(self.session, "effect_sheets")}
        answers = {
            (row.pseudonym, row.wave, row.instrument, row.item): row.value
            for row in rows(self.session, "effect_answers")
        }
        for (who, wave, key, item), value in answers.items():
            sheet, known = sheets[who, wave], INSTRUMENTS[key]
            if value is None or sheet.month is None:
                continue
            if known.asks == "change":
                step = self.band(known, value) - (len(known.bands) - 1) / 2
            else:
                first = known.interval[0]
                before = answers.get((who, first, key, item))
                if wave == first or before is None or sheets[who, first].month is None:
                    continue
                step = self.band(known, value) - self.band(known, before)
            name = "better" if step > 0 else "worse" if step < 0 else "same"
            by = {"item": f"{key}:{item}", "language": sheet.language, "group": sheet.client_group}
            self.tell(sheet.pilot_key, name, sheet.month, who, 1, **by)
        clients = by_id(self.session, "clients")
        for asking in rows(self.session, "effect_askings"):
            if asking.state in ("answered", "closed", "skipped", "lapsed"):
                name = "answered" if asking.state in ("answered", "closed") else "not_answered"
                client = clients[asking.client_id]
                by = {"language": client.language, "group": client.client_group}
                self.tell(asking.pilot_key, name, asking.settled_on, asking.client_id, 1, **by)
                share = 100 if name == "answered" else 0
                self.tell(asking.pilot_key, "response_rate", asking.settled_on, asking.id, share, **by)

    def band(self, known: Any, value: int) -> int:
        return next(place for place, band in enumerate(known.bands) if band.least <= value <= band.most)
