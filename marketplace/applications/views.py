"""The provider's pages around an application: choosing a pilot, the task list, checking, sending, following."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.applications import labels, queries, rules
from marketplace.applications.access import (
    demand_open,
    file_url,
    missing_url,
    own_application,
    page_url,
    section_url,
)
from marketplace.applications.blueprint import blueprint
from marketplace.applications.completeness import Progress, SectionStatus, room_to_add, settled
from marketplace.applications.definition_changes.labels import changed_sections
from marketplace.applications.filling import service
from marketplace.applications.handling import handling_time
from marketplace.applications.messages.rules import Side
from marketplace.applications.messages.views import new_messages, thread_context
from marketplace.applications.models import Application, Decision, UncheckedSection
from marketplace.applications.prefill import queries as applying
from marketplace.applications.rules import ApplicationAction, ApplicationState
from marketplace.applications.sending import service as sending
from marketplace.applications.summary import summary
from marketplace.files.uploads import filestore, hand_out
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.providers.queries import my_provider
from marketplace.slots import Panel
from marketplace.web.forms import PlainForm
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import Elsewhere, carry_out, conflicts_lead_to, lead_on

PROVIDER = "/provider/<int:provider_id>/applications"
APPLICATION = f"{PROVIDER}/<int:application_id>"

decision_panels: Final = Panel[Callable[[Decision], Markup]](
    "applications.decision",
    "What is known of a decision since it was made, on the provider's page of its application: ready HTML for it.",
)


@blueprint.get(PROVIDER)
@requires(Permission.EDIT_PROVIDER)
def applications(provider_id: int) -> ResponseReturnValue:
    """The provider's applications and the pilots that can be applied to."""
    provider = my_provider(work(), provider_id)
    own = queries.of_provider(session(), provider_id)
    begun = {each.pilot_key for each in own if each.state in rules.APPLICATION.open}
    today = helsinki_date(now())
    known = pilots.pilots(session())
    areas = {pilot.key: applying.approved_areas(session(), provider_id, pilot.key) for pilot in known}
    choices = [
        (pilot, form)
        for pilot in known
        for form in (pilots.current_definition(session(), pilot.key),)
        if form.takes_applications(today)
        and pilot.key not in begun
        and room_to_add(areas[pilot.key], form.service_keys, form.municipalities)
    ]
    definitions = {each.id: pilots.kept_definition(session(), each.definition_version_id) for each in own}
    return render(
        "applications/applications.html",
        provider=provider,
        applications=own,
        news=new_messages(own, Side.PROVIDER),
        definitions=definitions,
        choices=choices,
        approved_areas=areas,
        labels=labels,
        turns=rules.TURNS,
        form=PlainForm(formdata=None),
    )


@blueprint.post(f"{PROVIDER}/start/<pilot_key>")
@requires(Permission.EDIT_PROVIDER)
def start(provider_id: int, pilot_key: str) -> ResponseReturnValue:
    """Begin an application, or go on with the one that is open."""
    application = service.start(work(), provider_id=provider_id, pilot_key=pilot_key)
    return redirect(page_url(application))


@blueprint.get(APPLICATION)
@requires(Permission.EDIT_PROVIDER)
def application(provider_id: int, application_id: int) -> ResponseReturnValue:
    """The task list while it can be filled in, otherwise where the application is and whose turn it is."""
    found = own_application(provider_id, application_id)
    definition = pilots.kept_definition(session(), found.definition_version_id)
    request = queries.waiting_completion(found)
    context: dict[str, Any] = {
        "application": found,
        "definition": definition,
        "labels": labels,
        "completion": request,
        "thread": thread_context(found, Side.PROVIDER) if found.submitted_at else None,
    }
    if found.state not in rules.APPLICATION.editable:
        return render(
            "applications/status.html",
            sections=summary(session(), found, definition),
            turn=rules.TURNS[found.state],
            file_url=lambda file_id: file_url(found, file_id),
            usual=handling_time(session(), found.pilot_key, today=helsinki_date(now())),
            copies=applying.sent_copies(session(), found),
            supplement=applying.supplement_of(session(), found),
            may_widen=_may_widen(found),
            back_until=_back_until(found),
            ended=queries.ended_unanswered(found),
            panels=decision_panels,
            **context,
        )
    return render("applications/tasks.html", **_tasks(found, definition), **context)


