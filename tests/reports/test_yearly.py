"""The report of a year as PDF, and the commands."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.reports.commands import reports
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.rules import Dimension, Measure
from marketplace.reports.yearly import yearly_pdf
from tests.factories import NOW


def tell(session: Session) -> None:
    """Two quarters of a pilot, in which money was spent on transport."""
    for month in (1, 4):
        edition = ReportEdition(pilot_key="keusote-2022", first_on=date(2026, month, 1), made_at=NOW)
        session.add(edition)
        session.flush()
        for dimension, key in ((Dimension.ALL, ""), (Dimension.SERVICE, "transport")):
            session.add(
                ReportCell(
                    edition_id=edition.id, measure=Measure.SPENT, dimension=dimension, key=key, value=month * 111_11,
                    contributors=9, size=9, largest=1, second=1, hidden=False,
                )
            )  # fmt: skip
    session.flush()


@pytest.mark.parametrize(("language", "word"), [("fi", "Palvelujen hinta"), ("sv", "Tjänsternas pris")])
def test_a_year_is_told_in_both_languages(session: Session, language: str, word: str) -> None:
    tell(session)
    content = yearly_pdf(session, "keusote-2022", 2026, language, NOW)
    document = pypdf.PdfReader(io.BytesIO(content))
    text = "".join(page.extract_text() for page in document.pages)
    assert word in text
    assert "4/2026–6/2026:" in text  # of which months the sentences tell
    assert "444,44" in text
    assert str(document.root_object["/Lang"]).startswith(language)
    assert document.root_object["/MarkInfo"]["/Marked"]  # type: ignore[index]
    tree = str(_tags(document.root_object["/StructTreeRoot"]))
    assert "/Figure" in tree
    assert "444,44" in tree  # the picture is told in words
    assert content == yearly_pdf(session, "keusote-2022", 2026, language, NOW)


def _tags(node: Any) -> list[object]:
    """The kinds of a document's tags, with what stands for their pictures."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [each for child in node for each in _tags(child)]
    if not isinstance(node, dict):
        return []
    own = [node[name] for name in ("/S", "/Alt") if name in node]
    return [*own, *(_tags(node["/K"]) if "/K" in node else [])]


def test_a_year_without_figures_has_no_report(session: Session) -> None:
    tell(session)
    with pytest.raises(NotFound):
        yearly_pdf(session, "keusote-2022", 2019, "fi", NOW)


def test_the_commands_make_figures_and_the_report(app: Flask, tmp_path: Path) -> None:
    with app.extensions["database"].transaction() as session:
        tell(session)
    target = tmp_path / "report.pdf"
    with app.app_context():
        written = CliRunner().invoke(reports, ["yearly", "keusote-2022", "2026", "--out", str(target)])
        assert (written.exit_code, target.read_bytes()[:5]) == (0, b"%PDF-")
        missing = CliRunner().invoke(reports, ["yearly", "keusote-2022", "2001"])
        assert missing.exit_code == 1
        assert "no figures of 2001" in missing.output
        assert "quarters were made" in CliRunner().invoke(reports, ["rebuild", "--told"]).output
        assert "0 numbers were hidden" in CliRunner().invoke(reports, ["hide"]).output
