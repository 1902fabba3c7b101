"""What the office does to a pilot's list and to its letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.db import for_change
from marketplace.errors import Conflict, Fault, Invalid, NotFound
from marketplace.i18n import LANGUAGES, LocalizedText, _l
from marketplace.permissions import SYSTEM, Permission
from marketplace.pilots.models import Pilot
from marketplace.pilots.trail import record_in_pilot
from marketplace.recruiting.audit_actions import InvitationAudit
from marketplace.recruiting.invitations import queries, rules
from marketplace.recruiting.invitations.addresses import Addressee, addressee
from marketplace.recruiting.invitations.models import Invitation, InvitationText
from marketplace.recruiting.invitations.rules import InvitationAction, InvitationState
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Listing:
    """What adding to a list did: those who are new, and those who were on it already and were left as they are."""

    added: tuple[Invitation, ...]
    known: tuple[Invitation, ...]


def add(work: UnitOfWork, pilot_key: str, addressees: Sequence[Addressee]) -> Listing:
    """Put addressees on a pilot's list; an address that is there already is recognised and not added again.

    Each address may stand only once among `addressees`. Raises NotFound for an unknown pilot.
    """
    pilot = locked_pilot(work.session, pilot_key)
    require(work, pilot)
    known = queries.by_email(work.session, pilot_key, {each.email for each in addressees})
    added = [
        Invitation(
            pilot_key=pilot_key,
            name=each.name,
            email=each.email,
            language=each.language,
            business_id=each.business_id,
            state=rules.INVITATION.initial,
            listed_at=work.now,
        )
        for each in addressees
        if each.email not in known
    ]
    work.session.add_all(added)
    if added:
        _record(work, pilot, InvitationAudit.LIST, {"added": len(added), "known": len(known)})
    return Listing(tuple(added), tuple(known.values()))


def add_corrected(work: UnitOfWork, pilot_key: str, rows: Mapping[int, Mapping[str, str]]) -> Listing:
    """Put rows of a file on the list that have been corrected by hand: row number → values by column, all or none.

    A row without name and address is left out. Raises Invalid with every fault, each at `<column>_<row number>`.
    """
    faults: list[Fault] = []
    good: dict[str, Addressee] = {}
    for number, values in rows.items():
        if not values["name"].strip() and not values["email"].strip():
            continue
        try:
            one = addressee(**values)
        except Invalid as error:
            faults.append((f"{error.field}_{number}", error.message))
        else:
            good.setdefault(one.email, one)
    if faults:
        raise Invalid.all_of(faults)
    return add(work, pilot_key, list(good.values()))


def add_one(work: UnitOfWork, pilot_key: str, addressee: Addressee) -> Invitation:
    """Put one addressee on the list. Raises Invalid when the address is on it already."""
    listing = add(work, pilot_key, [addressee])
    if listing.known:
        raise AlreadyListed()
    return listing.added[0]


class AlreadyListed(Invalid):
    """The address is on the pilot's list."""

    def __init__(self) -> None:
        super().__init__(
            _l("This address is on the list already. Find it there to see when it was written to."),
            field="email",
        )


def correct(work: UnitOfWork, invitation: Invitation, addressee: Addressee) -> None:
    """Correct an addressee whose link nobody has opened: with a new address it waits for its invitation again.

    Links sent to the old address die with it. Who has been written to and keeps the address is not written to again
    for a corrected name. Raises Invalid when another row of the list has the new address.
    """
    require(work, invitation.pilot)
    known = queries.by_email(work.session, invitation.pilot_key, {addressee.email}).get(addressee.email)
    if known is not None and known.id != invitation.id:
        raise AlreadyListed()
    before = {"state": invitation.state, "email": invitation.email}
    moves = invitation.state != InvitationState.INVITED or addressee.email != invitation.email
    if moves:
        _move(invitation, InvitationAction.CORRECT)
    if addressee.email != invitation.email:
        invitation.opened_at = invitation.answered_at = None
    invitation.name, invitation.email = addressee.name, addressee.email
    invitation.language, invitation.business_id = addressee.language, addressee.business_id
    after = {"state": invitation.state, "email": invitation.email}
    record_in_pilot(work, InvitationAudit.CORRECT, invitation, before=before, after=after)


