"""One index for all machines: one follower at a time, nothing missed or half shown, no version in another's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from marketplace.backends import SearchServer
from marketplace.db import Database
from marketplace.i18n import LocalizedText, helsinki_date
from marketplace.offers.models import Offer, OfferVersion
from marketplace.search import changes, documents, following, index_admin, queries, turns
from marketplace.search.engine import DamagedIndex, Document, Position, SearchAway, SearchQuery
from marketplace.search.follower import Follower
from marketplace.search.opensearch import engine as opensearch
from marketplace.search.opensearch import mapping
from marketplace.search.opensearch.engine import OpenSearchOffers
from marketplace.search.opensearch.indices import Indices
from marketplace.search.queries import IndexState
from tests import factories
from tests.factories import NOW

TODAY = helsinki_date(NOW)

pytestmark = pytest.mark.more


@pytest.fixture(autouse=True)
def observed() -> None:
    changes.observe()


def make_offer(database: Database, title: str = "Päivätoimintaa") -> int:
    with database.transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session), "day_activity")
        factories.make_required_evidence(session, approval)
        return factories.make_offer(session, approval, version={"title": LocalizedText(title, title)}).id


def rename(database: Database, offer: int, title: str) -> None:
    with database.transaction() as session:
        version = session.scalars(sa.select(OfferVersion).where(OfferVersion.offer_id == offer)).one()
        version.title = LocalizedText(title, title)


def titles(place: SearchServer) -> list[str]:
    """What a web process shows that has just come to know the server."""
    found = OpenSearchOffers(place).search(SearchQuery(day=TODAY, limit=100))
    return sorted(hit.body.decode().split('"title":')[1].split('"')[3] for hit in found.hits)


def shown(place: SearchServer) -> list[int]:
    return sorted(hit.id for hit in OpenSearchOffers(place).search(SearchQuery(day=TODAY, limit=100)).hits)


def test_two_machines_write_one_index_and_nothing_is_missed(
    database: Database, place: SearchServer, tmp_path: Path
) -> None:
    machines = [Follower(database, tmp_path / name, server=place) for name in ("a", "b")]
    first = make_offer(database)
    machines[0].catch_up(now=NOW)
    second = make_offer(database)
    assert machines[1].catch_up(now=NOW) == 1
    assert machines[0].catch_up(now=NOW) == 0
    assert shown(place) == [first, second]
    with database.transaction() as session:
        session.delete(session.get_one(OfferVersion, 1))
        session.delete(session.get_one(Offer, first))
    assert machines[0].catch_up(now=NOW) == 1
    assert shown(place) == [second]
    with database.read() as session:
        names = {each.name for each in following.followers(session)}
        assert len(following.machines(session, NOW - timedelta(hours=1))) == 2
    assert any(name.startswith(following.SERVER) for name in names)
    assert index_admin.status(database, tmp_path / "a", now=NOW, server=place)["state"] == IndexState.OK


def test_who_has_not_the_turn_leaves_it_to_the_other(
    database: Database, place: SearchServer, tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    follower = Follower(database, folder, server=place)
    make_offer(database)
    with turns.turn(database, folder, wait=False) as mine:
        assert mine
        assert follower.catch_up(now=NOW) == 0
        with turns.turn(database, folder, wait=False) as another:
            assert not another
    assert follower.catch_up(now=NOW) == 1


def test_a_follower_that_was_thought_dead_changes_nothing_back(
    database: Database, place: SearchServer, tmp_path: Path
) -> None:
    follower = Follower(database, tmp_path / "a", server=place)
    offer = make_offer(database)
    follower.catch_up(now=NOW)
    late = OpenSearchOffers(place)
    old = Document(offer, {"fi:vanha": 1.0}, {}, {}, {"fi": "Vanha", "sv": "Gammal"}, body=b"{}")
    rename(database, offer, "Uusi nimi")
    follower.catch_up(now=NOW)
    late.write([old], [offer], Position(low=1))
    assert shown(place) == [offer]
    assert OpenSearchOffers(place).vocabulary().get("fi:vanha") is None


def test_readers_see_the_old_index_or_the_new_one_and_never_half_of_it(
    place: SearchServer, new_documents: Callable[[int, int], list[Document]]
) -> None:
    writer, reader = OpenSearchOffers(place), OpenSearchOffers(place)
    writer.rebuild(new_documents(1, 120), Position(low=1)).swap()
    seen: set[int] = set()
    failed: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                seen.add(reader.search(SearchQuery(day=TODAY)).total)
            except DamagedIndex as error:
                failed.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for low, count in ((2, 70), (3, 90)):
        writer.rebuild(new_documents(1, count), Position(low=low)).swap()
        time.sleep(0.2)
    done.set()
    for thread in threads:
        thread.join()
    assert (failed, seen) == ([], {120, 70, 90})
    assert len(Indices(place).all()) == 1
    writer.refresh()
    assert writer.position() == Position(low=3)


@pytest.fixture
def new_documents() -> Callable[[int, int], list[Document]]:
    """Makes documents with ids from one number to another."""

    def make(first: int, last: int) -> list[Document]:
        return [
            Document(
                id=number,
                keys={"fi:palvelu": 0.5},
                values={"language": ("fi",)},
                prices={"": 1000},
                names={"fi": f"N{number}", "sv": f"N{number}"},
                words={"provider": (f"Esimerkki {number} Oy",)},
                body=b"{}",
            )
            for number in range(first, last + 1)
        ]

    return make


def test_each_version_of_the_program_follows_an_index_of_its_own(
    database: Database, place: SearchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines are upgraded one after the other: the older ones go on with what they know."""
    older = Follower(database, tmp_path / "older", server=place)
    offer = make_offer(database)
    older.catch_up(now=NOW)
    before = OpenSearchOffers(place)
    old_rules = documents.fingerprint()
    new_rules = "0123456789abcdef"
    monkeypatch.setattr(documents, "fingerprint", lambda: new_rules)
    upgraded = OpenSearchOffers(place)
    assert upgraded.search(SearchQuery(day=TODAY)).total == 1, "until its own is made, the other's"
    assert queries.state_of(upgraded) == IndexState.OTHER_RULES
    newer = Follower(database, tmp_path / "newer", server=place)
    newer.catch_up(now=NOW)
    assert queries.state_of(upgraded) == IndexState.OK
    assert len(Indices(place).all()) == 2
    rename(database, offer, "Uusi nimi")
    assert newer.catch_up(now=NOW) == 1
    monkeypatch.setattr(documents, "fingerprint", lambda: old_rules)
    assert titles(place) == ["Päivätoimintaa"]
    assert older.catch_up(now=NOW) == 1
    assert titles(place) == ["Uusi nimi"]
    assert before.search(SearchQuery(day=TODAY)).total == 1
    monkeypatch.setattr(documents, "fingerprint", lambda: new_rules)
    monkeypatch.setattr(opensearch, "FORGOTTEN_AFTER", -60.0)
    Follower(database, tmp_path / "newer", server=place).catch_up(now=NOW)
    [left] = Indices(place).all()
    assert new_rules in left.name


