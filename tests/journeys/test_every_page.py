"""Every page × both languages × four widths × light and dark: accessible, within the screen, valid, all translated.

Two engines look for what is not accessible, axe and IBM Equal Access (WCAG 2.2): each finds things the other does not.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from playwright.sync_api import Browser, Page

from marketplace.config import ROOT
from marketplace.db import Database
from tests.journeys import mailed, people, visits
from tests.journeys.conftest import Portal

DESK, PHONE, NARROWEST = 1280, 390, 320
"""Pixels. `test_no_style_sheet_tells_the_two_narrow_screens_apart` proves what is left out at NARROWEST."""
ENLARGED = 195
"""The layout of a phone whose text is set to 200 % (WCAG 2.2, 1.4.4 and 1.4.10): nothing may scroll sideways."""

STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""What the dark scheme can break that the light one does not show: it changes colours and nothing else."""
LAYOUT_RULES = ["target-size", "scrollable-region-focusable"]
"""What less room can break: targets come too near to one another, a part of the page begins to scroll."""

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

STAND_STILL = """() => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { transition: none !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
}"""
"""From here on colours change at once: on their way from light to dark they belong to no scheme."""

EQUAL_ACCESS = (ROOT / "node_modules" / "accessibility-checker-engine" / "ace.js").read_text(encoding="utf-8")
RUN_EQUAL_ACCESS = """async () => {
    const folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach(part => part.open = true);
    await new Promise(unfolded => setTimeout(unfolded, 400));
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

LOOKED_AT_IN: Final = "fi"
"""The language in which the second engine looks at a page: the other one has the same elements, and a run costs as much
as the rest of the walk of the page.
"""

STANDS: Final[dict[str, str]] = {
    "html_lang_exists": "said of a file in its frame, which the browser makes; `test_page` asks it of the page",
}
"""Rules of the second engine whose findings stand, each with its reason."""

PAGES = [(endpoint, language) for endpoint in visits.page_endpoints() for language in ("fi", "sv")]
LEAST_WORDS = 4
WIDTH_CONDITION = re.compile(r"""(?:@media|@container|matchMedia\()([^{;]*(?:width|inline-size)[^{;]*)""")
LENGTH = re.compile(r"([\d.]+)(px|r?em)")
CHECKS: dict[Literal["light", "dark"], dict[int, dict[str, Any] | None]] = {
    "light": {
        DESK: {"type": "tag", "values": STANDARD},
        PHONE: {"type": "tag", "values": STANDARD},
        NARROWEST: {"type": "rule", "values": LAYOUT_RULES},
        ENLARGED: None,
    },
    "dark": {
        NARROWEST: None,
        PHONE: {"type": "rule", "values": COLOUR_RULES},
        DESK: {"type": "rule", "values": COLOUR_RULES},
    },
}
"""What axe looks at in each scheme and at each width: everything that can differ from what it has seen before.

The narrowest screen shows the same elements as the phone in the same colours, with less room. A run of axe costs as
much as opening the page, and most of that is its rules. The widths go down in light and up again in dark, each a short
way from the one before.
"""

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
    """English source strings that are long enough to be told from a name and hold no placeholder."""
    with (ROOT / "translations" / "fi" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    messages = [message.id for message in catalogue if isinstance(message.id, str)]
    return [text for text in messages if len(text.split()) >= LEAST_WORDS and "%" not in text]


@pytest.fixture(scope="session")
def validate() -> Iterator[Callable[[str], list[str]]]:
    """What is wrong with the HTML of a page, by one validator for all pages of a worker."""
    program = ["node", str(ROOT / "tests" / "journeys" / "validate.mjs")]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
    ) as validator:
        assert validator.stdin is not None
        assert validator.stdout is not None
        source, answers = validator.stdin, validator.stdout

        def faults_of(html: str) -> list[str]:
            source.write(json.dumps(html) + "\n")
            faults: list[str] = json.loads(answers.readline())
            return faults

        yield faults_of
        source.close()


@pytest.mark.browser
@pytest.mark.embedded
@pytest.mark.parametrize(("endpoint", "language"), PAGES)
def test_page(
    portal: Portal,
    opener: Opener,
    secret: Callable[[str], str],
    sources: list[str],
    validate: Callable[[str], list[str]],
    endpoint: str,
    language: str,
) -> None:
    database = Database(portal.database_url)
    with database.read() as session:
        visit = visits.visit(endpoint, language, session, secret)
    database.dispose()
    page = opener(visit.who)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESK, "height": 900})
    answer = page.goto(portal.url(visit.path))
    assert answer is not None
    assert answer.status == 200, f"{visit.path} answers {answer.status}"
    html = answer.text()
    assert page.locator("html").get_attribute("lang") == language
    assert not page.evaluate("document.title").startswith("–"), "the page has a name"
    words = page.inner_text("body")
    assert [text for text in sources if text in words] == [], "English left over"
    if language == LOOKED_AT_IN:
        assert list(_second_opinion(page)) == []
    assert list(_faults(page)) == []
    assert validate(html) == []


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


def _faults(page: Page) -> Iterator[tuple[int, str, Any]]:
    """What is wrong with the page that is open in light, in each scheme and at each width."""
    page.evaluate(AXE)
    page.evaluate(STAND_STILL)
    for scheme, widths in CHECKS.items():
        page.emulate_media(color_scheme=scheme)
        for width, rules in widths.items():
            page.set_viewport_size({"width": width, "height": 900})
            faults, wide = page.evaluate(LOOK, rules)
            yield from ((width, scheme, fault) for fault in faults)
            if wide > width:
                yield width, scheme, f"scrolls sideways to {wide}"
