"""A pause, no new clients, leaving: at any time, by the company's own admin, at once.

Leaving ends approvals, and an offer without a valid approval is not shown. Agreements with clients go on by the
pilot's notice rules; the office hears of it by mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Protocol

from sqlalchemy.orm import Session

from marketplace.accounts.queries import staff
from marketplace.db import Database, for_change
from marketplace.duties import each_by_itself
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import LANGUAGES, _l, helsinki_date
from marketplace.outbox import MailAddress, Recipient
from marketplace.permissions import SYSTEM, Role
from marketplace.pilots import queries as pilots
from marketplace.pilots.models import Pilot
from marketplace.providers.approved_services.service import end_by_leaving
from marketplace.providers.audit_actions import ParticipationAudit
from marketplace.providers.company.queries import admins_of, managed_provider
from marketplace.providers.company.trail import record_of_company
from marketplace.providers.models import Provider
from marketplace.providers.participation import mails, queries
from marketplace.providers.participation.ending import Bond, bond_of, last_days
from marketplace.providers.participation.queries import PlaceInPilot, places
from marketplace.providers.rules import PROVIDER, ProviderAction, ProviderState, bound_until
from marketplace.slots import Answer, Reaction
from marketplace.work import UnitOfWork


class Leaving(Protocol):
    """What a feature above this one does when a provider leaves."""

    def __call__(self, work: UnitOfWork, provider_id: int, pilot_key: str | None) -> list[int]:
        """The provider leaves a pilot (None: every pilot): the numbers of the applications that fall with it."""


provider_left: Final = Reaction[Leaving](
    "providers.left", "A provider leaves a pilot or the portal: what hangs on its taking part is ended too."
)


class ApprovalsLeft(Protocol):
    """What a feature above this one does when approvals are left."""

    def __call__(self, work: UnitOfWork, approvals: Sequence[int]) -> list[tuple[str, object]]:
        """The approvals end by leaving: what falls with them, as (key of the service, its name)."""


approvals_left: Final = Reaction[ApprovalsLeft](
    "providers.approvals_left", "A provider leaves approvals: what is under way about them falls."
)


class Touched(Protocol):
    """What a feature above this one knows of the clients who use a provider's services."""

    def __call__(self, session: Session, approvals: Sequence[int], *, today: date) -> int:
        """How many clients have agreements that go on under the approvals."""


clients_touched: Final = Answer[Touched](
    "providers.clients_touched",
    "How many clients have agreements that go on under the approvals of a provider.",
)


class OffersLost(Protocol):
    """What a feature above this one does when clients may need another provider."""

    def __call__(self, work: UnitOfWork, approvals: Sequence[int], what: object) -> None:
        """Offers under the approvals are not to be had any more: `what` was decided, None: the provider left."""


offers_lost: Final = Reaction[OffersLost](
    "providers.offers_lost", "Clients may need another provider: whoever knows them is told."
)


def pause(work: UnitOfWork, *, provider_id: int, until: date, reason: str = "") -> Provider:
    """Hide every offer until the provider goes on, at the latest on the day after `until`; the offices are told.

    Raises NotAllowed, Conflict also when it takes part in no pilot, Invalid for a day that is not ahead.
    """
    provider = managed_provider(work, provider_id, lock=True)
    demand_place(work.session, provider_id)
    _demand_ahead(work, until)
    told = {"until": until.isoformat(), "reason": reason.strip()}
    _step(work, provider, ProviderAction.PAUSE, more=told)
    provider.paused_until = until
    _tell_of_pause(work, provider, until, reason)
    return provider


def change_end_of_pause(work: UnitOfWork, *, provider_id: int, until: date, reason: str = "") -> Provider:
    """Let a pause end on another day; the offices are told.

    Raises NotAllowed, Conflict when there is no pause, Invalid for a day that is not ahead.
    """
    provider = managed_provider(work, provider_id, lock=True)
    if provider.state != ProviderState.PAUSED:
        raise Conflict(_l("The company has no pause any more."))
    _demand_ahead(work, until)
    before = _iso(provider.paused_until)
    provider.paused_until = until
    record_of_company(
        work,
        provider.id,
        ParticipationAudit.CHANGE_PAUSE,
        provider,
        before={"until": before},
        after={"until": until.isoformat(), "reason": reason.strip()},
    )
    _tell_of_pause(work, provider, until, reason)
    return provider


