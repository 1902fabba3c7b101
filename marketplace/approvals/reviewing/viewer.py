"""Looking at a proof inside the office's page: a frame in which nothing that came from outside can run.

The file is served as the type that was found in it when it was received, never as a page. Its own policy is a sandbox
without scripts, forms and further requests, which only the portal may frame. Pictures are sandboxed by the frame as
well; a PDF is not, because browsers then refuse to show it at all.
"""

from __future__ import annotations

from typing import Final

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from marketplace.applications import queries
from marketplace.approvals.access import APPLICATION, office_application, opened_file
from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.proofs.queries import neighbours
from marketplace.errors import NotFound
from marketplace.files.models import StoredFile
from marketplace.files.uploads import sent
from marketplace.permissions import Permission
from marketplace.web.frame import render, requires, session

SHOWN: Final = ("application/pdf", "image/jpeg", "image/png")
"""Types that are shown in the page; any other can only be downloaded."""

POLICY: Final = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
)


@blueprint.get(f"{APPLICATION}/files/<int:file_id>/page")
@requires(Permission.VIEW_APPLICATIONS)
def office_file_page(application_id: int, file_id: int) -> ResponseReturnValue:
    """The page that shows a file in its frame, with what is known of it."""
    application = office_application(application_id)
    file = queries.file_of(session(), application, file_id)
    of_files = [each for each in application.evidence if each.file is not None]
    shown = next((each for each in of_files if each.file_id == file.id), None)
    before, after = neighbours(shown, of_files) if shown is not None else (None, None)
    return render(
        "approvals/file.html",
        application=application,
        file=file,
        proof=shown,
        before=before,
        after=after,
        shown=file.media_type in SHOWN,
        sandboxed=file.media_type != "application/pdf",
        frame_url=url_for("approvals.office_file_frame", application_id=application.id, file_id=file.id),
        download_url=url_for("approvals.office_file", application_id=application.id, file_id=file.id),
    )


@blueprint.get(f"{APPLICATION}/files/<int:file_id>/frame")
@requires(Permission.VIEW_APPLICATIONS)
def office_file_frame(application_id: int, file_id: int) -> ResponseReturnValue:
    """The file itself, for the frame. Raises NotFound for a type that is not shown."""
    file = opened_file(application_id, file_id)
    if file.media_type not in SHOWN:
        raise NotFound()
    return show(file)


def show(file: StoredFile) -> Response:
    """The file for looking at, under POLICY; the caller has checked who asks. Raises NotFound without content."""
    response = sent(file.sha256, file.media_type, name=file.name)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
