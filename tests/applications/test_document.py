"""The applicant gets a copy of what was sent, in the applicant's language."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.applications.prefill import queries as applying
from marketplace.applications.sending import service as sending
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from tests.approvals.cast import make_cast
from tests.factories import make_application
from tests.stored import path_of
from tests.work import work_of

WORDS = {"fi": ["Päivätoiminta", "Tuusula"], "sv": ["Dagverksamhet", "Tusby"]}


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_copy_is_archived_mailed_and_accessible(
    session: Session, store: FileStore, language: str
) -> None:
    cast = make_cast(session, language)
    application = make_application(
        session, cast.provider, cast.applicant, answers={"other_languages": "#1 *tähti* $x$ <ok>"}
    )
    sending.submit(work_of(session, cast.actor("applicant")), application, store=store)
    [copy] = applying.sent_copies(session, application)
    path = path_of(store, copy.file.sha256)
    content = path.read_bytes()
    message = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert message is not None
    assert message.attachments is not None
    assert copy.file.name.encode() in message.attachments
    reader = PdfReader(io.BytesIO(content))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(language)
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    for word in (*WORDS[language], cast.provider.official_name):
        assert word in text