def demand_place(session: Session, provider_id: int) -> None:
    """Raise Conflict when the provider takes part in no pilot: nothing of it is shown that a pause could hide."""
    if not places(session, provider_id):
        raise Conflict(_l("The company takes part in no pilot, so that there is nothing to pause."))


def _demand_ahead(work: UnitOfWork, until: date) -> None:
    if until <= work.today:
        raise Invalid(_l("The last day of the pause must be ahead."), field="until")


def _tell_of_pause(work: UnitOfWork, provider: Provider, until: date, reason: str) -> None:
    for place in places(work.session, provider.id):
        for person in _office(work.session, place):
            mails.provider_paused(
                work,
                person,
                provider,
                pilots.current_definition(work.session, place.pilot.key),
                until=until,
                reason=reason.strip(),
                clients=_clients(work, place),
            )


def clients_of(work: UnitOfWork, provider_id: int) -> int:
    """How many clients have agreements with the provider that go on, in all its pilots."""
    return sum(_clients(work, place) for place in places(work.session, provider_id))


def resume(work: UnitOfWork, *, provider_id: int) -> Provider:
    """Show the offers again after a pause; the offices are told. Raises NotAllowed, Conflict."""
    provider = _move(work, ProviderAction.RESUME, provider_id=provider_id)
    provider.paused_until = None
    _tell_of_going_on(work, provider)
    return provider


def end_pauses(database: Database, *, now: datetime) -> int:
    """Let every provider go on whose last day of the pause is over, each by itself; how many there were.

    The offers are shown again as they are. The company's admins and the offices are told.
    """
    today = helsinki_date(now)
    with database.read() as session:
        waiting = queries.pauses_over(session, today)

    def do(provider_id: int) -> bool:
        with database.transaction() as session:
            return end_pause(UnitOfWork(session, SYSTEM, now), provider_id)

    return sum(each_by_itself(database, "end a pause", waiting, do, now=now))


def end_pause(work: UnitOfWork, provider_id: int) -> bool:
    """Let a provider go on whose last day of the pause is over; whether it was."""
    provider = work.session.get_one(Provider, provider_id, with_for_update=for_change(Provider))
    last = provider.paused_until
    if provider.state != ProviderState.PAUSED or last is None or last >= work.today:
        return False
    _step(work, provider, ProviderAction.RESUME)
    provider.paused_until = None
    for admin in admins_of(work.session, provider.id):
        mails.pause_over(work, admin, provider, last=last)
    _tell_of_going_on(work, provider)
    return True


def _tell_of_going_on(work: UnitOfWork, provider: Provider) -> None:
    for place in places(work.session, provider.id):
        for person in _office(work.session, place):
            mails.provider_goes_on(work, person, provider, place.definition)


def come_back(work: UnitOfWork, *, provider_id: int) -> Provider:
    """Open the account of a provider that left; approvals must be applied for again. Raises NotAllowed, Conflict."""
    return _move(work, ProviderAction.RETURN, provider_id=provider_id)


def leave_pilot(work: UnitOfWork, *, provider_id: int, pilot_key: str, reason: str = "") -> None:
    """End the provider's approvals in a pilot: its offers there are hidden at once and the office is told.

    What the provider has applied for there and waits for a decision is withdrawn. A pause ends with the last pilot, as
    it hides nothing any more.

    Raises NotAllowed for an editor, Conflict when the provider takes no part in the pilot.
    """
    provider = managed_provider(work, provider_id, lock=True)
    withdrawn = _withdraw(work, provider_id, pilot_key)
    place = place_of(work.session, provider_id, pilot_key, lock=True)
    _end(work, provider, place, reason=reason, withdrawn=withdrawn)
    if provider.state == ProviderState.PAUSED and not places(work.session, provider_id):
        _step(work, provider, ProviderAction.RESUME)
        provider.paused_until = None


