"""What every process that is going to be killed needs, imported, wired and compiled before it is forked off.

Only the fork server imports this module: a portal of its own, without a database until a process gives it one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask_babel import get_translations

from marketplace.app import create_app
from marketplace.db import Database
from marketplace.i18n import LANGUAGES, in_language
from tests.conftest import settings_for

USED = ("base.html", "components/", "approvals/decision.html", "approvals/_", "emails/decision", "emails/inv")

PORTAL = create_app(settings_for("sqlite://", Path(tempfile.gettempdir())))
PORTAL.config["TESTING"] = True
for template in PORTAL.jinja_env.list_templates(filter_func=lambda name: name.startswith(USED)):
    PORTAL.jinja_env.get_template(template)
for language in LANGUAGES:
    with PORTAL.app_context(), in_language(language):
        get_translations()


def on(url: str, folder: Path) -> Database:
    """Put the portal on a database and a folder of files; the database."""
    database = Database(url)
    PORTAL.extensions |= {"settings": settings_for(url, folder), "database": database}
    return database
