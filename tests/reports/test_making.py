"""Making the figures of a quarter: nobody waits for it, and what two make at once is kept once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.reports import service
from marketplace.reports.models import ReportCell, ReportEdition
from marketplace.reports.rules import Fact, Quarter
from marketplace.search.models import UnmetNeed
from tests.factories import NOW, make_application, make_provider, make_user
from tests.reports.compared import kept, make

Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def applied(database: Database) -> None:
    """Somebody applied in the first quarter of the year, of which the figures are due."""
    at = datetime(2026, 2, 3, 12, tzinfo=NOW.tzinfo)
    with database.transaction() as session:
        make_application(
            session,
            make_provider(session),
            make_user(session),
            state="submitted",
            services=("transport",),
            created_at=at,
            submitted_at=at,
        )


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Lets something happen, once, while figures are counted."""
    count = service.facts_of

    def arrange(do: Callable[[], object]) -> None:
        waiting = [do]

        def counting(session: Session, pilot_key: str, quarters: Iterable[Quarter]) -> Iterator[Fact]:
            yield from count(session, pilot_key, quarters)
            if waiting:
                waiting.pop()()

        monkeypatch.setattr(service, "facts_of", counting)

    return arrange


def searched(database: Database) -> None:
    """Write down a search that found nothing, as the portal does."""
    with database.transaction() as session:
        session.add(
            UnmetNeed(
                day=date(2026, 5, 4), language="fi", terms="uinti", municipality="858", filters={}, count=1
            )
        )


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    "making",
    [
        lambda database: service.make_due(database, now=NOW),
        lambda database: service.rebuild(database, now=NOW, told=True),
        service.hide_more,
    ],
    ids=["worker", "rebuild", "hide"],
)
def test_nobody_waits_to_write_while_figures_are_counted(
    database: Database, meanwhile: Meanwhile, making: Callable[[Database], int]
) -> None:
    if making is service.hide_more:
        service.make_due(database, now=NOW)
    meanwhile(lambda: searched(database))
    making(database)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(UnmetNeed)) == 1
        assert session.scalars(sa.select(ReportEdition.first_on)).first() == date(2026, 1, 1)


@pytest.mark.usefixtures("applied")
def test_what_two_make_at_once_is_kept_once(database: Database, meanwhile: Meanwhile) -> None:
    def make_too() -> None:
        with database.transaction() as session:
            assert make(session) > 0

    meanwhile(make_too)
    assert service.make_due(database, now=NOW) == 0
    with database.read() as session:
        before = kept(session)
        assert ("keusote-2022", date(2026, 1, 1), "applied", "all", "") in before


@pytest.mark.usefixtures("applied")
def test_figures_are_made_anew_only_when_it_is_asked_for(database: Database) -> None:
    made = service.rebuild(database, now=NOW, told=False)
    assert made > 0
    assert service.rebuild(database, now=NOW, told=False) == 0
    assert service.rebuild(database, now=NOW, told=True) == made


def test_who_tells_a_quarter_later_hides_what_another_pilot_has_hidden(session: Session) -> None:
    """keusote-2019 has Tuusula too. All else is told already, so it tells another place of the two no more either."""
    spring = Quarter(date(2026, 4, 1))
    for municipality in ("858", "186", "638", "753"):
        session.add(
            UnmetNeed(
                day=spring.first,
                language="fi",
                terms="uinti",
                municipality=municipality,
                filters={},
                count=20,
            )
        )
    session.flush()
    service.keep(session, service.counted(session, "keusote-2022", [spring]), now=NOW)

    def hidden(*, anew: bool) -> set[object]:
        [edition] = service.counted(session, "keusote-2019", [spring], anew=anew)
        return {row["key"] for row in edition.rows if row["hidden"] and row["dimension"] == "municipality"}

    assert hidden(anew=False) == set()
    session.execute(sa.update(ReportCell).where(ReportCell.key == "858").values(hidden=True))
    assert "858" in hidden(anew=False)
    assert len(hidden(anew=False)) > 1
    assert "186" not in hidden(anew=False)
    assert hidden(anew=True) == set()
