"""A transport company's way through its application on a phone, by links and buttons only.

First application, completion, supplementary application and leaving, in both languages, with JavaScript off and on.
What the office does between is done by its verbs: `test_first_approval` walks the office's pages.

`Walk` counts what a person does on the way. `docs/applying.md` says how pages become minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from pypdf import PdfWriter
from sqlalchemy.orm import Session

from marketplace.accounts.queries import user_by_email
from marketplace.accounts.service import actor_of
from marketplace.app import create_app
from marketplace.applications import queries
from marketplace.applications.messages import service as messages
from marketplace.applications.messages.rules import Side
from marketplace.applications.models import Application, SentCopy
from marketplace.applications.prefill.queries import approved_areas
from marketplace.applications.rules import Outcome
from marketplace.approvals.completion.rules import AskedItem
from marketplace.approvals.completion.service import request_completion
from marketplace.approvals.deciding import service as deciding
from marketplace.approvals.proposing import service as reviewing
from marketplace.approvals.proposing.rules import LineProposal
from marketplace.approvals.reviewing.service import take
from marketplace.db import Database
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.permissions import Actor
from tests.conftest import ENGINES, settings_for
from tests.journeys import people
from tests.journeys.conftest import Portal
from tests.work import work_of

PILOT = "keusote-2022"
PHONE: Final[ViewportSize] = {"width": 390, "height": 800}
TUUSULA, JARVENPAA, HYVINKAA = "858", "186", "106"
TODAY: Final = helsinki_date(datetime.now(UTC))

WORDS_A_MINUTE = 200
TYPED_A_MINUTE = 200
"""Characters: 40 words a minute."""
SECONDS_A_PAGE = 5
SECONDS_A_FILE = 60

ANSWERS: Final = {
    "experience": {
        "fi": "Ajamme vaikeavammaisten kuljetuksia Keski-Uudellamaalla viidellä autolla, myös iltaisin ja "
        "viikonloppuisin. Asiakkaitamme ovat pyörätuolin käyttäjät ja näkövammaiset ihmiset.",
        "sv": "Vi kör färdtjänst för personer med svår funktionsnedsättning i Mellersta Nyland med fem bilar, "
        "också på kvällar och helger. Våra klienter använder rullstol eller har en synskada.",
    },
    "experience_years": {"fi": "12", "sv": "12"},
    "languages_how": {
        "fi": "Kaksi kuljettajaa ruotsiksi joka arkipäivä.",
        "sv": "Två förare på svenska varje vardag.",
    },
    "staff_count": {"fi": "9", "sv": "9"},
    "staff_training": {
        "fi": "7 taksinkuljettajan ammattitutkintoa, 2 lähihoitajaa. Kaikilla ensiapukurssi.",
        "sv": "7 yrkesexamina för taxiförare, 2 närvårdare. Alla har gått kurs i första hjälpen.",
    },
    "self_monitoring_address": {
        "fi": "https://www.kyyti.example/omavalvonta",
        "sv": "https://www.skjuts.example/egenkontroll",
    },
    "feedback": {
        "fi": "Soittamalla, sähköpostilla tai autossa olevalla lomakkeella. Vastaamme viikossa.",
        "sv": "Per telefon, per e-post eller med blanketten i bilen. Vi svarar inom en vecka.",
    },
    "substitutes": {
        "fi": "Toinen kuljettajamme ottaa vuoron. Jos auto myöhästyy, soitamme asiakkaalle.",
        "sv": "En annan av våra förare tar över. Om bilen är försenad ringer vi klienten.",
    },
    "starts_on": {"fi": "1.1.2027", "sv": "1.1.2027"},
    "new_clients": {"fi": "20", "sv": "20"},
    "vehicle_count": {"fi": "5", "sv": "5"},
    "accessible_vehicle_count": {"fi": "3", "sv": "3"},
}
NO: Final = ("subcontractors",)
QUESTION = {"fi": "Ajatteko myös Tuusulassa?", "sv": "Kör ni också i Tusby?"}
NUMBERS = {("fi", False): 11, ("fi", True): 12, ("sv", False): 13, ("sv", True): 14}


@dataclass
class Walk:
    """A person on a phone: every page is looked at, must fit its width and be in the person's language."""

    page: Page
    language: str
    scripts: bool
    pages: int = 0
    read: int = 0
    typed: int = 0
    files: int = 0
    seen: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Read the page just opened; a page seen before is only glanced at."""
        self.pages += 1
        found = self.page.evaluate(
            "[document.documentElement.lang, document.documentElement.scrollWidth,"
            " document.querySelector('main').innerText]"
        )
        assert found[0] == self.language, self.page.url
        assert found[1] <= PHONE["width"], f"{self.page.url} is {found[1]} px wide"
        fresh = set(found[2].split("\n")) - self.seen
        self.read += sum(len(line.split()) for line in fresh)
        self.seen |= fresh

    def open(self, address: str) -> None:
        """Open an address: where the journey begins, or a link from a mail."""
        self.page.goto(address)
        self.look()

    def follow(self, link: str) -> None:
        """Follow the first link of the page's content that the selector finds."""
        people.follow(self.page.locator(f"main {link}").first)
        self.look()

    def write(self, name: str, text: str) -> None:
        """Type into a field."""
        self.page.fill(f"main [name='{name}']", text)
        self.typed += len(text)

    def attach(self, path: Path) -> None:
        """Choose a file."""
        self.page.set_input_files("[name=document]", path)
        self.files += 1

    def press(self, form: str = "form") -> None:
        """Press a form's main button."""
        people.send(self.page, self.page.locator(f"main {form}").first)
        self.look()

    @property
    def minutes(self) -> float:
        """Reading, typing, waiting and finding files, as `docs/applying.md` counts them."""
        seconds = self.pages * SECONDS_A_PAGE + self.files * SECONDS_A_FILE
        return self.read / WORDS_A_MINUTE + self.typed / TYPED_A_MINUTE + seconds / 60


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real PDF file and one that only says it is one."""
    folder = tmp_path_factory.mktemp("papers")
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.write(folder / "todistus.pdf")
    (folder / "ohjelma.pdf").write_bytes(b"MZ\x90\x00 program")
    return folder


@pytest.fixture(scope="module")
def office(portal: Portal) -> Iterator[Office]:
    """The office's people at the portal's own database."""
    app = create_app(settings_for(portal.database_url, portal.folder))
    with app.app_context():
        yield Office(portal, app.extensions["database"], FileStore.of(app.extensions["settings"]))
    app.extensions["database"].dispose()


@pytest.fixture
def phone(browser: Browser, language: str, scripts: bool) -> Iterator[BrowserContext]:
    """A phone."""
    context = browser.new_context(
        locale=f"{language}-FI", viewport=PHONE, reduced_motion="reduce", java_script_enabled=scripts
    )
    context.set_default_timeout(people.PATIENCE)
    yield context
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("engine_name", "language", "scripts"),
    [
        (ENGINES[0], "fi", True),
        (ENGINES[0], "sv", False),
        (ENGINES[-1], "fi", False),
        (ENGINES[-1], "sv", True),
    ],
    indirect=["engine_name"],
    scope="session",
)
def test_applying_completing_widening_and_leaving_on_a_phone(
    portal: Portal, office: Office, phone: BrowserContext, papers: Path, language: str, scripts: bool
) -> None:
    company = people.Company(language, NUMBERS[language, scripts])
    walk = Walk(phone.new_page(), language, scripts)

    address = _apply(walk, portal, company, papers)
    assert walk.files == 2, "one report and the insurance"
    assert walk.pages <= 26
    assert 15 <= walk.minutes <= 30, walk.minutes
    _going_back_and_sending_again_changes_nothing(walk, office, address)

    office.ask(address, QUESTION[language])
    _complete(walk, portal, company, address)
    office.approve(address)

    supplement = _widen(walk, address)
    office.approve(supplement)
    assert office.areas(address) == {"transport": [HYVINKAA, JARVENPAA, TUUSULA]}
    _leave(walk, portal, office, company, address)


def _apply(walk: Walk, portal: Portal, company: people.Company, papers: Path) -> str:
    """Register and apply; the application's address."""
    _register(walk, portal, company)
    walk.follow("a[href$='/applications']")
    walk.press(f"form[action*='/applications/start/{PILOT}']")
    address = walk.page.url
    walk.follow(".task-list a")
    _company(walk)
    assert walk.page.url == f"{address}/services", "from the company straight on"
    walk.page.check("[name=services][value=transport]")
    walk.press()
    walk.page.check(f"[name=municipalities][value='{JARVENPAA}']")
    walk.press()
    while "/sections/" in walk.page.url:
        _answer(walk)
    _prove(walk, papers)
    walk.page.check("[name=accepted]")
    walk.press()
    assert walk.page.url == f"{address}/check"

    _press_twice(walk)
    assert walk.page.url == f"{address}/receipt"
    return address


