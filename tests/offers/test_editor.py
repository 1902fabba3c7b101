"""The editor beyond its texts: several prices at once, copies, deleted drafts, what waits, and text shown as text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import LocalizedText, in_language
from marketplace.money import Money
from marketplace.offers import service
from marketplace.offers.content import content_of, content_problems, is_video_address
from marketplace.offers.labels import age_text
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import OfferState, VersionState
from marketplace.pilots import queries as pilots
from marketplace.providers import labels
from marketplace.providers.models import Provider, ServiceApproval
from tests.factories import (
    NOW,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
)
from tests.forms import post_form
from tests.providers.home import SignIn
from tests.work import work_of


@pytest.fixture
def approval(database: Database, client: FlaskClient, sign_in: SignIn) -> ServiceApproval:
    """An approval of carers' leave at home, which is priced by the hour; its provider's person has signed in."""
    with database.transaction() as session:
        approval = make_approval(session, make_provider(session), "carer_leave_home")
        make_required_evidence(session, approval)
        person = make_provider_admin(session, approval.provider)
    sign_in(client, person)
    return approval


def new_offer(database: Database, approval: ServiceApproval, **given: Any) -> Offer:
    with database.transaction() as session:
        return make_offer(session, session.merge(approval), **given)


def page_of(offer: Offer, page: str = "") -> str:
    return f"/fi/provider/{offer.provider_id}/offers/{offer.id}{page}"


def seen_on(client: FlaskClient, path: str) -> str:
    match = re.search(r'name="seen"[^>]*value="([^"]+)"', client.get(path).text)
    assert match is not None
    return match[1]


def prices(database: Database, offer: Offer, number: int) -> dict[str, Money]:
    with database.read() as session:
        query = sa.select(OfferVersion).where(
            OfferVersion.offer_id == offer.id, OfferVersion.number == number
        )
        return {row.band: row.amount for row in session.scalars(query).one().prices}


# --- several prices at once ------------------------------------------------------------------------------------------


def test_a_price_and_the_counties_coefficients_fill_the_table(
    client: FlaskClient, database: Database, approval: ServiceApproval
) -> None:
    offer = new_offer(database, approval)
    path = page_of(offer, "/coefficients")
    page = client.get(path).text
    assert [re.search(rf'name="coefficient_{band}"[^>]*value="([^"]*)"', page)[1]  # type: ignore[index]
            for band in ("weekday_day", "weekday_evening", "saturday", "sunday_holiday", "night")
            ] == ["1", "1,15", "1,2", "2", "1,25"]  # fmt: skip
    entries = {
        "seen": seen_on(client, path), "base": "30,33", "coefficient_weekday_day": "1",
        "coefficient_weekday_evening": "1,15", "coefficient_saturday": "1,2", "coefficient_sunday_holiday": "2",
        "coefficient_night": "",
    }  # fmt: skip
    assert post_form(client, path, entries).headers["Location"].endswith("#prices")
    assert prices(database, offer, 2) == {
        "weekday_day": Money(30_33),
        "weekday_evening": Money(34_88),  # 34.8795, half up
        "saturday": Money(36_40),  # 36.396
        "sunday_holiday": Money(60_66),
        "night": Money(22_50),  # left empty: stays as it was
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"coefficient_saturday": "2"}, "43,20"),
        ({"coefficient_saturday": "0"}, "coefficient_saturday"),
        ({"coefficient_saturday": "11"}, "coefficient_saturday"),
        ({"coefficient_saturday": "x"}, "coefficient_saturday"),
        ({"coefficient_saturday": "NaN"}, "coefficient_saturday"),
        ({"base": ""}, "base"),
        ({"base": "-3"}, "base"),
    ],
)
def test_a_coefficient_that_will_not_do_is_refused_at_its_field(
    client: FlaskClient, database: Database, approval: ServiceApproval, changes: dict[str, str], words: str
) -> None:
    offer = new_offer(database, approval)
    path = page_of(offer, "/coefficients")
    entries = {"seen": seen_on(client, path), "base": "30", "coefficient_weekday_day": "1"} | changes
    answer = post_form(client, path, entries)
    assert answer.status_code == 422
    summary = answer.text[answer.text.index("error-summary") :]
    assert words in summary.replace("\xa0", " ")
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OfferVersion)) == 1


# --- copies and drafts -----------------------------------------------------------------------------------------------


def test_a_copy_is_a_draft_that_says_the_same(
    client: FlaskClient, database: Database, approval: ServiceApproval
) -> None:
    offer = new_offer(
        database, approval, version={"sign_video": "https://video.example.fi/1", "minimum_minutes": 60}
    )
    listing = f"/fi/provider/{offer.provider_id}/offers"
    answer = post_form(client, page_of(offer, "/copy"), {}, page=listing)
    assert answer.headers["Location"].endswith(f"/offers/{offer.id + 1}")
    with database.read() as session:
        copy = session.get_one(Offer, offer.id + 1)
        (version,) = copy.versions
        assert (copy.state, version.state, version.valid_from) == ("draft", "draft", NOW.date())
        assert (version.sign_video, version.minimum_minutes) == ("https://video.example.fi/1", 60)
    assert prices(database, copy, 1) == prices(database, offer, 1)


def test_a_draft_is_deleted_with_its_offer_or_alone(
    client: FlaskClient, database: Database, approval: ServiceApproval
) -> None:
    draft = new_offer(database, approval, state=OfferState.DRAFT)
    live = new_offer(database, approval)
    with database.transaction() as session:
        live_again = session.get_one(Offer, live.id)
        person = session.scalars(sa.select(User)).all()[-1]
        latest = service.editable_version(live_again)
        service.save_draft(
            work_of(session, actor_of(person)),
            provider_id=live.provider_id,
            offer_id=live.id,
            seen=service.stamp(latest),
            content=content_of(latest),
        )
    for offer in (draft, live):
        assert client.get(page_of(offer, "/delete")).status_code == 200
        post_form(client, page_of(offer, "/delete"), {})
    with database.read() as session:
        assert session.get(Offer, draft.id) is None
        assert [version.number for version in session.get_one(Offer, live.id).versions] == [1]


def test_what_is_published_is_not_deleted(session: Session) -> None:
    provider = make_provider(session)
    offer = make_offer(session, make_approval(session, provider))
    actor = actor_of(make_provider_admin(session, provider))
    with pytest.raises(Conflict):
        service.delete_draft(work_of(session, actor), provider_id=provider.id, offer_id=offer.id)


def test_an_offer_does_not_end_before_it_begins(session: Session) -> None:
    provider = make_provider(session)
    begins = NOW.date() + timedelta(days=30)
    offer = make_offer(session, make_approval(session, provider), version={"valid_from": begins})
    actor = actor_of(make_provider_admin(session, provider))
    mine: dict[str, Any] = {"provider_id": provider.id, "offer_id": offer.id}
    with pytest.raises(Invalid) as refusal:
        service.end(work_of(session, actor), last_day=begins - timedelta(days=1), **mine)
    assert (refusal.value.field, offer.ends_on) == ("last_day", None)
    service.end(work_of(session, actor), last_day=begins, **mine)
    assert offer.ends_on == begins


# --- free places -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "given", "after"),
    [
        (100, {"availability_state": "queue", "queue_weeks": 4}, ("queue", None, 4)),
        (100, {"availability_state": "from", "available_from": NOW.date()}, ("now", None, None)),
        (100, {"availability_state": "full"}, ("full", None, None)),
    ],
)
def test_an_old_word_about_free_places_is_confirmed_by_one_click(
    client: FlaskClient, database: Database, approval: ServiceApproval,
    days: int, given: dict[str, Any], after: tuple[str, date | None, int | None],
) -> None:  # fmt: skip
    offer = new_offer(database, approval, availability_updated_at=NOW - timedelta(days=days), **given)
    listing = f"/fi/provider/{offer.provider_id}/offers"
    assert page_of(offer, "/availability/holds") in client.get(listing).text
    post_form(client, page_of(offer, "/availability/holds"), {}, page=listing)
    with database.read() as session:
        told = session.get_one(Offer, offer.id)
        assert (told.availability_state, told.available_from, told.queue_weeks) == after
        assert told.availability_updated_at == NOW
    assert page_of(offer, "/availability/holds") not in client.get(listing).text


@pytest.mark.parametrize(("days", "number"), [(5, "5"), (91, "3"), (200, "6")])
def test_the_age_of_the_word_is_told(core_app: Flask, days: int, number: str) -> None:
    with core_app.test_request_context("/fi/"), in_language("fi"):
        assert number in age_text(NOW - timedelta(days=days), NOW)


# --- text and addresses ----------------------------------------------------------------------------------------------


def test_pasted_html_and_scripts_are_shown_as_text(
    client: FlaskClient, database: Database, approval: ServiceApproval
) -> None:
    attack = "<script>alert(1)</script><b onclick=x>Hei</b>"
    text = LocalizedText(attack, attack)
    given = {
        "title": text,
        "summary": text,
        "description": text,
        "plain": text,
        "place": attack,
        "cancellation": text,
    }
    offer = new_offer(database, approval, version=given)
    for page in (page_of(offer), page_of(offer, "/preview"), f"/fi/services/{offer.id}", f"/sv/services/{offer.id}",
                 f"/fi/provider/{offer.provider_id}/offers"):  # fmt: skip
        answer = client.get(page)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<b onclick" not in answer.text
        assert "alert(1)" in answer.text


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://video.example.fi/abc?d=1", True),
        ("http://video.example.fi/abc", False),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://localhost/x", False),
        ("https://user:pass@example.fi/", False),
        ("https://exa mple.fi/", False),
        ("https://[::1", False),
        ("//example.fi/x", False),
    ],
)
def test_a_video_has_a_whole_https_address(address: str, fine: bool) -> None:
    assert is_video_address(address) is fine


@pytest.mark.parametrize(
    ("field", "value"),
    [("sign_video", "http://video.example.fi"), ("minimum_minutes", "721"), ("minimum_minutes", "-1"),
     ("minimum_minutes", "x"), ("cancellation-fi", "x" * 601)],
)  # fmt: skip
def test_what_will_not_do_is_refused_at_its_field(
    client: FlaskClient, database: Database, approval: ServiceApproval, field: str, value: str
) -> None:
    offer = new_offer(database, approval)
    entries = {
        "seen": seen_on(client, page_of(offer)), "title-fi": "Vapaa", "title-sv": "Ledig", "municipalities": ["858"],
        "groups": ["informal_carers"], "languages": ["fi"], "vat_code": "EX", "valid_from": "1.1.2027",
        "price_weekday_day": "30", field: value,
    }  # fmt: skip
    answer = post_form(client, page_of(offer), entries)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_vat_is_shown_with_the_rate_in_force(core_app: Flask) -> None:
    with core_app.test_request_context("/fi/"):
        assert labels.vat_text("S", date(2024, 8, 31)).endswith("24\u00a0%")
        assert labels.vat_text("S", date(2026, 11, 22)).endswith("25,5\u00a0%")
        assert labels.vat_text("EX", date(2026, 11, 22)).endswith("0\u00a0%")
        assert not labels.vat_text("R2", date(2026, 11, 22)).endswith("%")


@pytest.mark.parametrize(
    ("told", "begins_with"),
    [
        ({"carer_leave_home": "S"}, "S"),
        ({"day_activity": "S"}, "EX"),
        ({"carer_leave_home": "R1"}, "EX"),
        ({}, "EX"),
    ],
)
def test_vat_begins_with_what_the_company_has_told_of_the_service(
    client: FlaskClient, database: Database, approval: ServiceApproval, told: dict[str, str], begins_with: str
) -> None:
    with database.transaction() as session:
        session.get_one(Provider, approval.provider_id).vat = told
    page = client.get(f"/fi/provider/{approval.provider_id}/offers/for/{approval.id}").text
    assert f'<option selected value="{begins_with}">' in page


# --- the preview -----------------------------------------------------------------------------------------------------


def test_a_price_given_later_stands_in_its_own_row_of_the_table(
    client: FlaskClient, database: Database, approval: ServiceApproval
) -> None:
    offer = new_offer(database, approval)
    entries = {
        "seen": seen_on(client, page_of(offer)), "title-fi": "Vapaa", "title-sv": "Ledig", "municipalities": ["858"],
        "groups": ["informal_carers"], "languages": ["fi"], "vat_code": "EX", "valid_from": "1.1.2027",
        "price_night": "30", "price_saturday": "31",
    }  # fmt: skip
    post_form(client, page_of(offer), entries)
    entries |= {"seen": seen_on(client, page_of(offer)), "price_weekday_day": "29"}
    post_form(client, page_of(offer), entries)
    shown = client.get(page_of(offer, "/preview")).text.split('id="as-seen-fi"')[1]
    rows = re.findall(r"(\d\d),00\xa0€/h", shown.split("</table>")[0])
    assert rows == ["29", "31", "30"], "in the order of the pilot's table, not of writing"


@pytest.mark.parametrize(("days", "said"), [(-1, False), (0, True), (40, True)])
def test_a_draft_whose_first_day_has_gone_by_does_not_say_that_it_is_in_force(
    client: FlaskClient, database: Database, approval: ServiceApproval, days: int, said: bool
) -> None:
    draft = {"valid_from": NOW.date() + timedelta(days=days)}
    offer = new_offer(database, approval, state="draft", version=draft)
    page = client.get(page_of(offer, "/preview")).text
    form = page[page.index('class="form-page"') :].split("</form>")[0]
    assert ("Voimassa" in form) is said


# --- what needs doing ------------------------------------------------------------------------------------------------


def test_what_waits_and_what_came_back_is_on_the_providers_home(
    client: FlaskClient, database: Database, approval: ServiceApproval
) -> None:
    offer = new_offer(database, approval)
    with database.transaction() as session:
        kept = session.get_one(Offer, offer.id)
        first = kept.versions[0]
        same = ("summary", "description", "plain", "municipalities", "groups", "languages", "features")
        kept.versions.append(
            OfferVersion(
                number=2,
                state=VersionState.WAITING,
                valid_from=date(2027, 1, 1),
                submitted_at=NOW,
                created_at=NOW,
                title=LocalizedText("Uusi nimi", "Nytt namn"),
                **{name: getattr(first, name) for name in same},
            )
        )
    home = client.get(f"/fi/provider/{offer.provider_id}/").text
    assert page_of(offer, "/preview") in home
    assert "1.1.2027" in home
    with database.transaction() as session:
        version = session.get_one(Offer, offer.id).versions[1]
        version.state, version.return_reason = VersionState.RETURNED, "Liian lyhyt <i>nimi</i>."
    home = client.get(f"/fi/provider/{offer.provider_id}/").text
    assert "Liian lyhyt &lt;i&gt;nimi&lt;/i&gt;." in home


def test_ages_are_chosen_among_those_who_may_get_the_service(session: Session) -> None:
    """Children can be chosen only where the service is for them too."""
    leave = make_approval(session, make_provider(session), "carer_leave_home")
    adults = make_approval(session, leave.provider, "day_activity")
    for approval, given, fine in (
        (leave, ("under_7", "from_65"), True),
        (leave, ("from_200",), False),
        (adults, ("from_18_to_64",), True),
        (adults, ("under_7",), False),
    ):
        offer = make_offer(session, approval)
        definition = pilots.kept_definition(session, approval.pilot_version_id)
        content = replace(content_of(offer.versions[0]), ages=given)
        wrong = {problem.field for problem in content_problems(offer, content, definition)}
        assert ("ages" not in wrong) is fine


def test_ages_that_were_ticked_are_kept(
    client: FlaskClient, database: Database, approval: ServiceApproval
) -> None:
    offer = new_offer(database, approval)
    path = page_of(offer)
    entries = {"seen": seen_on(client, path), "title-fi": "Uusi nimi", "ages": ["from_18_to_64", "from_65"]}
    post_form(client, path, {**entries, "valid_from": "1.1.2027", "groups": [], "languages": ["fi"]})
    with database.read() as session:
        draft = service.editable_version(session.get_one(Offer, offer.id))
        assert (draft.number, draft.ages) == (2, ["from_18_to_64", "from_65"])
    assert re.search(r'value="from_65"[^>]*checked|checked[^>]*value="from_65"', client.get(path).text)
