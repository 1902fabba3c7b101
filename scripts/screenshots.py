"""Pictures of the portal's pages in both languages, wide and on a phone, light and dark.

python -m scripts.screenshots                    every picture, into build/screenshots/
python -m scripts.screenshots --only search      only the pages whose name holds the word
python -m scripts.screenshots --readme           only the two pictures of the README, into docs/pictures/
python -m scripts.screenshots --address URL      of a portal that runs already, with demo content
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.portal import ROOT, demo_portal, get_json

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PASSWORD = "palvelutori-demo"  # noqa: S105 - of the demo accounts, told to everybody
SEARCH = {"fi": "päivätoimintaa", "sv": "dagverksamhet"}
Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Subject:
    """One page to take: its path after the language, and whose it is (`None`: everybody's)."""

    name: str
    path: str
    account: str | None = None


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    language: str
    width: int
    scheme: Scheme

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.scheme}"


LOOKS = (
    Look("fi", 1280, "light"),
    Look("sv", 390, "light"),
    Look("fi", 390, "dark"),
    Look("sv", 1280, "dark"),
)
README = {"search": Look("fi", 1280, "light"), "compare": Look("sv", 1280, "light")}


def subjects(address: str, language: str) -> Iterator[Subject]:
    """The pages of the slice; offers are the first that the search finds."""
    query = urlencode({"q": SEARCH[language]})
    found = [
        str(offer["id"])
        for offer in get_json(address, f"/offers?lang={language}&per_page=3&{query}")["items"]
    ]
    yield Subject("start", "/")
    yield Subject("search", f"/services?{query}")
    yield Subject("offer", f"/services/{found[0]}")
    yield Subject("compare", "/compare?" + urlencode([("offer", key) for key in found]))
    yield Subject("providers", "/providers")
    yield Subject("pilots", "/pilots")
    yield Subject("pilot", "/pilots/keusote-2022")
    yield Subject("about", "/about/accessibility")
    yield Subject("sign-in", "/account/sign-in")
    yield Subject("provider", "/provider/", "provider@demo.fi")
    yield Subject("new-provider", "/provider/", "newprovider@demo.fi")
    yield Subject("office", "/office/", "reviewer@demo.fi")


def take(browser: Browser, address: str, subject: Subject, look: Look, target: Path) -> None:
    """One picture of the whole page; a page that does not answer 200 is told and not taken."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900},
        color_scheme=look.scheme,
        reduced_motion="reduce",
        locale=look.language,
    )
    page = context.new_page()
    if subject.account:
        sign_in(page, f"{address}/{look.language}/account/sign-in", subject.account)
    answer = page.goto(f"{address}/{look.language}{subject.path}", wait_until="networkidle")
    if answer is None or answer.status != 200:
        print(
            f"{subject.name}: {look.language}{subject.path} answered {answer and answer.status}",
            file=sys.stderr,
        )
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target, full_page=target.parent.name != "pictures")
    context.close()


def sign_in(page: Page, address: str, account: str) -> None:
    """Sign in with a demo account."""
    page.goto(address)
    page.locator("input[name=email]").fill(account)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")


def main() -> None:
    """Take the pictures asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="")
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--address")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    arguments = parser.parse_args()
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit("Chromium is not installed: apt-get install chromium-headless-shell")
    running = nullcontext(arguments.address) if arguments.address else demo_portal()
    with running as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        if arguments.readme:
            for name, look in README.items():
                subject = next(one for one in subjects(address, look.language) if one.name == name)
                take(browser, address, subject, look, ROOT / "docs" / "pictures" / f"{name}.png")
        else:
            for look in LOOKS:
                for subject in subjects(address, look.language):
                    if arguments.only in subject.name:
                        take(browser, address, subject, look, arguments.out / f"{subject.name}-{look}.png")
        browser.close()


if __name__ == "__main__":
    main()