def change_state(work: UnitOfWork, invitation: Invitation, action: InvitationAction) -> None:
    """Take an addressee off the list (`remove`), put it back (`restore`), or note that its mail came back (`bounce`).

    Raises Conflict when the workflow has no such step from where the invitation is.
    """
    if action not in (InvitationAction.REMOVE, InvitationAction.RESTORE, InvitationAction.BOUNCE):
        raise NotFound()
    require(work, invitation.pilot)
    before = {"state": invitation.state}
    _move(invitation, action)
    after = {"state": invitation.state}
    record_in_pilot(work, InvitationAudit.of(action), invitation, before=before, after=after)


def check_text(subject: LocalizedText, body: LocalizedText, deadline: date | None, today: date) -> None:
    """Raise Invalid when a letter's text cannot be used; the field is `subject-fi`, `body-sv`, `deadline` …"""
    for language in LANGUAGES:
        for field, text in (("subject", subject), ("body", body)):
            unknown = rules.unknown_placeholders(getattr(text, language))
            if unknown:
                raise UnknownPlaceholder(unknown[0], f"{field}-{language}")
        if not rules.names_placeholder(getattr(body, language), "link"):
            raise Invalid(
                _l("Write {link} where the personal link belongs, in both languages."),
                field=f"body-{language}",
            )
    texts = (subject.fi, subject.sv, body.fi, body.sv)
    if deadline is None and any(rules.names_placeholder(text, "deadline") for text in texts):
        raise Invalid(_l("The text says {deadline}: give the day."), field="deadline")
    if deadline is not None and deadline < today:
        raise Invalid(_l("The day is in the past. Give today or a later day."), field="deadline")


class UnknownPlaceholder(Invalid):
    """The text has something in braces that nothing is put in place of."""

    def __init__(self, name: str, field: str) -> None:
        super().__init__(
            _l(
                "{%(name)s} is not known. You can use {name}, {link} and {deadline}.",
                name=name[:40],
            ),
            field=field,
        )


def save_text(
    work: UnitOfWork,
    pilot_key: str,
    *,
    subject: LocalizedText,
    body: LocalizedText,
    deadline: date | None,
    seen: int,
) -> None:
    """Save what the pilot's letter says. `seen` is the revision that was open, 0 for the portal's own text.

    Raises Invalid when the text cannot be used and Conflict when somebody else has saved another meanwhile.
    """
    pilot = locked_pilot(work.session, pilot_key)
    require(work, pilot)
    check_text(subject, body, deadline, work.today)
    text = queries.text_of(work.session, pilot_key)
    if (text.revision if text else 0) != seen:
        raise Conflict(_l("Somebody else has saved another text meanwhile. Open the page again to see it."))
    if text is None:
        text = InvitationText(pilot_key=pilot_key)
        work.session.add(text)
    text.subject = LocalizedText(*(" ".join(words.split()) for words in (subject.fi, subject.sv)))
    text.body = LocalizedText(*("\n".join(words.splitlines()) for words in (body.fi, body.sv)))
    text.deadline = deadline
    text.changed_by_id, text.changed_at = work.actor.user_id, work.now
    after = {"deadline": deadline.isoformat() if deadline else None}
    _record(work, pilot, InvitationAudit.TEXT, after)


def locked_pilot(session: Session, pilot_key: str) -> Pilot:
    """The pilot, locked so that lists and rounds are made one after another. Raises NotFound."""
    pilot = session.get(Pilot, pilot_key, with_for_update=for_change(Pilot))
    if pilot is None:
        raise NotFound(_l("There is no such pilot."))
    return pilot


def require(work: UnitOfWork, pilot: Pilot) -> None:
    """Raise NotAllowed unless the actor may invite to the pilot; the portal itself (command line, worker) may."""
    if work.actor is not SYSTEM:
        work.ensure(Permission.INVITE_PROVIDERS, organisation=pilot.organisation_key)


def _move(invitation: Invitation, action: InvitationAction) -> None:
    invitation.state = rules.INVITATION.next(invitation.state, action)


def _record(work: UnitOfWork, pilot: Pilot, action: InvitationAudit, after: dict[str, Any]) -> None:
    work.record(action, pilot, organisation=pilot.organisation_key, after=after)
