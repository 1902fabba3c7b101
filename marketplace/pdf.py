"""Documents as accessible PDF: a Typst template under `templates/pdf/` filled with data that is already in words.

Every document is tagged and declared PDF/UA-1, names its language and carries its fonts. The same data and moment
give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import typst

from marketplace.config import ROOT

TEMPLATES: Final = ROOT / "templates" / "pdf"
FONTS: Final = ROOT / "marketplace" / "static" / "dist" / "fonts" / "pdf"
STANDARD: Final = "ua-1"


def render_pdf(template: str, data: Mapping[str, Any], *, language: str, title: str, now: datetime) -> bytes:
    """The document `templates/pdf/<template>` filled with `data` (JSON values), as PDF bytes.

    The template reads `sys.inputs.data` with `lang` and `title` added; a document without them would not be
    PDF/UA. Where the front end has not been built, Typst's own font stands in. Raises typst.TypstError for a mistake
    in the template.
    """
    content = {**data, "lang": language, "title": title, "day": now.date().isoformat()}
    return typst.compile(
        TEMPLATES / template,
        format="pdf",
        root=TEMPLATES,
        font_paths=[FONTS] if FONTS.is_dir() else [],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
        pdf_standards=[STANDARD],
        timestamp=int(now.timestamp()),
    )