def _register(walk: Walk, portal: Portal, company: people.Company) -> None:
    walk.open(portal.url(f"/{company.language}/provider/register"))
    for name, text in {
        "name": "Aino Alku",
        "email": company.email,
        "password": people.OWN_PASSWORD,
        "business_id": company.business_id,
        "official_name": company.name,
        "phone": "040 555 0100",
    }.items():
        walk.write(name, text)
    walk.page.select_option("[name=legal_form]", "limited_company")
    walk.press()
    walk.open(people.link_in(portal.mailbox.await_message(company.email, ""), "/register/confirm"))
    walk.press("form[action$='/register/confirm']")


def _company(walk: Walk) -> None:
    assert walk.page.locator("[name=official_name]").input_value(), "what is known is not asked again"
    for name, text in {
        "street": "Kotikuja 1",
        "postal_code": "04400",
        "city": "Järvenpää",
        "iban": "FI21 1234 5600 0007 85",
    }.items():
        walk.write(name, text)
    _lose_the_connection(walk)


def _lose_the_connection(walk: Walk) -> None:
    """The page is sent in a tunnel, and again behind it: what was typed arrives."""
    page = walk.page
    sending = page.locator("main form.form-page button").first
    page.context.set_offline(True)
    if walk.scripts:
        people.press(sending)
        page.locator("[data-offline-note]").wait_for()
        page.context.set_offline(False)
        page.locator("[data-offline-note]").wait_for(state="detached")
        walk.press()
    else:
        with page.expect_event("framenavigated"):  # to the browser's own page that says so
            sending.click(no_wait_after=True)
        page.context.set_offline(False)
        page.reload()
        walk.look()


