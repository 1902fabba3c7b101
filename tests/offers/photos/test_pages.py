"""The pages of photos: description in both languages, order, and who may see the pictures of a hidden offer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from marketplace.buckets import StoreAway
from marketplace.config import Settings
from marketplace.db import Database
from marketplace.files.store import FileStore
from marketplace.offers.models import Offer, OfferPhoto
from marketplace.permissions import Role
from marketplace.providers.models import Provider
from marketplace.providers.rules import ProviderState
from tests.factories import (
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.forms import post_form
from tests.offers.photos.files import jpeg, png_bomb

SignIn = Callable[[FlaskClient, User], None]
WORDS = {"alt-fi": "Kaksi ihmistä leipoo", "alt-sv": "Två personer bakar"}


@pytest.fixture
def offer(database: Database, client: FlaskClient, sign_in: SignIn) -> Offer:
    """A visible offer; its provider's person has signed in."""
    with database.transaction() as session:
        provider = make_provider(session)
        approval = make_approval(session, provider)
        make_required_evidence(session, approval)
        offer = make_offer(session, approval)
        person = make_provider_admin(session, provider)
    sign_in(client, person)
    return offer


def page_of(offer: Offer) -> str:
    return f"/fi/provider/{offer.provider_id}/offers/{offer.id}/photos"


def add(
    client: FlaskClient, offer: Offer, content: bytes | None = None, words: dict[str, str] = WORDS
) -> TestResponse:
    file = (io.BytesIO(jpeg(1200, 900, exif=True) if content is None else content), "IMG_1.jpg")
    return post_form(client, page_of(offer), {"picture": file, **words}, content_type="multipart/form-data")


def fetch(client: FlaskClient, address: str) -> tuple[int, str, str, bytes]:
    """Status, media type, how long it may be kept, and content of a picture."""
    with client.get(address) as answer:
        return answer.status_code, answer.mimetype or "", answer.headers.get("Cache-Control", ""), answer.data


def addresses(page: str) -> list[str]:
    return re.findall(r'src="([^"]+/photos/[^"]+)"', page)


def test_a_photo_is_added_described_and_shown_to_everybody(
    app: Flask, client: FlaskClient, database: Database, offer: Offer
) -> None:
    assert add(client, offer).status_code == 303
    page = client.get(page_of(offer)).text
    assert 'alt="Kaksi ihmistä leipoo"' in page
    (address,) = addresses(page)
    visitor = app.test_client()
    status, media_type, kept, content = fetch(visitor, address)
    assert (status, media_type) == (200, "image/webp")
    assert b"SecretCamera" not in content
    assert "max-age=600" in kept
    with database.read() as session:
        (photo,) = session.scalars(sa.select(OfferPhoto)).all()
        assert [each["width"] for each in photo.renditions] == [1200, 960, 480]
    preview = client.get(f"/fi/provider/{offer.provider_id}/offers/{offer.id}/preview").text
    assert 'alt="Kaksi ihmistä leipoo"' in preview
    assert 'alt="Två personer bakar"' in preview


def test_what_the_camera_wrote_is_not_kept_anywhere(client: FlaskClient, app: Flask, offer: Offer) -> None:
    add(client, offer)
    settings: Settings = app.extensions["settings"]
    kept = [path for path in settings.files_dir.rglob("*") if path.is_file()]
    assert len(kept) == 3
    assert not any(b"SecretCamera" in path.read_bytes() for path in kept)


def test_a_photo_without_its_description_in_both_languages_waits(
    client: FlaskClient, database: Database, offer: Offer
) -> None:
    answer = add(client, offer, words=WORDS | {"alt-sv": ""})
    assert answer.status_code == 422
    token = re.search(r'name="picture-token" value="([^"]+)"', answer.text)
    assert token is not None, "the photo need not be chosen again"
    again = post_form(client, page_of(offer), {"picture-token": token[1], **WORDS})
    assert again.status_code == 303
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OfferPhoto)) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png_bomb(8000, 5000), r"25\smil"),
        (jpeg()[:300], r"A photo ends in the middle|katkeaa kesken"),
        (b"\xff\xd8\xff\xda\x00\x02 no picture \xff\xd9", r"cannot be read|ei voi lukea"),
        (b"", r"0\s(bytes|tavua)"),
    ],
    ids=["forty megapixels", "cut off", "malformed", "empty"],
)
def test_a_bad_picture_is_refused_at_its_field(
    client: FlaskClient, database: Database, offer: Offer, content: bytes, words: str
) -> None:
    answer = add(client, offer, content)
    assert answer.status_code == 422
    assert re.search(words, answer.text)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OfferPhoto)) == 0


