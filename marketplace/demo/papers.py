"""The documents of the demo content: one small PDF for each kind of proof, shared by everybody who has one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from marketplace.demo.identifiers import slug
from marketplace.files.store import FileStore, ReceivedFile
from marketplace.pilots.vocabulary import EVIDENCE_KINDS

MEDIA_TYPE: Final = "application/pdf"

NOTICE: Final = {
    "fi": "Esimerkkiasiakirja. Kuuluu Palvelutorin esittelyaineistoon eikä todista mitään.",
    "sv": "Exempeldokument. Hör till Servicetorgets demonstrationsmaterial och bevisar ingenting.",
}
DECISION: Final = {
    "fi": "Päätös palveluntuottajan hyväksymisestä",
    "sv": "Beslut om godkännande av serviceproducent",
}
SERVICE_DECISION: Final = {"fi": "Päätös palveluista", "sv": "Beslut om tjänster"}


def sheet(title: str, lines: Sequence[str]) -> bytes:
    """A PDF of one A4 page with a title and lines of text; letters of Latin-1 only. The same input, the same bytes."""
    shown = [
        _shown(title, size=18, y=770),
        *(_shown(line, size=11, y=735 - 18 * i) for i, line in enumerate(lines)),
    ]
    content = b"\n".join(shown)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    document, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return document + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(document))
    )


def _shown(text: str, *, size: int, y: int) -> bytes:
    safe = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return b"BT /F1 %d Tf 60 %d Td (%s) Tj ET" % (size, y, safe.encode("latin-1", "replace"))


class Papers:
    """Hands out the shared documents, putting each in the file store when it is first asked for."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self.proof = cache(self._proof)
        self.decision = cache(self._decision)
        self.service_decision = cache(self._service_decision)

    def _proof(self, kind: str, language: str) -> ReceivedFile:
        """The document of a kind of proof."""
        title = EVIDENCE_KINDS[kind].name[language]
        return self._keep(title, language, name=f"{slug(title)}.pdf")

    def _decision(self, language: str) -> ReceivedFile:
        """The stand-in for the document of a decision; the first decisions get documents of their own instead."""
        return self._keep(DECISION[language], language, name=f"{slug(DECISION[language])}.pdf")

    def _service_decision(self, language: str) -> ReceivedFile:
        """The stand-in for the document of a decision on a client's services."""
        title = SERVICE_DECISION[language]
        return self._keep(title, language, name=f"{slug(title)}.pdf")

    def _keep(self, title: str, language: str, *, name: str) -> ReceivedFile:
        return self._store.put(sheet(title, [NOTICE[language]]), media_type=MEDIA_TYPE, name=name)
