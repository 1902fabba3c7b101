"""After a completion the reviewer sees what changed and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.approvals.reviewing.pieces import AnswerChange, Piece, changes, pieces
from tests.approvals.cast import make_cast
from tests.factories import make_application
from tests.work import work_of

SENT: dict[str, Any] = {
    "answers": {"staff": "Kolme hoitajaa.", "children": False},
    "areas": {"transport": ["858", "186"]},
    "evidence": [1, 2],
    "company": {"city": "Tuusula", "iban": "…0785"},
}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({}, []),
        ({"areas": {"transport": ["186", "858"]}}, []),
        ({"answers": {"staff": "Neljä hoitajaa.", "children": False}}, [("answer", "staff")]),
        ({"answers": {"staff": "Kolme hoitajaa.", "children": True}}, [("answer", "children")]),
        ({"answers": SENT["answers"] | {"new": "x"}}, [("answer", "new")]),
        ({"answers": SENT["answers"] | {"new": None}}, []),
        ({"areas": {"transport": ["858"]}}, [("area", "transport")]),
        ({"areas": {}}, [("area", "transport")]),
        ({"evidence": [2, 1]}, []),
        ({"evidence": [1, 2, 3]}, [("evidence", "")]),
        ({"company": {"city": "Järvenpää", "iban": "…0785"}}, [("company", "city")]),
    ],
)
def test_only_what_differs_is_a_change(after: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.key) for each in changes(SENT, SENT | after)] == expected


def test_a_change_carries_both_sides() -> None:
    [change] = changes(SENT, SENT | {"answers": {"staff": "Ei ketään.", "children": False}})
    assert change == AnswerChange("answer", "staff", "Kolme hoitajaa.", "Ei ketään.")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("sama", "sama", [("same", "sama")]),
        ("", "uusi teksti", [("added", "uusi teksti")]),
        ("vanha", "", [("removed", "vanha")]),
        (
            "Meillä on kolme hoitajaa.",
            "Meillä on neljä hoitajaa.",
            [("same", "Meillä on "), ("removed", "kolme"), ("added", "neljä"), ("same", " hoitajaa.")],
        ),
        ("Järvenpää", "Järvenpää, Tuusula", [("same", "Järvenpää"), ("added", ", Tuusula")]),
        ("24,50 €", "24,80 €", [("removed", "24,50"), ("added", "24,80"), ("same", " €")]),
    ],
)
def test_texts_are_woven_together_word_by_word(
    before: str, after: str, expected: list[tuple[str, str]]
) -> None:
    woven = pieces(before, after)
    assert list(woven) == [Piece(kind, text) for kind, text in expected]  # type: ignore[arg-type]
    assert "".join(piece.text for piece in woven if piece.kind != "added") == before
    assert "".join(piece.text for piece in woven if piece.kind != "removed") == after


def test_the_review_page_highlights_the_changes_of_the_completion(
    app: Flask, client: FlaskClient, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with app.extensions["database"].transaction() as session:
        cast = make_cast(session)
        application = make_application(session, cast.provider, cast.applicant, state="in_review")
        key = next(
            key for key, value in application.answers.items() if isinstance(value, str) and " " in value
        )
        after = {"answers": application.answers, "areas": {}, "evidence": []}
        for action, words in (
            (ApplicationAudit.SUBMIT, "Meillä on kolme työntekijää."),
            (ApplicationAudit.COMPLETE, "Meillä on neljä työntekijää."),
        ):
            work_of(session, cast.actor("applicant")).record(
                action,
                application,
                organisation="keusote",
                after={**after, "answers": {**application.answers, key: words}},
            )
        number = application.id
    sign_in(client, cast.reviewer)
    text = client.get(f"/fi/office/applications/{number}").text
    assert text.count("<ins>") == text.count("<del>") == 1
    assert "<del>kolme</del><ins>neljä</ins>" in text