def leave_portal(work: UnitOfWork, *, provider_id: int, reason: str = "") -> Provider:
    """Leave every pilot and the portal. Raises NotAllowed for an editor, Conflict when the provider has left."""
    provider = managed_provider(work, provider_id, lock=True)
    keys = [place.pilot.key for place in places(work.session, provider_id)]
    withdrawn = {key: _withdraw(work, provider_id, key) for key in keys}
    _withdraw(work, provider_id, None)
    for place in places(work.session, provider_id, lock=True):
        _end(work, provider, place, reason=reason, withdrawn=withdrawn.get(place.pilot.key, []))
    provider.paused_until = None
    return _move(work, ProviderAction.LEAVE, provider_id=provider_id)


def place_of(session: Session, provider_id: int, pilot_key: str, *, lock: bool = False) -> PlaceInPilot:
    """Where the provider takes part in this pilot; `lock` for a change. Raises Conflict when it does not any more."""
    for place in places(session, provider_id, lock=lock):
        if place.pilot.key == pilot_key:
            return place
    raise Conflict(_l("The company does not take part in this pilot any more."))


def _move(work: UnitOfWork, action: ProviderAction, *, provider_id: int) -> Provider:
    return _step(work, managed_provider(work, provider_id, lock=True), action)


def _step(
    work: UnitOfWork, provider: Provider, action: ProviderAction, *, more: Mapping[str, str] | None = None
) -> Provider:
    before, provider.state = provider.state, PROVIDER.next(provider.state, action)
    record_of_company(
        work,
        provider.id,
        ParticipationAudit.of(action),
        provider,
        before={"state": before},
        after={"state": provider.state, **(more or {})},
    )
    return provider


def _end(
    work: UnitOfWork, provider: Provider, place: PlaceInPilot, *, reason: str, withdrawn: list[int]
) -> None:
    left = [approval.id for approval in place.approvals]
    fallen = [matter for react in approvals_left for matter in react(work, left)]
    bond = bond_of(work.session, place, work.today)
    for approval in place.approvals:
        days = last_days(work.session, approval.id, work.today)
        until = bound_until(days, work.today, place.definition.notice.provider_days)
        end_by_leaving(work, approval, reason=reason, until=until)
    _tell_office(work, provider, place, bond, reason=reason, withdrawn=withdrawn, fallen=fallen)
    _tell_admins(work, provider, place.pilot, bond)
    for tell in offers_lost:
        tell(work, left, None)


def _withdraw(work: UnitOfWork, provider_id: int, pilot_key: str | None) -> list[int]:
    return [number for react in provider_left for number in react(work, provider_id, pilot_key)]


def _tell_office(
    work: UnitOfWork,
    provider: Provider,
    place: PlaceInPilot,
    bond: Bond,
    *,
    reason: str,
    withdrawn: list[int],
    fallen: list[tuple[str, object]],
) -> None:
    definition = pilots.current_definition(work.session, place.pilot.key)
    for person in _office(work.session, place):
        mails.provider_left(
            work,
            person,
            provider,
            definition,
            services=[approval.service_key for approval in place.approvals],
            notice_days=place.definition.notice.provider_days,
            reason=reason.strip(),
            withdrawn=withdrawn,
            fallen=fallen,
            clients=_clients(work, place),
            until=bond.until,
        )


def _office(session: Session, place: PlaceInPilot) -> Sequence[Recipient]:
    """The coordinators of the organisation; where it has none, the organisation's own address."""
    people = staff(session, place.organisation.key, frozenset({Role.COORDINATOR}))
    return people or [MailAddress(place.organisation.email, "", LANGUAGES[0])]


def _clients(work: UnitOfWork, place: PlaceInPilot) -> int:
    approvals = [approval.id for approval in place.approvals]
    return sum(count(work.session, approvals, today=work.today) for count in clients_touched)


def _tell_admins(work: UnitOfWork, provider: Provider, pilot: Pilot, bond: Bond) -> None:
    definition = pilots.current_definition(work.session, pilot.key)
    for admin in admins_of(work.session, provider.id):
        mails.pilot_left(work, admin, provider, definition, bond.agreements, bond.until)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