def _may_widen(application: Application) -> bool:
    """Whether the provider can now begin a supplementary application to the pilot of a decided one."""
    approved = applying.approved_areas(session(), application.provider_id, application.pilot_key)
    definition = pilots.current_definition(session(), application.pilot_key)
    return (
        bool(approved)
        and definition.takes_applications(helsinki_date(now()))
        and queries.open_application(session(), application.provider_id, application.pilot_key) is None
        and room_to_add(approved, definition.service_keys, definition.municipalities)
    )


def _tasks(found: Application, definition: PilotDefinition) -> dict[str, Any]:
    """What the task list shows: what is to be done and, in a supplementary application, what is known already."""
    outline = queries.outline_of(session(), found, today=helsinki_date(now()))
    unchecked = applying.unchecked_sections(session(), found)
    supplement = applying.supplement_of(session(), found)
    known = settled(outline, supplement.known if supplement else ())
    asked = [status for status in outline if status.key not in known]
    return {
        "tasks": [
            _task(found, each, labels.section_title(each.key, definition), unchecked) for each in asked
        ],
        "done": sum(status.progress == Progress.DONE for status in asked),
        "lacking": sending.lacking(session(), found, now=now()),
        "changed": changed_sections(applying.changes_since(session(), found, unchecked), definition),
        "supplement": supplement,
        "approved": approved_texts(found, definition) if supplement else [],
        "known": [
            (labels.section_title(each.key, definition), section_url(found, each.key))
            for each in outline
            if each.key in known
        ],
        "section_title": labels.section_title,
        "section_url": lambda key: section_url(found, key),
    }


def approved_texts(application: Application, definition: PilotDefinition) -> list[tuple[str, str]]:
    """What the provider is approved for in the application's pilot: (service, its municipalities)."""
    areas = applying.approved_areas(session(), application.provider_id, application.pilot_key)
    return [(labels.service_name(key), labels.area_text(codes, definition)) for key, codes in areas.items()]


def approved_before(application: Application) -> list[tuple[str, str]]:
    """What a supplementary application adds to, for the office's page; nothing for any other application."""
    if applying.supplement_of(session(), application) is None:
        return []
    return approved_texts(application, pilots.kept_definition(session(), application.definition_version_id))


def _task(
    application: Application, status: SectionStatus, title: str, unchecked: Mapping[str, UncheckedSection]
) -> dict[str, object]:
    """A row of the task list; a section that is not asked for again has no link."""
    waiting = unchecked.get(status.key)
    is_open = rules.may_edit_section(application.state, status.key, queries.asked_sections(application))
    name, tone = labels.PROGRESS[status.progress]
    return {
        "title": title,
        "href": section_url(application, status.key) if is_open else None,
        "status": name if is_open else _("Sent"),
        "tone": tone if is_open else "neutral",
        "hint": _("Filled in from an earlier application. Is it still right?")
        if is_open and waiting and waiting.carried_from_id
        else None,
    }


@blueprint.post(f"{APPLICATION}/confirm/<section>")
@requires(Permission.EDIT_PROVIDER)
def confirm(provider_id: int, application_id: int, section: str) -> ResponseReturnValue:
    """Say that a section that was carried over is still right."""
    found = own_application(provider_id, application_id)
    demand_open(found, section)
    service.confirm_section(work(), found, section)
    return lead_on(page_url(found), _("Thank you. The part is confirmed."))


