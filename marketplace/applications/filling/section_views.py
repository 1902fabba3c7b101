"""The pages on which an application is filled in, one section each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.applications import labels, queries
from marketplace.applications.access import (
    demand_open,
    look_again,
    onward_url,
    own_application,
    page_url,
    step_text,
)
from marketplace.applications.blueprint import blueprint
from marketplace.applications.completeness import COMPANY, RULEBOOK, SERVICES
from marketplace.applications.filling import service as verbs
from marketplace.applications.filling.forms import (
    AreaForm,
    PageForm,
    RulebookForm,
    ServicesForm,
    answers_of,
    conditions_of,
    field_name,
    municipality_choices,
    section_form,
)
from marketplace.applications.filling.saving import save_or_show
from marketplace.applications.models import Application, ApplicationLine
from marketplace.applications.prefill import queries as applying
from marketplace.applications.prefill.rules import OwnArea, areas_to_take
from marketplace.applications.rules import ApplicationState, fingerprint
from marketplace.applications.summary import summary
from marketplace.applications.views import APPLICATION
from marketplace.files.service import keep_file
from marketplace.files.uploads import UploadField, take_files
from marketplace.i18n import _, current_language, helsinki_date, ngettext
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.questions import Question, Section
from marketplace.pilots.vocabulary import SERVICES as SERVICE_NAMES
from marketplace.pilots.vocabulary import municipality_names
from marketplace.providers.rules import missing_facts
from marketplace.web.forms import options
from marketplace.web.frame import found, notify, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

NAMED: Final = 3
"""So many things that are missing are named when a part is saved; its page names them all."""


@blueprint.get(f"{APPLICATION}/company")
@requires(Permission.EDIT_PROVIDER)
def company(provider_id: int, application_id: int) -> ResponseReturnValue:
    """The company's facts as the office sees them; they are changed on the company's own page.

    When one is lacking, that page opens at once and leads back into the application.
    """
    application = own_application(provider_id, application_id)
    definition = pilots.kept_definition(session(), application.definition_version_id)
    rows = next(each.rows for each in summary(session(), application, definition) if each.key == COMPANY)
    onward = onward_url(application, COMPANY)
    change = url_for("providers.company", provider_id=provider_id, next=onward)
    if application.state == ApplicationState.DRAFT and missing_facts(application.provider):
        return redirect(change)
    return render(
        "applications/company.html",
        application=application,
        definition=definition,
        rows=rows,
        step=step_text(application, COMPANY),
        change=change,
        onward=onward,
    )


@blueprint.route(f"{APPLICATION}/services", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def services(provider_id: int, application_id: int) -> ResponseReturnValue:
    """Choose the services; then the area of each that has none yet."""
    application = own_application(provider_id, application_id)
    demand_open(application, SERVICES)
    definition = pilots.kept_definition(session(), application.definition_version_id)
    approved = applying.approved_areas(session(), provider_id, application.pilot_key)
    offered = [
        each for each in definition.services if set(approved.get(each.key, ())) < definition.municipalities
    ]
    chosen = queries.service_keys(application)
    form = ServicesForm.from_request(services=list(chosen), seen=fingerprint(sorted(chosen)))
    form.services.choices = options((each.key, each.name[current_language()]) for each in offered)
    return save_or_show(
        form,
        save=lambda: verbs.choose_services(work(), application, form.services.data, seen=form.seen.data),
        onward=lambda: _next_area(application),
        show=lambda saved: render(
            "applications/services.html",
            form=form,
            application=application,
            definition=definition,
            hints={each.key: _service_hint(each.key, approved.get(each.key), definition) for each in offered},
            approved=approved,
            where={
                line.service_key: labels.area_text(line.municipalities, definition)
                for line in application.lines
            },
            service_name=labels.service_name,
            overtaken=None
            if saved is None
            else [(_("Services"), ", ".join(map(labels.service_name, saved)))],
            **look_again(application, SERVICES),
        ),
    )


def _service_hint(service: str, approved: list[str] | None, definition: PilotDefinition) -> str:
    """What a service is, or where the provider may give it already."""
    if approved is None:
        return SERVICE_NAMES[service].description[current_language()]
    return _(
        "You are approved for this in: %(area)s. Choose it to widen the area.",
        area=labels.area_text(approved, definition),
    )


def _next_area(application: Application, *, after: str | None = None) -> str:
    """The area page of the first service without one (behind the one just saved), otherwise the next section.

    When an area was left empty, the task list shows it.
    """
    keys = [line.service_key for line in application.lines]
    for line in application.lines[0 if after is None else keys.index(after) + 1 :]:
        if not line.municipalities:
            return url_for(
                "applications.area",
                provider_id=application.provider_id,
                application_id=application.id,
                service=line.service_key,
            )
    if not all(line.municipalities for line in application.lines):
        return page_url(application)
    return onward_url(application, SERVICES)


@blueprint.route(f"{APPLICATION}/services/<service>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def area(provider_id: int, application_id: int, service: str) -> ResponseReturnValue:
    """Where one service would be given."""
    application = own_application(provider_id, application_id)
    demand_open(application, SERVICES)
    definition = pilots.kept_definition(session(), application.definition_version_id)
    line = verbs.line_of(application, service)
    approved = applying.approved_areas(session(), provider_id, application.pilot_key).get(service, [])
    open_to_it = definition.municipalities - set(approved)
    others = areas_to_take(applying.own_areas(session(), application, line), open_to_it)
    form = AreaForm.from_request(
        municipalities=_filled(line, others, open_to_it), seen=fingerprint(sorted(line.municipalities))
    )
    form.municipalities.choices = municipality_choices(open_to_it)
    return save_or_show(
        form,
        save=lambda: verbs.set_area(
            work(), application, service, form.municipalities.data, seen=form.seen.data
        ),
        onward=lambda: _next_area(application, after=service),
        show=lambda saved: render(
            "applications/area.html",
            form=form,
            application=application,
            definition=definition,
            service=service,
            step=step_text(application, SERVICES),
            fill=_fill_links(application, line, others, open_to_it),
            approved=labels.area_text(approved, definition) if approved else "",
            overtaken=None
            if saved is None
            else [(_("Municipalities"), ", ".join(municipality_names(saved, current_language())))],
        ),
    )


ALL: Final = "all"


def _filled(line: ApplicationLine, others: Sequence[OwnArea], open_to_it: frozenset[str]) -> list[str]:
    """What the page of an area begins with: what is saved, or by `?fill=` everything or what another service has."""
    wanted = request.args.get("fill", "")
    if wanted == ALL:
        return sorted(open_to_it)
    taken = next((each.municipalities for each in others if each.key == wanted), line.municipalities)
    return [code for code in taken if code in open_to_it]


def _fill_links(
    application: Application,
    line: ApplicationLine,
    others: Sequence[OwnArea],
    open_to_it: frozenset[str],
) -> list[tuple[str, str]]:
    """(text, address) of what fills in the municipalities at once, where there is something to spare."""
    if len(open_to_it) < 2:
        return []
    place: dict[str, Any] = {
        "provider_id": application.provider_id,
        "application_id": application.id,
        "service": line.service_key,
    }
    return [
        (_("Choose the whole area"), url_for("applications.area", **place, fill=ALL)),
        *(
            (_same_as(each, application), url_for("applications.area", **place, fill=each.key))
            for each in others
        ),
    ]


def _same_as(area: OwnArea, application: Application) -> str:
    service = labels.service_name(area.service_key)
    if area.pilot_key == application.pilot_key:
        return _("The same as for the service: %(service)s", service=service)
    return _(
        "The same as for the service: %(service)s (%(pilot)s)",
        service=service,
        pilot=pilots.current_definition(session(), area.pilot_key).name[current_language()],
    )


@blueprint.route(f"{APPLICATION}/sections/<section>", methods=["GET", "POST"], endpoint="section")
@requires(Permission.EDIT_PROVIDER)
def section_page(provider_id: int, application_id: int, section: str) -> ResponseReturnValue:
    """One section of the pilot's form, saved also when it is incomplete."""
    application = own_application(provider_id, application_id)
    demand_open(application, section)
    definition = pilots.kept_definition(session(), application.definition_version_id)
    page = found(_section(application, definition, section))
    if take_files(UploadField, *(field_name(each) for each in page.questions if each.type == "file")):
        application = own_application(provider_id, application_id)
        demand_open(application, section)
    form = _section_form(application, definition, page)
    files = queries.answer_files(session(), application, definition)
    return save_or_show(
        form,
        save=lambda: verbs.save_answers(
            work(),
            application,
            section,
            answers_of(form, page.questions) | _new_files(form, page.questions),
            seen=form.seen.data,
        ),
        onward=lambda: _after_section(application, section),
        show=lambda saved: render(
            "applications/section.html",
            form=form,
            application=application,
            definition=definition,
            page=page,
            field_name=field_name,
            conditions=conditions_of(definition, page),
            files=files,
            overtaken=None if saved is None else _overtaken_rows(page, saved, form, files),
            **look_again(application, section),
        ),
    )


