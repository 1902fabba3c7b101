"""The copy of what was sent to the office, as a document in the applicant's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace.applications.models import Application, SentCopy
from marketplace.applications.prefill import queries as applying
from marketplace.applications.summary import summary
from marketplace.files.service import keep_file
from marketplace.files.store import FileStore
from marketplace.i18n import _, datetime_text, in_language
from marketplace.outbox import Attachment
from marketplace.pdf import render_pdf
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork

MEDIA_TYPE = "application/pdf"


def keep_copy(work: UnitOfWork, application: Application, *, store: FileStore) -> Attachment:
    """Archive the application as it stands and was sent at `now`; the same file to go with a letter."""
    language = application.created_by.language
    content = application_document(work.session, application, language=language, now=work.now)
    with in_language(language):
        name = _("application-%(number)s.pdf", number=application.id)
    received = store.put(content, media_type=MEDIA_TYPE, name=name)
    work.session.add(
        SentCopy(
            application_id=application.id,
            sent_at=work.now,
            language=language,
            file=keep_file(work, received),
        )
    )
    return name, MEDIA_TYPE, content


def application_document(
    session: Session, application: Application, *, language: str, now: datetime
) -> bytes:
    """The whole application as a tagged PDF (PDF/UA-1): every section with its questions and answers."""
    with in_language(language):
        definition = kept_definition(session, application.definition_version_id)
        title = (
            _("Supplementary application")
            if applying.supplement_of(session, application)
            else _("Application to become a service provider")
        )
        content: dict[str, Any] = {
            "organisation": application.pilot.organisation.name[language],
            "number": str(application.id),
            "facts": [
                {"label": _("Number of the application"), "value": str(application.id)},
                {"label": _("Pilot"), "value": definition.name[language]},
                {"label": _("Provider"), "value": application.provider.official_name},
                {"label": _("Business ID"), "value": application.provider.business_id},
                {"label": _("Sent"), "value": datetime_text(now)},
            ],
            "sections": [
                {
                    "title": section.title,
                    "rows": [
                        {"label": row.label, "value": row.value or _("Not given"), "file": _file(row.file)}
                        for row in section.rows
                    ],
                }
                for section in summary(session, application, definition)
            ],
            "words": {"empty": _("Not given")},
            "note": _(
                "This is a copy of what was sent to the office. The attached proofs are kept on the portal."
            ),
        }
        return render_pdf("application.typ", content, language=language, title=title, now=now)


def _file(file: Any) -> str:
    return file.name if file is not None else ""