def _answer(walk: Walk) -> None:
    """Answer the questions of a section; nothing is left open by it."""
    page = walk.page
    for group in page.locator("main fieldset:has(input)").all():
        choices = group.locator("input")
        name = (choices.first.get_attribute("name") or "").removeprefix("q-")
        (choices.last if name in NO else choices.first).check()
    for box in page.locator("main form input[type=checkbox]:not(fieldset input)").all():
        box.check()
    for name, text in ANSWERS.items():
        if page.locator(f"main [name='q-{name}']").count():
            walk.write(f"q-{name}", text[walk.language])
    section = page.url
    walk.press()
    assert page.url != section, page.inner_text("main")


def _prove(walk: Walk, papers: Path) -> None:
    """Three proofs with two files. A file that is not what it says is refused, and what was typed is kept."""
    page, issued = walk.page, _typed(-10)
    assert page.url.endswith("/evidence")
    walk.follow("a[href$='/evidence/liability_insurance']")
    page.set_input_files("[name=document]", papers / "ohjelma.pdf")
    for name, text in {"issued_on": issued, "valid_until": _typed(300), "insured_sum": "1000000"}.items():
        walk.write(name, text)
    people.send(page)
    assert page.locator("#document[aria-invalid=true]").count() == 1, page.inner_text("main")
    assert page.locator("[name=issued_on]").input_value() == issued
    walk.attach(papers / "todistus.pdf")
    walk.press()
    walk.follow("a[href$='/evidence/vehicle_permit']")
    walk.write("number", "4711/2026")
    walk.write("issued_on", issued)
    walk.press()
    walk.follow("a[href$='/evidence/reliable_partner']")
    walk.attach(papers / "todistus.pdf")
    walk.write("issued_on", issued)
    walk.press()
    assert page.url.endswith("/rulebook"), "nothing is lacking: straight on"


def _press_twice(walk: Walk) -> None:
    """The button is pressed and, before the answer comes, once more."""
    form = walk.page.locator("main form").first
    sent = dict(form.locator("input[type=hidden]").evaluate_all("all => all.map(i => [i.name, i.value])"))
    first = walk.page.context.request.post(walk.page.url, form=sent)
    assert first.url.endswith("/receipt")
    walk.press()


def _going_back_and_sending_again_changes_nothing(walk: Walk, office: Office, address: str) -> None:
    assert walk.page.locator("main a[href*='/files/']").count() == 1, "the receipt leads to the copy"
    walk.page.goto(f"{address}/check")
    assert walk.page.url.endswith("/receipt"), "what has been sent is not sent again"
    walk.page.goto(f"{address}/services")
    assert walk.page.url == address, "a page that is closed leads to the application"
    assert office.copies(address) == 1, "sent twice, one application"


def _complete(walk: Walk, portal: Portal, company: people.Company, address: str) -> None:
    """From the mail to the part that is asked for, and back to the office with a message."""
    page = walk.page
    mail = portal.mailbox.await_message(company.email, {"fi": "Täydennä", "sv": "Komplettera"}[walk.language])
    body = mail.get_body()
    assert body is not None
    assert QUESTION[walk.language] in body.get_content()
    walk.open(address)
    assert QUESTION[walk.language] in page.inner_text("main")
    walk.follow("a[href$='/services']")
    assert page.locator("[name=services][value=transport]").is_checked()
    walk.follow("a[href$='/services/transport']")
    page.check(f"[name=municipalities][value='{TUUSULA}']")
    walk.press()
    assert page.url == f"{address}/check", "nothing else is asked"
    assert page.locator("main a[href$='/sections/staff']").count() == 0, "what was not asked stays closed"
    walk.press()
    assert page.url == f"{address}/receipt"
    walk.follow(f"a[href$='/applications/{_number(address)}']")
    walk.follow("a[href$='/messages']")
    walk.write("text", "Hei! Hej!")
    walk.press("form:has([name=text])")
    assert "Hei! Hej!" in page.inner_text("main")


