"""Every page × both languages × four widths × light and dark: accessible, within the screen, valid, all translated.

Two engines look for what is not accessible, axe and IBM Equal Access (WCAG 2.2): each finds things the other does not.
What cannot come out otherwise than it did before is not asked again: docs/decisions/0080-what-a-page-is-asked-once.md.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from marketplace.config import ROOT
from marketplace.db import Database
from marketplace.pilots import vocabulary
from tests.journeys import axe_rules, mailed, people, visits
from tests.journeys.axe_rules import STANDARD
from tests.journeys.conftest import Portal
from tests.page_texts import source_strings, validator
from tests.slips import slips

DESK, PHONE, NARROWEST = 1280, 390, 320
"""Pixels. `test_no_style_sheet_tells_the_two_narrow_screens_apart` proves what is left out at NARROWEST."""
ENLARGED = 195
"""The layout of a phone whose text is set to 200 % (WCAG 2.2, 1.4.4 and 1.4.10): nothing may scroll sideways."""

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
LOOK = """async rules => {
    const faults = [];
    if (rules) {
        const result = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
        faults.push(...result.violations.map(
            fault => [fault.id, fault.nodes.map(node => node.target.join(' ')).slice(0, 4)]));
    }
    const width = () => document.documentElement.scrollWidth;
    for (let time = 0; time < 20 && width() > window.innerWidth; time++) {
        await new Promise(resolve => setTimeout(resolve, 50));
    }
    return [faults, width()];
}"""
"""What axe finds by the rules, and how wide the page is once the new width of the window has reached all of it."""

ASKED = """async rules => {
    const result = await axe.run(document, {runOnly: rules});
    const lists = [result.inapplicable, result.incomplete, result.passes, result.violations];
    return [...new Set(lists.flat().map(rule => rule.id))];
}"""
"""The names of the rules that a run asks; axe leaves those out that are still being tried."""

STAND_STILL = """() => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { transition: none !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
}"""
"""From here on colours change at once: on their way from light to dark they belong to no scheme."""

EQUAL_ACCESS = (ROOT / "node_modules" / "accessibility-checker-engine" / "ace.js").read_text(
    encoding="utf-8"
) + "\nwindow.ace = ace;"
RUN_EQUAL_ACCESS = """async () => {
    const folded = [...document.querySelectorAll("details:not([open])")];
    if (folded.length) {
        folded.forEach(part => part.open = true);
        await new Promise(unfolded => setTimeout(unfolded, 400));
    }
    const report = await new ace.Checker().check(document, ["WCAG_2_2"]);
    folded.forEach(part => part.open = false);
    return report.results.filter(result => result.value.join() === "VIOLATION,FAIL").map(
        result => [result.ruleId, result.message, result.path.dom, result.snippet]);
}"""
"""What is folded away is opened first, which takes a moment: the engine does not see folded words and takes their
fields for nameless.

