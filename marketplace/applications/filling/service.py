"""Filling in an application: a draft, or what the office asks to complete.

Every verb takes it locked by `queries.for_provider(lock=True)`. A page is saved also when it is incomplete. Each verb
that saves one takes `seen`, the fingerprint of what the page showed: when somebody else has changed the same page
meanwhile, nothing is overwritten and Overtaken says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from marketplace.applications import queries, rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.completeness import EVIDENCE, RULEBOOK, SERVICES, room_to_add
from marketplace.applications.definition_changes.rules import asks_again
from marketplace.applications.models import Application, ApplicationLine, UncheckedSection
from marketplace.applications.prefill import queries as applying
from marketplace.applications.prefill.service import take_over, usable_evidence
from marketplace.applications.rules import ApplicationState
from marketplace.db import for_change
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.i18n import _l
from marketplace.permissions import Actor, Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.trail import record_in_pilot
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.providers.models import Evidence, Provider
from marketplace.providers.queries import evidence_of
from marketplace.work import UnitOfWork


class SectionOvertaken(Conflict):
    """Somebody else saved the same page meanwhile with other values; `saved` is what it holds now, as JSON."""

    def __init__(self, saved: Any) -> None:
        super().__init__(_l("Somebody else has changed this page while you were writing."))
        self.saved = saved


class Closed(Conflict):
    """The application, or this part of it, can no longer be changed."""


def start(work: UnitOfWork, *, provider_id: int, pilot_key: str) -> Application:
    """The provider's application to the pilot: the one that is open already, or a new draft.

    A new draft begins with what the provider has told before (`takeover`), and is a supplementary one when the
    provider has approvals in the pilot.

    Raises NotFound when the provider is not the actor's, Conflict when the pilot takes no applications today or has
    nothing more to apply for.
    """
    require(work.actor, provider_id)
    provider = work.session.get(Provider, provider_id, with_for_update=for_change(Provider))
    pilot = pilots.pilot(work.session, pilot_key)
    if provider is None or pilot.version_id is None:
        raise NotFound()
    already = queries.open_application(work.session, provider_id, pilot_key)
    if already is not None:
        return already
    definition = pilots.current_definition(work.session, pilot_key)
    if not definition.takes_applications(work.today):
        raise Conflict(_l("This pilot does not take applications now."))
    approved = applying.approved_areas(work.session, provider_id, pilot_key)
    if not room_to_add(approved, definition.service_keys, definition.municipalities):
        raise Conflict(_l("You are already approved for every service of this pilot in its whole area."))
    application = Application(
        pilot=pilot,
        pilot_version_id=pilot.version_id,
        provider=provider,
        state=rules.APPLICATION.initial,
        created_by_id=work.actor.user_id,
        created_at=work.now,
        answers={},
    )
    work.session.add(application)
    work.session.flush()
    take_over(work.session, application, today=work.today)
    record_in_pilot(work, ApplicationAudit.START, application)
    return application


def choose_services(
    work: UnitOfWork, application: Application, services: Sequence[str], *, seen: str
) -> None:
    """Apply for these services of the pilot; a service already chosen keeps its area. Raises Overtaken, Closed."""
    form = _open_page(work, application, SERVICES)
    wanted = [key for key in form.service_keys if key in services]
    _refuse_overwriting(sorted(queries.service_keys(application)), sorted(wanted), seen)
    before = queries.section_values(application, form, SERVICES)
    application.lines = [line for line in application.lines if line.service_key in wanted]
    known = set(queries.service_keys(application))
    added = [key for key in wanted if key not in known]
    application.lines.extend(ApplicationLine(service_key=key, municipalities=[]) for key in added)
    _supplement_follows(work, application, added)
    _saved(work, application, SERVICES, before)


def _supplement_follows(work: UnitOfWork, application: Application, added: Sequence[str]) -> None:
    """In a supplementary application, a service that is new to the provider brings what it needs.

    Its part of the rulebook is accepted again; the proofs that the company has already are attached by themselves.
    """
    supplement = applying.supplement_of(work.session, application)
    if supplement is None:
        return
    approved = applying.approved_areas(work.session, application.provider_id, application.pilot_key)
    if any(key not in approved for key in added):
        application.rulebook_accepted_at = application.rulebook_accepted_by_id = None
        supplement.known = [key for key in supplement.known if key != RULEBOOK]
    work.session.flush()
    usable = usable_evidence(work.session, application, today=work.today)
    application.evidence = [*application.evidence, *(e for e in usable if e not in application.evidence)]


def set_area(
    work: UnitOfWork, application: Application, service: str, municipalities: Sequence[str], *, seen: str
) -> None:
    """Set where one of the services would be given, or in a supplementary application where else.

    Raises Invalid for a municipality that is outside the pilot or approved already, Overtaken, Closed.
    """
    line = line_of(application, service)
    form = _open_page(work, application, SERVICES)
    outside = [code for code in municipalities if code not in form.municipalities]
    if outside:
        place = MUNICIPALITIES.get(outside[0])
        raise Invalid(
            _l("%(place)s is not in the area of this pilot.", place=place.name.fi if place else outside[0]),
            field="municipalities",
        )
    approved = applying.approved_areas(work.session, application.provider_id, application.pilot_key)
    if set(municipalities) & set(approved.get(service, ())):
        raise Invalid(
            _l("You are already approved for some of these. Choose only those that are new."),
            field="municipalities",
        )
    chosen = sorted(set(municipalities))
    _refuse_overwriting(sorted(line.municipalities), chosen, seen)
    before = queries.section_values(application, form, SERVICES)
    line.municipalities = chosen
    _saved(work, application, SERVICES, before, looked_at=False)


def line_of(application: Application, service: str) -> ApplicationLine:
    """The line of a chosen service. Raises NotFound when it has not been chosen."""
    for line in application.lines:
        if line.service_key == service:
            return line
    raise NotFound()


def save_answers(
    work: UnitOfWork, application: Application, section: str, answers: Mapping[str, Any], *, seen: str
) -> None:
    """Save the answers of one section of the form, complete or not. Raises Overtaken, Closed, NotFound."""
    form = _open_page(work, application, section)
    before = queries.section_values(application, form, section)
    if not isinstance(before, dict):
        raise NotFound()
    kept = {key: value for key, value in answers.items() if key in before}
    _refuse_overwriting(before, before | kept, seen)
    application.answers = {**application.answers, **kept}
    _saved(work, application, section, before)


def attach_evidence(work: UnitOfWork, application: Application, ids: Sequence[int], *, seen: str) -> None:
    """Let the application rest on these proofs of the provider, and no others. Raises Overtaken, Closed."""
    form = _open_page(work, application, EVIDENCE)
    before = queries.section_values(application, form, EVIDENCE)
    _refuse_overwriting(before, sorted(ids), seen)
    own = evidence_of(work.session, application.provider_id)
    application.evidence = [proof for proof in own if proof.id in set(ids)]
    _saved(work, application, EVIDENCE, before)


def attach_new_proof(work: UnitOfWork, application: Application, proof: Evidence) -> None:
    """Let the application rest on a proof just given, in the place of older ones of its kind. Raises Closed."""
    form = _open_page(work, application, EVIDENCE)
    before = queries.section_values(application, form, EVIDENCE)
    kept = [each for each in application.evidence if each.kind != proof.kind]
    application.evidence = [*kept, proof]
    _saved(work, application, EVIDENCE, before)


def confirm_section(work: UnitOfWork, application: Application, section: str) -> None:
    """Say that what a section holds is still right as it is. Raises Closed; NotFound for no section to confirm."""
    form = _open_page(work, application, section)
    if section not in applying.unchecked_sections(work.session, application):
        return
    before = queries.section_values(application, form, section)
    _saved(work, application, section, before)
    record_in_pilot(work, ApplicationAudit.CONFIRM, application, after={"section": section})


def accept_rulebook(work: UnitOfWork, application: Application, version: str) -> None:
    """Accept a named version of the rulebook. Raises Conflict when another version is in force by now."""
    form = _open_page(work, application, RULEBOOK)
    in_force = pilots.current_definition(work.session, application.pilot_key).rulebook.version
    if version != in_force:
        raise Conflict(_l("The rulebook has a new version. Read it before you accept it."))
    before = queries.section_values(application, form, RULEBOOK)
    application.pilot_version_id = application.pilot.version_id or application.pilot_version_id
    application.rulebook_accepted_at = work.now
    application.rulebook_accepted_by_id = work.actor.user_id
    _saved(work, application, RULEBOOK, before)


def require(actor: Actor, provider_id: int) -> None:
    """Raise NotFound unless the actor works for the provider, NotAllowed for anything that is not a person."""
    if not actor.may(Permission.EDIT_PROVIDER, provider=provider_id):
        raise NotFound()
    if actor.user_id is None:
        raise NotAllowed(_l("Only a person can do this."))


def _open_page(work: UnitOfWork, application: Application, section: str) -> PilotDefinition:
    """Check that the section may be changed; the definition it follows. Raises Closed."""
    require(work.actor, application.provider_id)
    if not rules.may_edit_section(application.state, section, queries.asked_sections(application)):
        raise Closed(_l("This part of the application can no longer be changed."))
    follow_definition(work.session, application)
    return pilots.kept_definition(work.session, application.definition_version_id)


def _refuse_overwriting(saved: Any, typed: Any, seen: str) -> None:
    """Raise Overtaken when the page shown (`seen`) is not what is saved now, unless both say the same."""
    if seen != rules.fingerprint(saved) and typed != saved:
        raise SectionOvertaken(saved)


def follow_definition(session: Session, application: Application) -> None:
    """Let a draft follow its pilot's definition.

    A section that asks something again waits for the provider's look; the acceptance of a rulebook that has changed
    falls away.
    """
    version_id = application.pilot.version_id
    if (
        application.state != ApplicationState.DRAFT
        or version_id is None
        or version_id == application.pilot_version_id
    ):
        return
    accepted = queries.accepted_rulebook(session, application)
    unchecked = applying.unchecked_sections(session, application)
    for section, found in applying.changes_since(session, application, unchecked).items():
        if not asks_again(found):
            continue
        if section not in unchecked:
            session.add(
                UncheckedSection(
                    application_id=application.id,
                    section=section,
                    since_version_id=application.pilot_version_id,
                )
            )
        elif unchecked[section].since_version_id is None:
            unchecked[section].since_version_id = application.pilot_version_id
    application.pilot_version_id = version_id
    if accepted != pilots.kept_definition(session, version_id).rulebook.version:
        application.rulebook_accepted_at = application.rulebook_accepted_by_id = None
    session.flush()


def _saved(
    work: UnitOfWork, application: Application, section: str, before: Any, *, looked_at: bool = True
) -> None:
    """Count up the revision, also when only rows beside the application changed, and write the event.

    `looked_at`: the whole section was on the page, so nothing carried over waits there any more.
    """
    flag_modified(application, "answers")
    waiting = work.session.get(UncheckedSection, (application.id, section)) if looked_at else None
    if waiting is not None:
        work.session.delete(waiting)
    supplement = applying.supplement_of(work.session, application)
    if supplement is not None and section in supplement.known:
        supplement.known = [key for key in supplement.known if key != section]
    work.session.flush()
    definition = pilots.kept_definition(work.session, application.definition_version_id)
    after = queries.section_values(application, definition, section)
    if before != after:
        record_in_pilot(
            work,
            ApplicationAudit.SAVE,
            application,
            before={"section": section, "values": before},
            after={"section": section, "values": after},
        )
