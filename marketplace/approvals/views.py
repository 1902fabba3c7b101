"""The pages of applications: the provider's and the office's under one blueprint, and what they add to others'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketplace.approvals import queries, today, trail_words, words
from marketplace.approvals.applying import evidence_views, section_views
from marketplace.approvals.applying import views as applying_views
from marketplace.approvals.applying.sending import withdraw_when_leaving
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.changes import views as changes_views
from marketplace.approvals.inviting import link_views as invitation_views
from marketplace.approvals.inviting import views as inviting_views
from marketplace.approvals.inviting.sessions import views as session_views
from marketplace.approvals.messages import views as message_views
from marketplace.approvals.panel import application_tasks, applications_link, applications_panel
from marketplace.approvals.reviewing import (
    correction_views,
    desk_views,
    hearing_views,
    queue_views,
    step_views,
    viewer,
)
from marketplace.approvals.reviewing import views as reviewing_views
from marketplace.approvals.standing import provider_views as standing_provider_views
from marketplace.approvals.standing import views as standing_views
from marketplace.approvals.summary import evidence_text
from marketplace.audit import fields as audit_fields
from marketplace.audit import views as audit_views
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.definition import PilotDefinition
from marketplace.providers.company import office_views as account_changes
from marketplace.providers.company.queries import considering
from marketplace.providers.participation.service import when_leaving
from marketplace.providers.todo import more_tasks
from marketplace.providers.views import area_links, home_panels

__all__ = [
    "applying_views",
    "blueprint",
    "changes_views",
    "correction_views",
    "desk_views",
    "evidence_views",
    "hearing_views",
    "invitation_views",
    "inviting_views",
    "message_views",
    "queue_views",
    "reviewing_views",
    "section_views",
    "session_views",
    "standing_views",
    "step_views",
    "today",
    "viewer",
]

more_tasks.append(application_tasks)
for office_pages in (audit_views.blueprint, account_changes.blueprint):
    office_pages.before_request(show_own_organisation)

home_panels.append(applications_panel)
audit_fields.add(trail_words.FIELDS)
home_panels.append(standing_provider_views.standing_panel)
area_links.append(applications_link)
considering.append(queries.offices_considering)
when_leaving.append(withdraw_when_leaving)

blueprint.add_app_template_filter(words.service_name, "service_name")
blueprint.add_app_template_filter(evidence_text, "evidence_text")
blueprint.add_app_template_filter(words.condition_text, "condition_text")


@blueprint.app_template_filter("completion_rows")
def completion_rows(items: Sequence[dict[str, Any]], form: PilotDefinition) -> list[tuple[str, str]]:
    """What a completion request asks for: (title of the section, the office's words)."""
    return [(words.section_title(item["section"], form), item["text"]) for item in items]
