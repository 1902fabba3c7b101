"""The catalogue is never stale: what is committed is in the index at the next look, and what is not is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.i18n import LocalizedText, helsinki_date
from marketplace.language import lexicon
from marketplace.language.reading import WordReading
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.rules import OfferState, VersionState
from marketplace.pilots import queries as pilots
from marketplace.providers.models import Evidence, Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.providers.units.models import ServiceUnit
from marketplace.search import changes, concepts, following, index_admin, queries, service
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import Position, SearchQuery
from marketplace.search.follower import Follower, pending
from marketplace.search.models import CatalogueChange
from marketplace.search.offer_index import OfferIndex
from marketplace.search.query_string import Asked
from tests import factories
from tests.factories import NOW
from tests.offers.test_unit import make_unit

TODAY = helsinki_date(NOW)


@pytest.fixture(autouse=True)
def observed() -> None:
    changes.observe()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def follower(database: Database, folder: Path) -> Follower:
    """A follower that has caught up with one offer."""
    with database.transaction() as session:
        approval = factories.make_approval(session, factories.make_provider(session), "day_activity")
        factories.make_required_evidence(session, approval)
        factories.make_offer(session, approval)
    follower = Follower(database, folder)
    follower.catch_up(now=NOW)
    return follower


def shown(folder: Path, **asked: Any) -> list[int]:
    """The ids of the offers that a web process sees now."""
    return [hit.id for hit in OfferIndex(folder).search(SearchQuery(day=TODAY, limit=100, **asked)).hits]


def test_a_published_offer_is_found(follower: Follower, folder: Path) -> None:
    assert shown(folder) == [1]


def test_a_new_offer_follows_its_commit_and_one_that_was_rolled_back_does_not(
    follower: Follower, database: Database, folder: Path
) -> None:
    with database.transaction() as session:
        factories.make_offer(session, session.get_one(ServiceApproval, 1))
    with pytest.raises(RuntimeError, match="taken back"):
        publish_and_take_back(database)
    assert follower.catch_up(now=NOW) == 1
    assert sorted(shown(folder)) == [1, 2]


def publish_and_take_back(database: Database) -> None:
    with database.transaction() as session:
        factories.make_offer(session, session.get_one(ServiceApproval, 1))
        raise RuntimeError("taken back")


def withdraw(session: Session) -> None:
    session.get_one(ServiceApproval, 1).state = ApprovalState.WITHDRAWN


def suspend(session: Session) -> None:
    session.get_one(ServiceApproval, 1).state = ApprovalState.SUSPENDED


def pause(session: Session) -> None:
    session.get_one(Provider, 1).state = ProviderState.PAUSED


def end(session: Session) -> None:
    session.get_one(Offer, 1).state = OfferState.ENDED


def lose_evidence(session: Session) -> None:
    session.scalars(sa.select(Evidence)).first().valid_until = TODAY - timedelta(days=1)  # type: ignore[union-attr]


@pytest.mark.parametrize("change", [withdraw, suspend, pause, end, lose_evidence])
def test_what_is_not_allowed_any_more_is_not_shown(
    follower: Follower, database: Database, folder: Path, change: Callable[[Session], None]
) -> None:
    with database.transaction() as session:
        change(session)
    assert follower.catch_up(now=NOW) == 1
    assert shown(folder) == []


def test_a_changed_price_is_shown(follower: Follower, database: Database, folder: Path) -> None:
    assert shown(folder, price_max=1) == []
    with database.transaction() as session:
        for price in session.scalars(sa.select(OfferPrice)):
            price.amount = Money(1)
    follower.catch_up(now=NOW)
    assert shown(folder, price_max=1) == [1]


def test_a_price_takes_effect_at_midnight_in_finland_by_itself(
    follower: Follower, database: Database, folder: Path
) -> None:
    with database.transaction() as session:
        old = session.get_one(OfferVersion, 1)
        session.add(
            OfferVersion(
                offer_id=1, number=2, state=VersionState.PUBLISHED, valid_from=TODAY + timedelta(days=1),
                title=LocalizedText("Uusi nimi", "Nytt namn"), summary=old.summary, description=old.description,
                plain=old.plain, municipalities=old.municipalities, groups=old.groups, languages=old.languages,
                features=[], created_at=NOW, published_at=NOW,
                prices=[OfferPrice(band="day", unit="day", amount=Money(2), vat_code="EX", includes=[])],
            )
        )  # fmt: skip
    evening = datetime(2026, 11, 22, 21, 59, 59, tzinfo=NOW.tzinfo)  # 23.59.59 in Helsinki
    follower.catch_up(now=evening)
    assert shown(folder, price_max=2) == []
    follower.catch_up(now=evening + timedelta(seconds=1))
    assert shown(folder, price_max=2) == [1]


@pytest.mark.parametrize("ending", ["offer", "evidence"])
def test_the_last_day_still_shows_and_the_next_does_not(
    follower: Follower, database: Database, folder: Path, ending: str
) -> None:
    with database.transaction() as session:
        if ending == "offer":
            session.get_one(Offer, 1).ends_on = TODAY
        else:
            for proof in session.scalars(sa.select(Evidence)):
                proof.valid_until = TODAY
    follower.catch_up(now=NOW)
    assert shown(folder) == [1]
    follower.catch_up(now=NOW + timedelta(days=1))
    assert shown(folder) == []


def test_a_change_that_got_its_number_early_and_was_committed_late_is_not_missed(
    follower: Follower, database: Database
) -> None:
    with database.transaction() as session:
        session.execute(
            sa.insert(CatalogueChange),
            [{"id": 900, "offer_id": 1, "at": NOW}, {"id": 902, "offer_id": 1, "at": NOW}],
        )
    with database.read() as session:
        first = pending(
            session,
            Position(
                seen=tuple(session.scalars(sa.select(CatalogueChange.id).where(CatalogueChange.id < 900)))
            ),
            now=NOW,
        )
    with database.transaction() as session:
        session.execute(sa.insert(CatalogueChange), [{"id": 901, "offer_id": 1, "at": NOW}])
    with database.read() as session:
        second = pending(session, first.position, now=NOW)
        third = pending(session, second.position, now=NOW)
    assert first.offers == second.offers == {1}
    assert third.offers == set()


def test_old_changes_are_forgotten_only_when_they_are_settled(database: Database) -> None:
    with database.transaction() as session:
        session.execute(sa.delete(CatalogueChange))
        session.execute(
            sa.insert(CatalogueChange),
            [
                {"id": 1000, "offer_id": 1, "at": NOW - timedelta(hours=1)},
                {"id": 1001, "offer_id": 1, "at": NOW},
            ],
        )
    with database.read() as session:
        position = pending(session, Position(), now=NOW).position
    assert position.low == 1000
    assert position.seen == (1001,)


def age_the_log(database: Database, days: int) -> None:
    with database.transaction() as session:
        session.execute(sa.update(CatalogueChange).values(at=NOW - timedelta(days=days)))


def rename_the_offer(database: Database, title: str) -> None:
    with database.transaction() as session:
        version = session.scalars(sa.select(OfferVersion)).one()
        version.title = LocalizedText(fi=title, sv=title)


def knows_the_new_name(folder: Path) -> bool:
    [hit] = OfferIndex(folder).search(SearchQuery(day=TODAY, limit=100)).hits
    return b"Uusi nimi" in hit.body


def test_a_log_is_kept_for_an_index_that_is_down_for_less_than_a_week(
    follower: Follower, database: Database, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    Follower(database, elsewhere).catch_up(now=NOW)
    rename_the_offer(database, "Uusi nimi")
    age_the_log(database, 5)
    later = NOW + timedelta(days=5)
    follower.catch_up(now=later)
    follower.catch_up(now=later + timedelta(hours=2))
    with database.read() as session:
        assert session.scalars(sa.select(CatalogueChange)).all()
        assert len(following.followers(session)) == 2
    assert Follower(database, elsewhere).catch_up(now=later) == 1
    assert knows_the_new_name(elsewhere)


def test_an_index_that_was_down_for_weeks_is_made_again_and_says_so(
    follower: Follower, database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere"
    Follower(database, elsewhere).catch_up(now=NOW)
    rename_the_offer(database, "Uusi nimi")
    age_the_log(database, 3)
    later = NOW + timedelta(days=8)
    for moment in (later, later + timedelta(hours=2)):
        follower.catch_up(now=moment)
    with database.read() as session:
        assert session.scalars(sa.select(CatalogueChange)).all() == []
        assert [each.name for each in following.followers(session)] == [following.name_of(tmp_path / "index")]
        stale = queries.freshness(session, OfferIndex(elsewhere), now=later)
    assert (stale["state"], stale["fresh"]) == ("left behind", False)
    assert not knows_the_new_name(elsewhere)
    back = Follower(database, elsewhere)
    assert back.catch_up(now=later) == 1
    assert "the search index is made again: it holds changes up to" in caplog.text
    assert knows_the_new_name(elsewhere)
    caplog.clear()
    back.catch_up(now=later)
    assert caplog.text == ""
    with database.read() as session:
        assert queries.freshness(session, OfferIndex(elsewhere), now=later)["state"] == "ok"


def test_after_a_fail_over_the_index_is_made_again_once(
    follower: Follower, database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_timeline", lambda _session: "00000002")
    follower.catch_up(now=NOW)
    assert "the database has failed over" in caplog.text
    caplog.clear()
    follower.catch_up(now=NOW)
    assert caplog.text == ""


@pytest.mark.parametrize("harm", ["lost", "told of"])
def test_a_lost_or_damaged_index_is_made_again(follower: Follower, folder: Path, harm: str) -> None:
    if harm == "lost":
        shutil.rmtree(next(folder.glob("g-*")))
        (folder / "stamp").unlink()
    else:
        (folder / "damaged").touch()
    follower.catch_up(now=NOW)
    assert shown(folder) == [1]


def test_freshness_tells_how_far_behind_the_index_is(
    follower: Follower, database: Database, folder: Path
) -> None:
    with database.read() as session:
        assert queries.freshness(session, OfferIndex(folder), now=NOW)["fresh"]
    with database.transaction() as session:
        session.execute(sa.insert(CatalogueChange), [{"offer_id": 1, "at": NOW - timedelta(seconds=30)}])
    with database.read() as session:
        behind = queries.freshness(session, OfferIndex(folder), now=NOW)
    assert not behind["fresh"]
    assert behind["waiting"] == 1
    assert behind["lag_seconds"] >= 30


def test_a_new_day_that_the_index_has_not_seen_is_not_fresh(
    follower: Follower, database: Database, folder: Path
) -> None:
    with database.read() as session:
        assert not queries.freshness(session, OfferIndex(folder), now=NOW + timedelta(days=1))["fresh"]


def test_the_operator_rebuilds_and_sees_how_the_index_stands(
    follower: Follower, database: Database, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index_admin.rebuild(database, folder, now=NOW)
    assert "1 visible offers" in capsys.readouterr().out
    status = index_admin.status(database, folder, now=NOW)
    assert status["offers"] == 1
    assert status["day"] == TODAY.isoformat()
    assert status["fresh"]


def test_a_new_definition_of_a_pilot_makes_the_index_anew(
    follower: Follower, database: Database, folder: Path
) -> None:
    before = OfferIndex(folder).status().generation
    with database.transaction() as session:
        pilots.pilot(session, "keusote-2022").organisation_key = "keusote-hb"
    follower.catch_up(now=NOW)
    assert OfferIndex(folder).status().generation != before
    assert shown(folder) == [1]


def test_supply_counts_what_the_public_sees(follower: Follower, folder: Path) -> None:
    supply = service.supply(Catalogue(folder, analyses=True), language="fi", day=NOW.date())
    assert supply.offers == 1
    assert [(value.key, value.count) for value in supply.services] == [("day_activity", 1)]


def test_a_lost_index_is_no_reason_to_close_the_start_page(tmp_path: Path) -> None:
    assert service.supply(Catalogue(tmp_path, analyses=True), language="sv", day=NOW.date()).offers == 0


def test_a_rate_of_vat_that_changes_between_two_days_is_noticed() -> None:
    from marketplace.search.passing_days import vat_changes_between

    assert vat_changes_between(date(2024, 8, 31), date(2024, 9, 1))
    assert not vat_changes_between(date(2026, 11, 22), date(2026, 11, 23))


def test_a_unit_is_found_by_its_street_and_its_town_and_followed_when_it_moves(
    follower: Follower, database: Database, folder: Path
) -> None:
    def found(words: str, language: str) -> list[str]:
        catalogue = Catalogue(folder, analyses=True)
        return [
            offer.place
            for offer in service.search(catalogue, Asked(q=words), language=language, day=TODAY).offers
        ]

    with database.transaction() as session:
        unit = make_unit(session, session.get_one(Provider, 1), city="Kokkola")
        session.scalars(sa.select(OfferVersion)).one().unit = unit
    follower.catch_up(now=NOW)
    place = "Puutarhan yksikkö, Puutarhakatu 5, 04400 Kokkola"
    assert found("Puutarhakatu", "fi") == found("“Karleby”", "sv") == [place]
    with database.transaction() as session:
        session.scalars(sa.select(ServiceUnit)).one().city = "Loviisa"
    assert follower.catch_up(now=NOW) == 1
    assert (found("Kokkola", "fi"), len(found("“Lovisa”", "sv"))) == ([], 1)


def test_a_machine_that_starts_knows_the_words_that_every_search_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that makes no index: the catalogue is empty, or on a search server."""
    monkeypatch.setattr(concepts, "_phrases", dict)
    monkeypatch.setattr(lexicon, "_analyse", lambda _language, word: WordReading(frozenset({word})))
    index_admin.read_vocabulary(tmp_path)
    asked: list[str] = []
    words = lexicon.Lexicon(tmp_path / "words.sqlite3", ask=lambda _language, word: asked.append(word))
    concepts.query_parser(concepts.key_maker(words))
    assert asked == []
