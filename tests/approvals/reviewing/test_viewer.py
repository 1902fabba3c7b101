"""A proof is looked at inside the page, in a frame where nothing runs, by the own office only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.approvals.reviewing.viewer import POLICY
from marketplace.files.models import StoredFile
from marketplace.files.store import FileStore
from tests.approvals.cast import Cast, make_cast
from tests.factories import NOW, PDF, PNG, make_application

SignIn = Callable[[FlaskClient, User], None]


def attached(app: Flask, content: bytes, media_type: str) -> tuple[Cast, str]:
    """The cast and the address of a file attached to an application as a proof."""
    received = FileStore.of(app.extensions["settings"]).put(content, media_type=media_type, name="todistus")
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application = make_application(session, cast.provider, cast.applicant, state="in_review")
        file = StoredFile(
            sha256=received.sha256, media_type=media_type, size=received.size, name="todistus", created_at=NOW
        )
        application.evidence[0].file = file
        session.flush()
        return cast, f"/fi/office/applications/{application.id}/files/{file.id}"


@pytest.mark.parametrize(
    ("content", "media_type", "sandboxed"), [(PDF, "application/pdf", False), (PNG, "image/png", True)]
)
def test_a_proof_stands_in_a_frame_under_a_policy_that_runs_nothing(
    app: Flask, client: FlaskClient, sign_in: SignIn, content: bytes, media_type: str, sandboxed: bool
) -> None:
    cast, address = attached(app, content, media_type)
    sign_in(client, cast.reviewer)
    page = client.get(f"{address}/page").text
    assert f'src="{address}/frame"' in page
    assert (" sandbox>" in page) is sandboxed
    with client.get(f"{address}/frame") as answer:
        assert answer.data == content
        assert answer.mimetype == media_type
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]


def test_the_policy_is_a_sandbox_without_scripts_that_only_the_portal_frames() -> None:
    directives = {part.split()[0]: part.split()[1:] for part in POLICY.split("; ")}
    assert directives["default-src"] == ["'none'"]
    assert directives["sandbox"] == []
    assert directives["frame-ancestors"] == ["'self'"]
    assert "script-src" not in directives


def test_a_type_that_a_browser_might_run_is_not_shown(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    cast, address = attached(app, b"<script>alert(1)</script>", "text/html")
    sign_in(client, cast.reviewer)
    assert "<iframe" not in client.get(f"{address}/page").text
    assert client.get(f"{address}/frame").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("applicant", 403)])
def test_others_do_not_see_it(
    app: Flask, client: FlaskClient, sign_in: SignIn, who: str, status: int
) -> None:
    cast, address = attached(app, PDF, "application/pdf")
    sign_in(client, getattr(cast, who))
    for part in ("page", "frame"):
        assert client.get(f"{address}/{part}").status_code == status
