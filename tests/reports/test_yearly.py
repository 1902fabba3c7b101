"""The report of a year as PDF, and the commands."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.pdf import render_pdf
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


def test_a_heading_its_picture_and_a_short_table_stand_on_one_page() -> None:
    """Whatever stands above them: the page breaks before the heading and not within."""
    bars = [{"name": f"Paikka {number}", "text": str(number), "value": number / 9} for number in range(1, 10)]
    picture = {"title": "Kuva", "summary": "Kuva", "top_text": "9", "bars": bars}
    parts: list[dict[str, Any]] = [
        {
            "name": f"Osa {part}.",
            "heads": ["Paikka", "Luku"],
            "rows": [[f"rivi {part}.{number}.", str(number)] for number in range(1, rows + 1)],
            "along": False,
            "picture": picture if part % 2 else None,
        }
        for part, rows in enumerate([3, 9, 12, 2, 7, 12, 5, 9, 1, 11], start=1)
    ]
    reports: list[dict[str, Any]] = [
        {"name": f"Raportti {number}.", "text": f"Teksti {number}.", "note": "", "heads": ["Luku", "1/2026"]}
        | {
            "rows": [[f"luku {number}.{row}.", "1"] for row in range(1, 10)],
            "parts": parts if number == 1 else [],
        }
        for number in range(1, 6)
    ]
    data = {"organisation": "Keusote", "opening": ["Lyhyesti."], "reports": reports}
    content = render_pdf("yearly_report.typ", data, language="fi", title="Vuosi", now=NOW)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]

    def page_of(words: str) -> int:
        return next(number for number, text in enumerate(pages) if words in text)

    for part in parts:
        rows = [row[0] for row in part["rows"]]
        assert {page_of(words) for words in (part["name"], *rows)} == {page_of(part["name"])}
    for report in reports:
        assert page_of(report["text"]) == page_of(report["rows"][0][0]), "no text without its table"


def test_who_reads_of_effects_reads_that_the_questions_are_invented(session: Session) -> None:
    tell(session)
    edition = session.scalars(sa.select(ReportEdition).order_by(ReportEdition.first_on.desc())).first()
    assert edition is not None
    session.add(
        ReportCell(
            edition_id=edition.id, measure=Measure.SAME, dimension=Dimension.ITEM, key="demo_wellbeing:home", value=9,
            contributors=9, size=9, largest=1, second=1, hidden=False,
        )
    )  # fmt: skip
    session.flush()
    content = yearly_pdf(session, "keusote-2022", 2026, "fi", NOW)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    said = "joka on keksitty esittelyä varten"
    assert said in text.partition("Tarjonta")[0]
    assert said in text.partition("Vaikuttavuus")[2], "where the numbers stand, too"


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