def test_an_index_that_is_lost_is_made_again(database: Database, place: SearchServer, tmp_path: Path) -> None:
    follower = Follower(database, tmp_path / "a", server=place)
    offer = make_offer(database)
    follower.catch_up(now=NOW)
    indices = Indices(place)
    indices.remove([entry.name for entry in indices.all()])
    with pytest.raises(DamagedIndex):
        OpenSearchOffers(place).search(SearchQuery(day=TODAY))
    assert queries.state_of(OpenSearchOffers(place)) == IndexState.MISSING
    assert follower.catch_up(now=NOW) == 1
    assert shown(place) == [offer]
    indices.remove([entry.name for entry in indices.all()])
    rename(database, offer, "Uusi nimi")
    assert follower.catch_up(now=NOW) == 1
    assert titles(place) == ["Uusi nimi"]


def test_an_index_that_knows_more_than_a_restored_database_is_made_again(
    database: Database, place: SearchServer, tmp_path: Path
) -> None:
    follower = Follower(database, tmp_path / "a", server=place)
    make_offer(database)
    follower.catch_up(now=NOW)
    index = OpenSearchOffers(place)
    index.keep_position(replace(index.position(), low=1_000_000, seen=()))
    before = index.status().generation
    follower.catch_up(now=NOW)
    index.refresh()
    assert index.position().low < 1_000_000
    assert index.status().generation != before


def test_the_position_keeps_rows_of_numbers_short() -> None:
    position = Position(7, (*range(10, 5000), 6000, 6002), "2026-11-22", "rules")
    told = mapping.meta(position, 3, 1.5)
    assert told["seen"] == [[10, 4999], [6000, 6000], [6002, 6002]]
    assert mapping.position(told) == position


def test_a_server_that_is_full_is_told_and_what_it_lacks_waits(
    database: Database, place: SearchServer, tmp_path: Path
) -> None:
    follower = Follower(database, tmp_path / "a", server=place)
    offer = make_offer(database)
    follower.catch_up(now=NOW)
    index = OpenSearchOffers(place)
    assert index.problem() is None
    blocked = {"index.blocks.read_only_allow_delete": True}
    client = Indices(place).client
    client.ask("PUT", f"{place.name}-*/_settings", blocked)
    assert "is its disk full?" in str(index.problem())
    rename(database, offer, "Uusi nimi")
    assert follower.catch_up(now=NOW) == 0
    assert titles(place) == ["Päivätoimintaa"], "it is still read"
    client.ask("PUT", f"{place.name}-*/_settings", {"index.blocks.read_only_allow_delete": None})
    assert follower.catch_up(now=NOW) == 1
    assert titles(place) == ["Uusi nimi"]


def test_an_address_where_nothing_listens_is_told_at_once() -> None:
    away = OpenSearchOffers(SearchServer(("http://127.0.0.1:1", "http://127.0.0.1:2"), "offers"))
    begun = time.monotonic()
    for _ in range(20):
        with pytest.raises(SearchAway):
            away.search(SearchQuery())
    assert time.monotonic() - begun < 2
    assert "does not answer" in str(away.problem())
    assert queries.state_of(away) == IndexState.AWAY