def _after_section(application: Application, section: str) -> str:
    """The next section; the person is told what in this one still waits."""
    outline = queries.outline_of(session(), application, today=helsinki_date(now()))
    missing = [each for status in outline if status.key == section for each in status.missing]
    if missing:
        definition = pilots.kept_definition(session(), application.definition_version_id)
        told = [_("Something is still missing in the part you saved. You can fill it in later.")]
        told += [labels.missing_text(each, definition) for each in missing[:NAMED]]
        if more := len(missing) - NAMED:
            told += (
                [ngettext("And %(num)d other thing.", "And %(num)d other things.", more)] if more > 0 else []
            )
        notify(" ".join(told), "info")
    return onward_url(application, section)


def _section(application: Application, definition: PilotDefinition, key: str) -> Section | None:
    sections = definition.sections_for(queries.service_keys(application))
    return next((each for each in sections if each.key == key), None)


def _section_form(application: Application, definition: PilotDefinition, page: Section) -> PageForm:
    saved = queries.section_values(application, definition, page.key)
    return section_form(page.questions, application.answers, definition, seen=fingerprint(saved))


def _new_files(form: PageForm, questions: Sequence[Question]) -> dict[str, int]:
    """Answers for the files that came with the form; a question whose file did not change keeps its answer."""
    return {
        question.key: keep_file(work(), received).id
        for question in questions
        if question.type == "file"
        for received in (form[field_name(question)].data,)
        if received is not None
    }


