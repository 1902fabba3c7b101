"""What the provider's views share: finding the application, sending away from closed pages, addresses of pages."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from marketplace.applications import queries, rules
from marketplace.applications.completeness import COMPANY, EVIDENCE, RULEBOOK, SERVICES, Missing, Progress
from marketplace.applications.definition_changes.labels import changed_sections
from marketplace.applications.models import Application
from marketplace.applications.prefill import queries as applying
from marketplace.applications.rules import ApplicationState
from marketplace.i18n import _, helsinki_date
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.queries import kept_definition
from marketplace.web.frame import SAFE_METHODS, now, session, work
from marketplace.web.posting import Elsewhere


def own_application(provider_id: int, application_id: int, *, company: bool = False) -> Application:
    """The application of the actor's provider, locked when the request changes it. Raises NotFound.

    `company`: the provider is locked before it, for what goes by all of its applications.
    """
    lock = request.method not in SAFE_METHODS
    application = queries.for_provider(work(), provider_id, application_id, lock=lock, company=company)
    show_organisation(application.pilot.organisation)
    return application


def demand_open(application: Application, section: str) -> None:
    """Leads to the application's own page (Elsewhere) when the section may not be changed any more: back button, old
    link.
    """
    if not rules.may_edit_section(application.state, section, queries.asked_sections(application)):
        message = (
            _("The office waits for no completion any more, so nothing was changed.")
            if queries.ended_unanswered(application)
            else _("This part of the application has been sent and can no longer be changed.")
        )
        raise Elsewhere(page_url(application), message)


def step_text(application: Application, section: str) -> str | None:
    """Where in the application a section's page stands; nothing where only some parts are asked for."""
    if application.state != ApplicationState.DRAFT or applying.supplement_of(session(), application):
        return None
    definition = kept_definition(session(), application.definition_version_id)
    keys = queries.section_keys(application, definition)
    return _("Part %(number)d of %(all)d", number=keys.index(section) + 1, all=len(keys))


def page_url(application: Application) -> str:
    """The application's own page."""
    return url_for(
        "applications.application", provider_id=application.provider_id, application_id=application.id
    )


def onward_url(application: Application, section: str) -> str:
    """Where a person goes on after a section: to the next one that wants something.

    When none behind it does, to the check of all answers if nothing is left to do, otherwise to the task list.
    """
    outline = queries.outline_of(session(), application, today=helsinki_date(now()))
    asked = queries.asked_sections(application)
    undone = [
        status.key
        for status in outline
        if status.progress != Progress.DONE and rules.may_edit_section(application.state, status.key, asked)
    ]
    keys = [status.key for status in outline]
    behind = [key for key in undone if keys.index(key) > keys.index(section)]
    if behind:
        return section_url(application, behind[0])
    if undone:
        return page_url(application)
    return url_for("applications.check", provider_id=application.provider_id, application_id=application.id)


def section_url(application: Application, section: str) -> str:
    """The page on which a section is filled in."""
    place: dict[str, Any] = {"provider_id": application.provider_id, "application_id": application.id}
    fixed = {
        COMPANY: "applications.company",
        SERVICES: "applications.services",
        EVIDENCE: "applications.evidence",
        RULEBOOK: "applications.rulebook",
    }
    if section in fixed:
        return url_for(fixed[section], **place)
    return url_for("applications.section", section=section, **place)


def missing_url(application: Application, each: Missing) -> str:
    """Where something missing is given: its page and, for a question, its field."""
    place: dict[str, Any] = {"provider_id": application.provider_id, "application_id": application.id}
    if each.section == SERVICES and each.item:
        return url_for("applications.area", service=each.item, **place)
    if each.section == EVIDENCE and each.item:
        return url_for("applications.proof", kind=each.item, **place)
    page = section_url(application, each.section)
    return f"{page}#q-{each.item}" if each.reason == "unanswered" else page


def look_again(application: Application, section: str) -> dict[str, Any]:
    """What a section's page says above its form: where its answers come from, and what the pilot has changed there.

    `waiting`: why the section waits for the provider, or None. `new`: sentences on what is new in it.
    """
    unchecked = applying.unchecked_sections(session(), application)
    found = applying.changes_since(session(), application, unchecked)
    definition = kept_definition(session(), application.definition_version_id)
    return {
        "step": step_text(application, section),
        "waiting": unchecked.get(section),
        "new": [
            line
            for each in changed_sections(found, definition)
            if each.key == section
            for line in each.sentences
        ],
        "confirm_url": url_for(
            "applications.confirm",
            provider_id=application.provider_id,
            application_id=application.id,
            section=section,
        ),
    }


def file_url(application: Application, file_id: int) -> str:
    """Where a file of the application is opened."""
    return url_for(
        "applications.provider_file",
        provider_id=application.provider_id,
        application_id=application.id,
        file_id=file_id,
    )