def _widen(walk: Walk, address: str) -> str:
    """Apply for one municipality more; the address of the supplementary application."""
    page = walk.page
    walk.open(address)
    assert page.locator("main a[href*='/files/']").count() >= 2, "the decision and the copies"
    walk.press(f"form[action*='/applications/start/{PILOT}']")
    supplement = page.url
    assert supplement != address
    assert page.locator("main .task-list li").count() == 1, "nothing but the services is asked"
    walk.follow(".task-list a")
    page.check("[name=services][value=transport]")
    walk.press()
    assert not page.locator(f"[name=municipalities][value='{TUUSULA}']").count(), "what is approved is known"
    page.check(f"[name=municipalities][value='{HYVINKAA}']")
    walk.press()
    assert page.url == f"{supplement}/check"
    walk.press()
    assert page.url == f"{supplement}/receipt"
    return supplement


def _leave(walk: Walk, portal: Portal, office: Office, company: people.Company, address: str) -> None:
    """Begin to apply for more, then leave: the draft falls, the offers are hidden, the office hears of it."""
    page, home = walk.page, address.rsplit("/applications", 1)[0]
    listed = portal.url(f"/{company.language}/providers?q={quote(company.name)}&pilot={PILOT}")
    own = page.locator("main .results h3", has_text=company.name)
    people.await_catalogue(page, listed, lambda: own.count() == 1)
    walk.open(address)
    walk.press(f"form[action*='/applications/start/{PILOT}']")
    draft = page.url
    walk.open(f"{home}/participation")
    walk.follow(f"a[href$='/{PILOT}/leave']")
    walk.press()
    assert page.locator("[name=understood][aria-invalid=true]").count() == 1, "leaving is confirmed"
    page.check("[name=understood]")
    walk.press()
    assert not page.locator(f"main a[href*='/{PILOT}/leave']").count()
    assert office.state(draft) == "withdrawn"
    assert office.areas(address) == {}
    people.await_catalogue(page, listed, lambda: own.count() == 0)
    office.portal.mailbox.await_message("coordinator@demo.fi", company.name)


def _number(address: str) -> int:
    return int(address.rstrip("/").rsplit("/", 1)[1])


def _typed(days: int) -> str:
    """A day so many from today, as it is typed."""
    day = TODAY + timedelta(days=days)
    return f"{day.day}.{day.month}.{day.year}"


@dataclass
class Office:
    """The office's people, acting by their verbs."""

    portal: Portal
    database: Database
    store: FileStore

    @contextmanager
    def _at(self, email: str, address: str) -> Iterator[tuple[Session, Application, Actor]]:
        with self.database.transaction() as session:
            user = user_by_email(session, email)
            assert user is not None
            actor = actor_of(user)
            yield session, queries.for_office(work_of(session, actor), _number(address), lock=True), actor

    def ask(self, address: str, words: str) -> None:
        """Ask for the services to be completed, and write a message."""
        now = datetime.now(UTC)
        with self._at("reviewer@demo.fi", address) as (session, application, actor):
            take(work_of(session, actor, now=now), application)
            request_completion(
                work_of(session, actor, now=now),
                application,
                [AskedItem("services", words)],
                due_on=TODAY + timedelta(days=14),
            )
            messages.write(work_of(session, actor, now=now), application, words, side=Side.OFFICE)

    def approve(self, address: str) -> None:
        """Propose and decide that everything is approved."""
        now = datetime.now(UTC)
        with self._at("reviewer@demo.fi", address) as (session, application, actor):
            if application.state == "submitted":
                take(work_of(session, actor, now=now), application)
            lines = [
                LineProposal(line.id, Outcome.APPROVED, "Täyttää sääntökirjan ehdot.")
                for line in application.lines
            ]
            reviewing.propose(work_of(session, actor, now=now), application, lines)
        with self._at("decider@demo.fi", address) as (session, application, actor):
            seen = deciding.seen_mark(application)
            deciding.decide(work_of(session, actor, now=now), application, seen=seen, store=self.store)

    def copies(self, address: str) -> int:
        """How many copies of what was sent are kept."""
        with self.database.read() as session:
            kept = sa.select(sa.func.count()).where(SentCopy.application_id == _number(address))
            return session.scalar(kept) or 0

    def state(self, address: str) -> str:
        """The state of an application."""
        with self.database.read() as session:
            return session.get_one(Application, _number(address)).state

    def areas(self, address: str) -> dict[str, list[str]]:
        """What the applicant is approved for in the pilot now."""
        with self.database.read() as session:
            provider = session.get_one(Application, _number(address)).provider_id
            return approved_areas(session, provider, PILOT)