Only what is certainly wrong counts. What the engine calls potential or manual asks a person to look; it says so of
every style sheet and every skip link.
"""

STANDS: Final[dict[str, str]] = {
    "html_lang_exists": "said of a file in its frame, which the browser makes; `test_page` asks it of the page",
}
"""Rules of the second engine whose findings stand, each with its reason."""

WIDTH_CONDITION = re.compile(r"""(?:@media|@container|matchMedia\()([^{;]*(?:width|inline-size)[^{;]*)""")
LENGTH = re.compile(r"([\d.]+)(px|r?em)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DARK = re.compile(
    r"""@media[^{]*prefers-color-scheme:\s*dark|[^{}]*\[data-color-scheme=["']?dark[^{}]*(?=\{)"""
)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
DECLARED = re.compile(r"([\w-]+)\s*:")
OF_A_LANGUAGE = re.compile(r":lang\([^)]*\b(?:fi|sv)\b|\[(?:href)?lang")


@dataclass(frozen=True)
class Look:
    """What axe is asked of a page in a scheme and at a width (None: only whether the page fits)."""

    scheme: Literal["light", "dark"]
    width: int
    rules: dict[str, Any] | None


def _only(*names: str) -> dict[str, Any]:
    return {"type": "rule", "values": names}


EVERY_RULE: Final = {"type": "tag", "values": STANDARD}
WHOLE: Final = (
    Look("light", DESK, EVERY_RULE),
    Look("dark", DESK, _only(*axe_rules.COLOUR)),
    Look("dark", PHONE, _only(*axe_rules.COLOUR)),
    Look("light", PHONE, EVERY_RULE),
    Look("light", NARROWEST, _only(*axe_rules.ROOM)),
    Look("light", ENLARGED, None),
)
"""All looks at a page. The narrowest screen shows what the phone shows, in the same colours, with less room. The dark
scheme changes colours and nothing else (`test_the_dark_scheme_changes_colours_alone`).
"""
OTHER_WORDS: Final = (
    Look("light", ENLARGED, None),
    Look("light", NARROWEST, _only(*axe_rules.ROOM)),
    Look("light", PHONE, _only(*axe_rules.ROOM, *axe_rules.WORDS)),
    Look("light", DESK, _only(*axe_rules.ROOM, *axe_rules.WORDS)),
)
"""What other words can break in a page whose elements and style sheets have been looked at."""
ONCE_MORE: Final = "pages.start"
"""A page that is looked at with every rule in both languages, for the parts of the frame."""

Opener = Callable[[str | None], Page]


@pytest.fixture(scope="session")
def opener(portal: Portal, browser: Browser) -> Iterator[Opener]:
    """The one tab of a person, who signs in once: opening a tab costs more than a page."""
    tabs: dict[str | None, Page] = {}

    def open_for(who: str | None) -> Page:
        if who not in tabs:
            tabs[who] = people.fresh_page(browser, "fi")
            if who is not None:
                people.sign_in(tabs[who], portal, who)
            tabs[who].add_init_script(AXE)  # sent once, and compiled once by each renderer
        return tabs[who]

    yield open_for
    for tab in tabs.values():
        tab.context.close()


@pytest.fixture(scope="session")
def secret(portal: Portal, opener: Opener, core_app: Flask) -> Callable[[str], str]:
    """What only a mail tells of a page's address; each mail is sent once."""

    @functools.cache
    def told(endpoint: str) -> str:
        with core_app.app_context():
            return mailed.secret(endpoint, portal, opener(None))

    return told


@pytest.fixture(scope="session")
def sources() -> list[str]:
    """What no page says in English."""
    return source_strings()


@pytest.fixture(scope="session")
def validate() -> Iterator[Callable[[str], list[str]]]:
    """What is wrong with the HTML of a page, by one validator for all pages of a worker."""
    with validator() as faults_of:
        yield faults_of


@pytest.mark.browser
@pytest.mark.embedded
@pytest.mark.parametrize("endpoint", visits.page_endpoints())
def test_page(
    portal: Portal,
    opener: Opener,
    secret: Callable[[str], str],
    sources: list[str],
    validate: Callable[[str], list[str]],
    endpoint: str,
) -> None:
    """The Finnish page from the desk down to the narrowest screen, and the Swedish one up again."""
    finnish, html = _opened(portal, opener, secret, endpoint, "fi")
    assert _english(finnish, sources) == []
    assert _slips(finnish) == []
    assert validate(html) == []
    skeleton = finnish.evaluate(axe_rules.SKELETON)
    assert list(_second_opinion(finnish)) == []
    assert list(_faults(finnish, WHOLE)) == []
    swedish, html = _opened(portal, opener, secret, endpoint, "sv")
    assert validate(html) == []
    same = endpoint != ONCE_MORE and swedish.evaluate(axe_rules.SKELETON) == skeleton
    assert list(_faults(swedish, OTHER_WORDS if same else WHOLE[::-1])) == []
    assert _english(swedish, sources) == []
    assert _slips(swedish) == []


def _slips(page: Page) -> list[str]:
    """Slips of the pen on a page; where a line ends there, its width decides."""
    return [slip for slip in slips(page.inner_text("body")) if not slip.startswith("a separator")]


def _english(page: Page, sources: list[str]) -> list[str]:
    """Source strings left over on a page that stands at the desk, where nothing is folded away for want of room."""
    words = page.inner_text("body")
    return [text for text in sources if text in words]


def _opened(
    portal: Portal, opener: Opener, secret: Callable[[str], str], endpoint: str, language: str
) -> tuple[Page, str]:
    """The tab in which the page stands and the HTML that came: Finnish at the desk, Swedish where that has come to."""
    database = Database(portal.database_url)
    with database.read() as session:
        visit = visits.visit(endpoint, language, session, secret)
    database.dispose()
    page = opener(visit.who)
    if language == "fi":
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": DESK, "height": 900})
    answer = page.goto(portal.url(visit.path))
    assert answer is not None
    assert answer.status == 200, f"{visit.path} answers {answer.status}"
    assert page.locator("html").get_attribute("lang") == language
    assert not page.evaluate("document.title").startswith("–"), "the page has a name"
    return page, answer.text()


def _second_opinion(page: Page) -> Iterator[list[str]]:
    """What the other engine finds on the page as it has been opened: at the desk, in light."""
    page.evaluate(EQUAL_ACCESS)
    yield from (found for found in page.evaluate(RUN_EQUAL_ACCESS) if found[0] not in STANDS)


def test_no_style_sheet_tells_the_two_narrow_screens_apart() -> None:
    """Every condition of width, of the screen or of a container in it, is about more than a phone's width, or about
    less than the narrowest screen: the layout of enlarged text.
    """
    static = ROOT / "marketplace" / "static"
    files = [*static.glob("dist/*.css"), *static.glob("js/*.js")]
    conditions = {
        condition for file in files for condition in WIDTH_CONDITION.findall(file.read_text(encoding="utf-8"))
    }
    assert len(conditions) >= 5, "the conditions are found"
    pixels = {
        float(number) * (1 if unit == "px" else 16)
        for condition in conditions
        for number, unit in LENGTH.findall(condition)
    }
    assert [width for width in pixels if NARROWEST <= width <= PHONE] == []


def test_the_dark_scheme_changes_colours_alone() -> None:
    """What the style sheets say for it are colours; and which of two logos is seen, which take the same room."""
    said = [
        name
        for file in _style_sheets()
        for start in DARK.finditer(file)
        for selector, body in _rules_in(file, start.start())
        for name in DECLARED.findall(body)
        if not ("color" in name or (name == "display" and ".logo" in selector))
    ]
    assert said == []
    for organisation in vocabulary.ORGANISATIONS.values():
        if organisation.logo is not None and organisation.logo_dark is not None:
            assert organisation.logo.width_at(24) == organisation.logo_dark.width_at(24)


def test_no_style_sheet_knows_the_language_of_the_page() -> None:
    """What looks right in one language looks right in the other, but for the length of its words."""
    assert [said for file in _style_sheets() for said in OF_A_LANGUAGE.findall(file)] == []


def test_every_rule_has_a_place(page: Page) -> None:
    """A new rule of axe is asked in both languages until somebody has said what it depends on: here."""
    page.evaluate(AXE)
    names = page.evaluate(ASKED, EVERY_RULE)
    placed = [*axe_rules.COLOUR, *axe_rules.ROOM, *axe_rules.WORDS, *axe_rules.STRUCTURE]
    assert set(placed) ^ set(names) == set()
    assert len(placed) == len(set(placed))


def _style_sheets() -> list[str]:
    """The text of every style sheet, without comments."""
    files = (ROOT / "marketplace" / "static" / "dist").rglob("*.css")
    return [COMMENT.sub("", file.read_text(encoding="utf-8")) for file in files]


def _rules_in(sheet: str, start: int) -> list[tuple[str, str]]:
    """(selector, declarations) of the rule that begins at `start`, or of every rule in the block that does."""
    opened = sheet.index("{", start)
    depth, end = 1, opened + 1
    while depth:
        depth += {"{": 1, "}": -1}.get(sheet[end], 0)
        end += 1
    block = sheet[opened + 1 : end - 1]
    return RULE.findall(block) or [(sheet[start:opened], block)]


def _faults(page: Page, looks: Sequence[Look]) -> Iterator[tuple[int, str, Any]]:
    """What is wrong with the page that is open, in the scheme and at the width of each look."""
    page.evaluate(STAND_STILL)
    for look in looks:
        page.emulate_media(color_scheme=look.scheme)
        page.set_viewport_size({"width": look.width, "height": 900})
        faults, wide = page.evaluate(LOOK, look.rules)
        yield from ((look.width, look.scheme, fault) for fault in faults)
        if wide > look.width:
            yield look.width, look.scheme, f"scrolls sideways to {wide}"
