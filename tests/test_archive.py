"""Every document is accessible and fit for the archive: PDF/UA-1 and PDF/A-2a, declared by us and proven by veraPDF."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from pypdf import PdfReader

from marketplace import pdf
from marketplace.config import ROOT

pytestmark = pytest.mark.own_words

NOW: Final = datetime(2026, 11, 29, tzinfo=UTC)
VERAPDF: Final = ROOT / "build" / "verapdf"
PROGRAM: Final = ROOT / "tests" / "verapdf" / "Conformance.java"
LOGO: Final = ROOT / "marketplace" / "pilots" / "data" / "logos" / "soite.svg"

FACTS: Final = [
    {"label": "Hakija", "value": "Kotiapu Åström Oy"},
    {"label": "Y-tunnus", "value": "1234567-1"},
]
LETTER: Final[dict[str, Any]] = {
    "organisation": "Soite – Keski-Pohjanmaan hyvinvointialue",
    "number": "SOITE-2026/5",
    "facts": FACTS,
    "signature": "Kokkolassa 29.11.2026",
    "decided_by": "Pia Päättäjä, palvelupäällikkö",
}
PICTURE: Final = {
    "title": "Eurot kunnittain",
    "summary": "Eurot kunnittain. Eniten: Kokkola.",
    "top_text": "1\u00a0000\u00a0€",
    "bars": [
        {"name": "Kokkola", "text": "900\u00a0€", "value": 0.9},
        {"name": "Kannus", "text": "..", "value": None},
    ],
}
SENTENCES: Final = ["Hinta on 34,50\u00a0€/h.", "Voit lukea lisää: https://palvelutori.example."]

DOCUMENTS: Final[dict[str, dict[str, Any]]] = {
    "agreement.typ": LETTER
    | {
        "words": {
            "parties": "Keiden välillä",
            "wanted": "Mitä toivotaan",
            "prices": "Hinnat pysyvät ennallaan.",
        },
        "parties": [{"name": "Asiakas", "lines": ["Asiakasnumero A-2026-77"]}],
        "wanted": ["10 tuntia kuukaudessa"],
        "sections": [{"title": "Kuka maksaa", "lines": SENTENCES}],
    },
    "application.typ": {
        "organisation": LETTER["organisation"],
        "number": "Hakemus 12",
        "facts": FACTS,
        "words": {"empty": "Ei mitään"},
        "sections": [
            {
                "title": "Palvelut",
                "rows": [{"label": "Päivätoiminta", "value": "Kokkola", "file": "liite.pdf"}],
            },
            {"title": "Tyhjä", "rows": []},
        ],
        "note": "Tämä on kopio.",
    },
    "client_letter.typ": LETTER
    | {
        "recipient": ["Aino Asiakas", "Kotikatu 1"],
        "intro": SENTENCES,
        "words": {"how": "Näin kirjaudut", "codes": "Koodisi"},
        "steps": ["Avaa osoite.", "Kirjoita koodi."],
        "codes": ["ABCDE-FGH23"],
        "ending": SENTENCES,
    },
    "client_summary.typ": LETTER
    | {
        "recipient": [],
        "lines": [{"service": "Henkilökohtainen apu", "sentences": SENTENCES}],
        "given": "Annetut palvelut",
        "head": ["Päivä", "Palvelu", "Palveluntuottaja", "Määrä", "Hinta"],
        "rows": [["1.11.2026", "Apu", "Kotiapu Oy", "2 h", "69,00 €"]],
        "payment": SENTENCES[0],
        "paid": SENTENCES[0],
        "agreed_title": "Mitä oli sovittu",
        "agreed": SENTENCES,
        "ending": SENTENCES,
    },
    "code_letter.typ": LETTER | {"paragraphs": SENTENCES, "code": "ABCD-EFGH-JK23", "after": SENTENCES},
    "comparison.typ": {
        "columns": ["Taksi Tervatie", "Kyyti 🌻"],
        "rows": [{"label": "Hinnat", "cells": []}, {"label": "Matka", "cells": ["24,40 €", "28,00 €"]}],
        "note": SENTENCES[0],
        "address": "http://localhost/fi/compare?offer=1&offer=2",
    },
    "correction.typ": LETTER
    | {
        "words": {"wrong": "Päätöksessä lukee", "right": "Pitää olla", "more": "Lisätietoja"},
        "intro": SENTENCES[0],
        "wrong": "Kokola",
        "right": "Kokkola",
        "contact": SENTENCES,
    },
    "decision.typ": LETTER
    | {
        "annex": {
            "title": "Tukisuunnitelma",
            "intro": SENTENCES[0],
            "facts": [{"label": "Mitä haluan tehdä tai saada?", "value": "Uida."}],
            "rows": ["Apu – Yhdistys"],
        },
        "logo": {"bytes": LOGO.read_text("utf-8"), "format": "svg"},
        "words": {
            "decision": "Päätös",
            "grounds": "Perustelut",
            "answer": "Kuuleminen",
            "response": "Kanta vastaukseen",
            "conditions": "Ehdot",
            "area": "Toiminta-alue",
            "rules": "Sovelletut säännökset",
            "effect": "Päätöksen voimaantulo",
            "appeal": "Oikaisuvaatimusohje",
            "more": "Lisätietoja",
        },
        "lines": [
            {
                "service": "Päivätoiminta",
                "outcome": "Hyväksytty ehdoin",
                "grounds": SENTENCES[0],
                "answer": SENTENCES[1],
                "response": SENTENCES[0],
                "conditions": ["Toimita suunnitelma."],
                "area": "Kokkola, Kannus",
            }
        ],
        "rules": SENTENCES,
        "effect": SENTENCES,
        "appeal": SENTENCES,
        "contact": SENTENCES,
    },
    "effect_questions.typ": LETTER
    | {
        "intro": SENTENCES,
        "sets": [
            {
                "name": "Kysymyksiä",
                "purpose": SENTENCES[0],
                "demo": "Kysymykset on keksitty.",
                "rights": "EUPL-1.2",
                "words": words,
                "points": ["Parempi", "Sama"] if words else ["0", "1", "2"],
                "ends": [] if words else ["huonosti", "hyvin"],
                "items": [{"text": "Miten voit?", "plain": "Kerro, miten voit."}],
            }
            for words in (True, False)
        ],
        "helped": "Joku auttoi minua",
        "ending": SENTENCES,
    },
    "plan.typ": {
        "head": ["Palvelu", "Määrä", "Hinta"],
        "rows": [{"title": "Apu", "lines": SENTENCES, "much": "10 h", "cost": "345,00 €"}],
        "total": ["Yhteensä", "", "345,00 €"],
        "sentences": SENTENCES,
        "address": "http://localhost/fi/plan?offer=1",
    },
    "posted_letter.typ": LETTER
    | {"paragraphs": [["Hei!", "Projektitoimisto harkitsee päätöstä."], SENTENCES]},
    "yearly_report.typ": {
        "organisation": LETTER["organisation"],
        "opening": SENTENCES,
        "reports": [
            {
                "name": "Raha",
                "text": SENTENCES[0],
                "note": SENTENCES[-1],
                "heads": ["Vuosineljännes", "Hinta"],
                "rows": [["1–3/2026", "345,00 €"]],
                "parts": [
                    {
                        "name": "Kunnittain",
                        "heads": ["Kunta", "Hinta"],
                        "rows": [["Kokkola", "..\u00a0€"]] * (20 if wordy else 1),
                        "along": along,
                        "wordy": wordy,
                        "picture": picture,
                    }
                    for along, wordy, picture in (
                        (False, False, None),
                        (False, True, PICTURE),
                        (True, False, PICTURE),
                    )
                ],
            }
        ],
    },
    "statement.typ": {
        "organisation": LETTER["organisation"],
        "number": "T-12",
        "facts": FACTS,
        "mark": SENTENCES[0],
        "heads": ["Rivi", "Mitä", "Päivä", "Määrä", "Hinta", "Alv", "Summa"],
        "rows": [["1", "Apu", "1.11.2026", "2", "34,50 €", "25,5 %", "69,00 €"]],
        "vat_title": "Arvonlisävero",
        "vat_heads": ["Verokanta", "Ilman", "Vero", "Yhteensä"],
        "vat_rows": [["25,5 %", "54,98 €", "14,02 €", "69,00 €"]],
        "sums": FACTS,
        "notes": SENTENCES,
    },
}
"""What each template is filled with here: every part of it at least once."""


def document(template: str) -> bytes:
    return pdf.render_pdf(template, DOCUMENTS[template], language="fi", title="Päätös 5", now=NOW)


def test_every_document_is_tried_here() -> None:
    templates = {path.name for path in pdf.TEMPLATES.glob("*.typ")}
    assert templates - {"letter.typ", "signs.typ"} == set(DOCUMENTS)


@pytest.mark.parametrize("template", DOCUMENTS)
def test_a_document_declares_both_standards(template: str) -> None:
    described = PdfReader(io.BytesIO(document(template))).xmp_metadata
    assert described is not None
    said = described.stream.get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    assert "<pdfaid:part>2</pdfaid:part>" in said
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in said


def test_verapdf_finds_no_fault_in_any_document(tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None or not any(VERAPDF.glob("*.jar")):
        pytest.skip("veraPDF is not there: install Java and Maven and run make build/stamps/verapdf")
    for template in DOCUMENTS:
        (tmp_path / template).with_suffix(".pdf").write_bytes(document(template))
    names = sorted(path.name for path in tmp_path.glob("*.pdf"))
    command = [java, "-cp", f"{VERAPDF}/*", str(PROGRAM), *names]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    verdicts = [f"{name} {flavour} complies" for name in names for flavour in ("ua1", "2a")]
    assert said.splitlines() == verdicts