@blueprint.route(f"{APPLICATION}/check", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def check(provider_id: int, application_id: int) -> ResponseReturnValue:
    """Check the answers and send: the application, or what was asked for."""
    found = own_application(provider_id, application_id)
    receipt_url = url_for("applications.receipt", provider_id=provider_id, application_id=application_id)
    if found.state not in rules.APPLICATION.editable:
        if queries.ended_unanswered(found):
            raise Elsewhere(
                page_url(found),
                _("The office waits for no completion any more, so nothing was sent."),
                "warning",
            )
        raise Elsewhere(receipt_url)
    form = PlainForm.from_request()
    send = sending.submit if found.state == ApplicationState.DRAFT else sending.complete
    return carry_out(
        form,
        lambda: send(work(), found, store=filestore()),
        done=lambda _sent: lead_on(receipt_url),
        show=lambda: _check_page(found, form),
    )


def _check_page(found: Application, form: PlainForm) -> ResponseReturnValue:
    definition = pilots.kept_definition(session(), found.definition_version_id)
    asked, lacking = queries.asked_sections(found), sending.lacking(session(), found, now=now())
    return render(
        "applications/check.html",
        form=form,
        application=found,
        definition=definition,
        sections=summary(session(), found, definition),
        change=lambda section: (
            section_url(found, section) if rules.may_edit_section(found.state, section, asked) else None
        ),
        file_url=lambda file_id: file_url(found, file_id),
        errors=[(labels.missing_text(each, definition), missing_url(found, each)) for each in lacking],
        unchanged=[
            (labels.section_title(key, definition), section_url(found, key))
            for key in queries.section_keys(found, definition)
            if key in queries.untouched_sections(found, definition)
        ],
    )


@blueprint.get(f"{APPLICATION}/receipt")
@requires(Permission.EDIT_PROVIDER)
def receipt(provider_id: int, application_id: int) -> ResponseReturnValue:
    """What was sent, when, and what happens next."""
    found = own_application(provider_id, application_id)
    if found.submitted_at is None:
        return redirect(page_url(found))
    answered = [each for each in found.completion_requests if each.answered_at]
    copies = applying.sent_copies(session(), found)
    return render(
        "applications/receipt.html",
        application=found,
        definition=pilots.kept_definition(session(), found.definition_version_id),
        completed_at=answered[-1].answered_at if answered else None,
        copy_url=file_url(found, copies[0].file_id) if copies else None,
        usual=handling_time(session(), found.pilot_key, today=helsinki_date(now())),
    )


@blueprint.route(f"{APPLICATION}/withdraw", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def withdraw(provider_id: int, application_id: int) -> ResponseReturnValue:
    """Take the application back, after being told what that means."""
    found = own_application(provider_id, application_id)
    if not rules.APPLICATION.allows(found.state, ApplicationAction.WITHDRAW):
        raise Elsewhere(page_url(found), _("This application can no longer be withdrawn."))
    form = PlainForm.from_request()
    return carry_out(
        form,
        lambda: sending.withdraw(work(), found),
        done=lambda _withdrawn: lead_on(
            url_for("applications.applications", provider_id=provider_id),
            _("The application has been withdrawn.")
            if found.submitted_at
            else _("The draft has been withdrawn. You can bring it back for 30 days on its page."),
        ),
        show=lambda: render(
            "applications/withdraw.html",
            form=form,
            application=found,
            definition=pilots.kept_definition(session(), found.definition_version_id),
        ),
    )


@blueprint.post(f"{APPLICATION}/bring-back")
@requires(Permission.EDIT_PROVIDER)
def bring_back(provider_id: int, application_id: int) -> ResponseReturnValue:
    """Make a draft again of one that was withdrawn before it was sent."""
    found = own_application(provider_id, application_id, company=True)
    with conflicts_lead_to(page_url(found)):
        sending.bring_back(work(), found)
    return lead_on(page_url(found), _("The draft is back. Everything that you had written is there."))


def _back_until(found: Application) -> date | None:
    until = queries.brought_back_until(found)
    return until if until is not None and until >= helsinki_date(now()) else None


@blueprint.get(f"{APPLICATION}/files/<int:file_id>")
@requires(Permission.EDIT_PROVIDER)
def provider_file(provider_id: int, application_id: int, file_id: int) -> ResponseReturnValue:
    """A proof, an answer or a decision of the application, as the file it is."""
    return hand_out(queries.file_of(session(), own_application(provider_id, application_id), file_id))
