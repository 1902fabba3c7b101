"""The pages of applications: every module of this room that adds routes to its blueprint, and its template filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketplace.applications import labels, views
from marketplace.applications.blueprint import blueprint
from marketplace.applications.filling import evidence_views, section_views
from marketplace.applications.messages import views as messages
from marketplace.applications.summary import evidence_text
from marketplace.pilots.definition import PilotDefinition

__all__ = ["blueprint", "completion_rows", "evidence_views", "messages", "section_views", "views"]

blueprint.add_app_template_filter(labels.service_name, "service_name")
blueprint.add_app_template_filter(evidence_text, "evidence_text")
blueprint.add_app_template_filter(labels.condition_text, "condition_text")


@blueprint.app_template_filter("completion_rows")
def completion_rows(items: Sequence[dict[str, Any]], definition: PilotDefinition) -> list[tuple[str, str]]:
    """What a completion request asks for: (title of the section, the office's words)."""
    return [(labels.section_title(item["section"], definition), item["text"]) for item in items]
