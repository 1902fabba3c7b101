"""Each mail is one typed function in the `mails.py` of its room, named after its template, and makes its own links."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.config import ROOT
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from tests.every_mail import write_one_of_each
from tests.letters import LINK
from tests.slips import unsaid

CODE = sorted((ROOT / "marketplace").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates" / "emails").glob("[!_]*.txt"))


def sends(source: str) -> list[ast.Call]:
    """Where a message is written to the outbox: `outbox.send(…)`, or `send` when it was taken from there."""
    tree = ast.parse(source)
    taken = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "marketplace.outbox"
        for alias in node.names
        if alias.name == "send"
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            ast.unparse(node.func).endswith("outbox.send")
            or (isinstance(node.func, ast.Name) and node.func.id in taken)
        )
    ]


def functions() -> dict[str, list[tuple[str, ast.FunctionDef]]]:
    """Template → the functions that send it, each with its module."""
    found: defaultdict[str, list[tuple[str, ast.FunctionDef]]] = defaultdict(list)
    for path in CODE:
        if path.name != "mails.py":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for call in sends(ast.unparse(node)):
                    found[ast.literal_eval(call.args[2])].append((str(path.relative_to(ROOT)), node))
    return dict(found)


def test_only_the_mails_of_a_room_write_to_the_outbox() -> None:
    elsewhere = {
        str(path.relative_to(ROOT)): [call.lineno for call in found]
        for path in CODE
        if path.name != "mails.py" and (found := sends(path.read_text(encoding="utf-8")))
    }
    assert elsewhere == {}


@pytest.mark.parametrize(
    "code", ["outbox.send(work, to, 'a')", "from marketplace.outbox import send\nsend(work, to, 'a')"]
)
def test_the_guard_finds_what_writes_to_the_outbox(code: str) -> None:
    assert len(sends(code)) == 1


def test_each_mail_has_one_function_that_bears_its_name() -> None:
    found = functions()
    assert {template: len(each) for template, each in found.items() if len(each) != 1} == {}
    assert sorted(found) == [path.stem for path in TEMPLATES]
    assert [(name, each[0][1].name) for name, each in found.items() if each[0][1].name != name] == []


def test_the_function_of_a_mail_says_what_it_takes_and_gives_the_message() -> None:
    for module, function in (each for found in functions().values() for each in found):
        taken = [*function.args.args, *function.args.kwonlyargs]
        untyped = [
            each.arg for each in taken if each.annotation is None or "Any" in ast.unparse(each.annotation)
        ]
        assert untyped == [], f"{module}: {function.name}"
        assert function.args.kwarg is None
        assert function.returns is not None
        assert ast.unparse(function.returns) in ("OutboxMessage", "OutboxMessage | None")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_of_a_mail_makes_no_link(path: Path) -> None:
    assert re.findall(r"public_url|https?://|href|address\(|url_for", path.read_text(encoding="utf-8")) == []


# --- where the links lead --------------------------------------------------------------------------------------------


def test_each_link_of_each_mail_opens_for_who_gets_it(
    app: Flask, database: Database, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with app.app_context(), database.transaction() as session:
        write_one_of_each(session)
        sent = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
        assert {mail.template for mail in sent} == {path.stem for path in TEMPLATES}
        wrong = {mail.template: unsaid(f"{mail.subject}\n{mail.body}") for mail in sent}
        assert {template: found for template, found in wrong.items() if found} == {}
        people_by_email = {user.email: user for user in session.scalars(sa.select(User))}
    followed, keyed = 0, set()
    for mail in sent:
        for link in LINK.findall(mail.body):
            if link.startswith("https://meeting.example.fi"):
                continue
            client, reader = app.test_client(), people_by_email.get(mail.recipient)
            if reader is not None:
                sign_in(client, reader)
            answer = client.get(link.removeprefix("http://localhost"), follow_redirects=True)
            assert (mail.template, link, answer.status_code) == (mail.template, link, 200)
            if reader is not None and mail.template != "registration_known":
                assert not answer.request.path.endswith("/account/sign-in"), (mail.template, link)
            assert f'lang="{mail.language}"' in answer.text, (mail.template, link)
            assert not KEY.search(link.partition("?")[0]), (
                f"{mail.template}: a key in the path is kept by every log"
            )
            shown = answer.request.url
            assert not KEY.search(shown), f"{mail.template}: the key stays in the address {shown}"
            if "key=" in link:
                assert answer.history[0].headers["Referrer-Policy"] == "no-referrer"
                keyed.add(mail.template)
            followed += 1
    assert followed >= len(TEMPLATES) - len(WITHOUT_LINK)
    assert keyed >= {
        "account_password",
        "free_place_confirm",
        "invitation",
        "mandate_given",
        "person_invited",
    }
    assert keyed >= {"registration_confirm", "session_confirm", "session_reminder"}


KEY = re.compile(r"[A-Za-z0-9_-]{32,}")
WITHOUT_LINK = {
    "company_handed_over",
    "account_change_confirmed",
    "account_change_refused",
    "approval_condition",
    "approval_measure_dropped",
    "file_infected",
    "mandate_revoked",
    "pilot_left",
    "session_cancelled",
}
"""Mails that tell something and lead nowhere."""
