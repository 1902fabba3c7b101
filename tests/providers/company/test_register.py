"""Looking a company up: what the register says, and what happens when it says nothing."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.config import ConfigurationError, Settings
from marketplace.providers.company.register import RegisteredAddress, RegisterUnreachable, YtjRegister
from tests.factories import business_id
from tests.forms import post_form
from tests.providers.company.registers import KNOWN, Register, running

ENTRIES = {"name": "Maija", "email": "maija@example.fi", "phone": "040 123", "look_up": "1"}


def test_a_company_is_read_as_it_is_now_in_finnish() -> None:
    with running(Register()) as register:
        company = YtjRegister(register.url).look_up(KNOWN)
    assert company is not None
    assert (company.official_name, company.trade_name) == ("Metsäpolku Palvelut Oy", "Metsäpolku")
    assert company.legal_form == "limited_company"
    assert company.address == RegisteredAddress("Hyryläntie 7 B 3", "04300", "Tuusula")
    assert company.postal == RegisteredAddress("PL 12", "04301", "Tuusula")
    assert company.website == "https://www.metsapolku.example"
    assert not company.ended


def test_a_company_that_the_register_does_not_have_is_none() -> None:
    with running(Register()) as register:
        assert YtjRegister(register.url).look_up(business_id(1_000_000)) is None
    with running(Register(status=404, body=b"{}")) as register:
        assert YtjRegister(register.url).look_up(KNOWN) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, b""),
        (200, b"<html>maintenance</html>"),
        (200, b'{"companies": [{}]}'),
        (200, b"[1]"),
        (200, b"[" * 50_000),
    ],
)
def test_a_register_that_answers_nonsense_is_unreachable(status: int, body: bytes) -> None:
    with running(Register(status, body)) as register, pytest.raises(RegisterUnreachable):
        YtjRegister(register.url).look_up(KNOWN)


def test_a_register_that_is_down_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/companies"
        with pytest.raises(RegisterUnreachable):
            YtjRegister(url).look_up(KNOWN)


def test_a_register_that_leads_elsewhere_is_unreachable() -> None:
    with (
        running(Register()) as elsewhere,
        running(Register(302, leads=elsewhere.url)) as register,
        pytest.raises(RegisterUnreachable),
    ):
        YtjRegister(register.url).look_up(KNOWN)
    assert elsewhere.asked == []


def with_register(app: Flask, url: str) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], ytj_url=url)


def test_the_form_is_filled_from_the_register_and_the_address_goes_along(
    app: Flask, client: FlaskClient
) -> None:
    with running(Register()) as register:
        with_register(app, register.url)
        page = post_form(client, "/fi/provider/register", ENTRIES | {"business_id": "FI07375462"})
    assert page.status_code == 200
    for value in (
        "PL 12",
        "04301",
        "0737546-2",
        "Metsäpolku Palvelut Oy",
        "Hyryläntie 7 B 3",
        "04300",
        "Maija",
    ):
        assert f'value="{value}"' in page.text
    assert register.asked == [KNOWN]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, b""),
        (200, b'{"companies": []}'),
        (200, b'{"companies": [{"businessId": {"value": "0737546-2"}, "endDate": "2020-01-01"}]}'),
    ],
)
def test_what_the_register_cannot_give_is_typed_and_nothing_is_lost(
    app: Flask, client: FlaskClient, status: int, body: bytes
) -> None:
    with running(Register(status, body)) as register:
        with_register(app, register.url)
        page = post_form(client, "/fi/provider/register", ENTRIES | {"business_id": KNOWN})
    assert page.status_code == 422
    assert 'href="#business_id"' in page.text
    assert 'value="maija@example.fi"' in page.text


def test_a_wrong_business_id_is_not_even_asked_for(app: Flask, client: FlaskClient) -> None:
    with running(Register()) as register:
        with_register(app, register.url)
        page = post_form(client, "/fi/provider/register", ENTRIES | {"business_id": "0737546-3"})
    assert page.status_code == 422
    assert register.asked == []


def test_without_a_register_there_is_no_button(client: FlaskClient) -> None:
    assert 'name="look_up"' not in client.get("/fi/provider/register").text


@pytest.mark.parametrize("name", ["YTJ_URL", "CLAMD_URL"])
def test_an_address_of_another_kind_stops_the_start(name: str, tmp_path: object) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_environment({"DATA_DIR": str(tmp_path), name: "file:///etc/passwd"})