def _overtaken_rows(page: Section, saved: Any, form: PageForm, files: Any) -> list[tuple[str, str]]:
    """What the other person saved, for the questions on which the two differ."""
    typed = answers_of(form, page.questions)
    return [
        (question.label[current_language()], labels.answer_text(question, saved[question.key], files))
        for question in page.questions
        if question.key in typed and saved[question.key] != typed[question.key]
    ]


@blueprint.route(f"{APPLICATION}/rulebook", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def rulebook(provider_id: int, application_id: int) -> ResponseReturnValue:
    """Read the rulebook in force, the general part and those of the chosen services, and accept it by its version."""
    application = own_application(provider_id, application_id)
    demand_open(application, RULEBOOK)
    definition = pilots.current_definition(session(), application.pilot_key)
    accepted = queries.accepted_rulebook(session(), application) == definition.rulebook.version
    form = RulebookForm.from_request(version=definition.rulebook.version, accepted=accepted)
    return carry_out(
        form,
        lambda: verbs.accept_rulebook(work(), application, form.version.data),
        done=lambda _accepted: lead_on(
            onward_url(application, RULEBOOK),
            _("Rulebook %(version)s has been accepted.", version=definition.rulebook.version),
        ),
        show=lambda: _rulebook_page(application, definition, form, accepted=accepted),
    )


def _rulebook_page(
    application: Application, definition: PilotDefinition, form: RulebookForm, *, accepted: bool
) -> ResponseReturnValue:
    """The page of the rulebook in force, which is the one that is accepted from here on."""
    form.version.data = definition.rulebook.version
    return render(
        "applications/rulebook.html",
        form=form,
        application=application,
        definition=definition,
        step=step_text(application, RULEBOOK),
        services=[
            definition.service(key)
            for key in queries.service_keys(application)
            if key in definition.service_keys
        ],
        accepted=accepted,
    )