def test_a_file_over_the_limit_is_not_even_decoded(
    client: FlaskClient, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.files.store.MAX_PHOTOGRAPH", 1000)
    answer = add(client, offer)
    assert (answer.status_code, bool(re.search(r"25\sM[Bt]", answer.text))) == (422, True)


def test_a_store_that_is_away_is_told_at_the_field_and_loses_nothing(
    client: FlaskClient, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_given: object) -> None:
        raise StoreAway("no answer")

    monkeypatch.setattr(FileStore, "put", away)
    answer = add(client, offer)
    assert answer.status_code == 422
    assert "Tiedostoa ei juuri nyt voitu tallentaa" in answer.text
    assert "alt-fi" in answer.text


def test_photos_of_a_hidden_offer_are_for_the_provider_and_the_office_only(
    app: Flask, client: FlaskClient, database: Database, offer: Offer, sign_in: SignIn
) -> None:
    add(client, offer)
    (address,) = addresses(client.get(page_of(offer)).text)
    with database.transaction() as session:
        session.get_one(Provider, offer.provider_id).state = ProviderState.PAUSED
        reviewer = make_user(session, Role.REVIEWER, organisation="keusote")
        stranger = make_user(session, Role.REVIEWER, organisation="soite")
    assert fetch(app.test_client(), address)[0] == 404
    assert "no-store" in fetch(client, address)[2]
    for person, status in ((reviewer, 200), (stranger, 404)):
        other = app.test_client()
        sign_in(other, person)
        assert fetch(other, address)[0] == status
    assert app.test_client().get(address.replace(".webp", "0.webp")).status_code == 404


def test_photos_are_ordered_described_anew_and_removed(
    client: FlaskClient, database: Database, offer: Offer
) -> None:
    add(client, offer)
    add(client, offer, words={"alt-fi": "Piha", "alt-sv": "Gård"})
    path = page_of(offer)
    with database.read() as session:
        second = session.scalars(sa.select(OfferPhoto.id).order_by(OfferPhoto.id.desc())).first()
    post_form(client, f"{path}/{second}/first", {}, page=path)
    page = client.get(path).text
    assert page.index('alt="Piha"') < page.index('alt="Kaksi')
    assert post_form(client, f"{path}/{second}", {"alt-fi": "", "alt-sv": "Gård"}).status_code == 422
    post_form(client, f"{path}/{second}", {"alt-fi": "<b>Piha</b>", "alt-sv": "Gård"})
    assert 'alt="&lt;b&gt;Piha&lt;/b&gt;"' in client.get(path).text
    post_form(client, f"{path}/{second}/remove", {}, page=path)
    assert "Piha" not in client.get(path).text


def test_an_offer_has_at_most_eight_photos(client: FlaskClient, database: Database, offer: Offer) -> None:
    with database.transaction() as session:
        kept = session.get_one(Offer, offer.id)
        for number in range(7):
            kept.photos.append(
                OfferPhoto(position=number, alt=kept.versions[0].title, renditions=[{"width": 1, "height": 1}],
                           created_at=kept.created_at)
            )  # fmt: skip
    assert add(client, offer).status_code == 303
    assert client.post(page_of(offer), data={}).status_code in (303, 422)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OfferPhoto)) == 8


def test_another_companys_photos_do_not_exist_for_an_outsider(
    app: Flask, client: FlaskClient, database: Database, offer: Offer, sign_in: SignIn
) -> None:
    add(client, offer)
    with database.transaction() as session:
        outsider = make_provider_admin(session, make_provider(session))
    other = app.test_client()
    sign_in(other, outsider)
    assert other.get(page_of(offer)).status_code == 404
    assert other.get(f"{page_of(offer)}/1").status_code == 404
