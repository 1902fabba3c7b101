"""Two whole portals that share one search server: what is told on one is found on both, whichever machine lives."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from scripts.portal import get_json
from scripts.search_server import Server, server
from tests.cluster.conftest import DEMO, Node, offers_of, signed_in, two_nodes
from tests.cluster.postgres import Servers
from tests.cluster.test_cluster import told
from tests.forms import hidden_on
from tests.journeys.conftest import run_commands

Offer = dict[str, Any]
EVERY = "/offers?lang=fi&per_page=100"
ASKED = (
    EVERY,
    "/offers?lang=fi",
    "/offers?lang=sv",
    "/offers?lang=fi&q=siivous",
    "/offers?lang=sv&q=taxi",
    "/offers?available=1",
)
WHO = "provider@demo.fi"
AT_MOST = 20.0
"""Seconds within which a change is found on both machines: a turn of the follower, or two on a busy machine."""


@dataclass(frozen=True)
class Sharing:
    """Two portals over one database, one store of files and one search server."""

    servers: Servers
    search: Server
    nodes: tuple[Node, Node]

    def answers(self, path: str) -> list[list[Offer]]:
        """What each machine answers, the addresses of pages without the machine's own."""
        found = [get_json(node.address, path)["items"] for node in self.nodes]
        return [[{**item, "url": urlsplit(item["url"]).path} for item in items] for items in found]

    def of_the_company(self) -> Offer:
        """An offer of the company that `Company` acts for, as the catalogue shows it."""
        own = {offer for _company, offer in offers_of(self.servers, WHO)}
        return next(each for each in self.answers(EVERY)[0] if each["id"] in own)

    def until_both(self, offer: Offer, state: str) -> float:
        """Seconds until both machines tell that an offer's free places stand so."""
        return max(told_by(node, offer, state) for node in self.nodes)


def told_by(node: Node, offer: Offer, state: str) -> float:
    """Seconds until a machine tells that an offer's free places stand so; AT_MOST are waited."""
    began, found = time.monotonic(), ""
    while (waited := time.monotonic() - began) < AT_MOST:
        items = get_json(node.address, EVERY)["items"]
        found = next(item["availability"]["state"] for item in items if item["id"] == offer["id"])
        if found == state:
            return waited
        time.sleep(0.1)
    raise AssertionError(f"{node.name} still tells {found}")


class Company:
    """A person of a company at one machine who tells of free places."""

    def __init__(self, node: Node, offer: Offer) -> None:
        self._browser = signed_in(node.address, WHO)
        company = offer["provider"]["id"]
        self._page = f"{node.address}/fi/provider/{company}/offers/{offer['id']}/availability"

    def tell(self, state: str) -> None:
        """Say how many places are free."""
        form = self._browser.get(self._page, timeout=30)
        entries = {**hidden_on(form.text), "state": state}
        sent = self._browser.post(self._page, data=entries, timeout=30)
        assert sent.ok, sent.status_code


@pytest.fixture(scope="module")
def sharing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sharing]:
    """Both portals with a little demo content, brought into the server's index by one of them."""
    servers = Servers()
    with server() as search:
        a, b = two_nodes(tmp_path_factory.mktemp("sharing"), servers, SEARCH_URL=search.url())
        try:
            run_commands(*DEMO, environment=a.environment)
            a.start()
            b.start()
            yield Sharing(servers, search, (a, b))
        finally:
            for node in (a, b):
                node.end(signal.SIGKILL)
            servers.end()


def test_both_machines_give_the_same_answers(sharing: Sharing) -> None:
    for path in ASKED:
        first, second = sharing.answers(path)
        assert first == second, path
    assert sharing.answers("/offers?lang=fi")[0]


def test_what_is_told_on_one_machine_is_found_on_both(sharing: Sharing) -> None:
    offer = sharing.of_the_company()
    waited = []
    for node, state in zip(sharing.nodes * 2, ("full", "now", "full", "now"), strict=True):
        Company(node, offer).tell(state)
        waited.append(sharing.until_both(offer, state))
    told(
        "a change found on both machines over one search server", seconds=[round(each, 2) for each in waited]
    )


def test_the_machine_that_is_left_brings_changes_into_the_index(sharing: Sharing) -> None:
    """Whoever had the turn to write is killed; its lock goes with it."""
    offer, (a, b) = sharing.of_the_company(), sharing.nodes
    company = Company(b, offer)
    a.end(signal.SIGKILL)
    try:
        company.tell("full")
        told_by(b, offer, "full")
    finally:
        a.start()
    first, second = sharing.answers(EVERY)
    assert first == second


def test_a_search_server_that_is_away_loses_no_change(sharing: Sharing) -> None:
    """Searches say so meanwhile, what a company tells is taken, and both find it when the server is back."""
    offer = sharing.of_the_company()
    company = Company(sharing.nodes[0], offer)
    for node in sharing.search.nodes:
        node.end()
    answers = [requests.get(f"{node.address}/api/v1/offers?lang=fi", timeout=30) for node in sharing.nodes]
    company.tell("now")
    sharing.search.start()
    assert [(each.status_code, each.json()["error"]["code"]) for each in answers] == [
        (503, "unavailable")
    ] * 2
    sharing.until_both(offer, "now")
