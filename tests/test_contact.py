"""Addresses and numbers have one form, whoever wrote them where; what cannot be reached is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contact import (
    NoWebAddress,
    UndialableNumber,
    UnreachableAddress,
    copied_address,
    dialling_link,
    email_address,
    kept_email,
    opening_link,
    phone_number,
    shown_email,
    shown_phone,
    web_address,
)


@pytest.mark.parametrize(
    "typed",
    [
        "info@päiväkoti-esimerkki.fi",
        "INFO@PÄIVÄKOTI-ESIMERKKI.FI",
        "info@pa\u0308iva\u0308koti-esimerkki.fi",
        "  info@xn--pivkoti-esimerkki-qqbc.fi ",
        "info@xn--pivkoti-esimerkki-qqbc.fi\u00a0",
    ],
)
def test_every_spelling_of_one_mailbox_is_one_address(typed: str) -> None:
    assert email_address(typed) == kept_email(typed) == "info@xn--pivkoti-esimerkki-qqbc.fi"
    assert shown_email(email_address(typed)) == "info@päiväkoti-esimerkki.fi"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("päivi@example.fi", "letters"),
        ("a\u200b\u0301@example.fi", "letters"),
        ("nobody", "form"),
        ("a@b", "form"),
        ("a@example..fi", "form"),
        ("a b@example.fi", "form"),
        ("@example.fi", "form"),
        (f"{'a' * 65}@example.fi", "form"),
        ("", "form"),
    ],
)
def test_an_address_that_servers_refuse_is_refused(typed: str, code: str) -> None:
    with pytest.raises(UnreachableAddress) as refusal:
        email_address(typed)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "copied",
    ["mailto:a@example.fi", "Anna Ek <A@example.fi>", "a@example.fi.", "a@example.fi;", "<a@example.fi>"],
)
def test_an_address_copied_from_a_mail_is_cleaned(copied: str) -> None:
    assert copied_address(copied) == "a@example.fi"


def test_an_address_that_cannot_be_read_is_kept_as_it_is() -> None:
    assert kept_email(" Päivi@example.fi ") == "päivi@example.fi"
    assert shown_email("a@xn--0.fi") == "a@xn--0.fi"


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("+358 (0)40 123 4567", "+358401234567", "040 123 4567"),
        ("00358 40 123 4567", "+358401234567", "040 123 4567"),
        ("040-123 4567", "+358401234567", "040 123 4567"),
        ("040/1234567", "+358401234567", "040 123 4567"),
        ("puh. 040 1234567", "+358401234567", "040 123 4567"),
        ("'+358 40 123 4567", "+358401234567", "040 123 4567"),
        ("(09) 111 222", "+3589111222", "09 111 222"),
        ("019\u00a0111\u202f2233", "+358191112233", "019 111 2233"),
        ("09 1234 alanumero 12", "+35891234;ext=12", "09 1234 alanumero 12"),
        ("09 1234 anknytning 12", "+35891234;ext=12", "09 1234 alanumero 12"),
        ("+35891234;ext=12", "+35891234;ext=12", "09 1234 alanumero 12"),
        ("+46 8 123 456 78", "+46812345678", "+46 8 123 456 78"),
        ("0800 12345", "+35880012345", "0800 12 345"),
    ],
)
def test_a_number_is_kept_as_it_is_dialled_and_shown_as_it_is_written(
    typed: str, kept: str, shown: str
) -> None:
    assert phone_number(typed) == kept
    assert shown_phone(kept, "fi") == shown
    assert dialling_link(typed) == f"tel:{kept}"
    assert phone_number(shown) == kept


def test_an_extension_is_shown_in_the_readers_language() -> None:
    assert shown_phone("+35891234;ext=12", "sv") == "09 1234 anknytning 12"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("040 1234567, 050 7654321", "several"),
        ("040 123 4567 / 050 111 2222", "several"),
        ("040 1234567 ja 050 7654321", "several"),
        ("0401234567 arkisin 9-15", "form"),
        ("09 1234 vaihde", "form"),
        ("04O 1234567", "form"),
        ("40", "form"),
        ("09 111", "form"),
        ("+358 40 123 4567 8901 2345", "form"),
        ("", "form"),
        ("401234567", "no_zero"),
    ],
)
def test_what_nobody_can_dial_has_no_link_and_stays_as_it_was_written(typed: str, code: str) -> None:
    with pytest.raises(UndialableNumber) as refusal:
        phone_number(typed)
    assert refusal.value.code == code
    assert dialling_link(typed) is None
    assert shown_phone(typed, "fi") == typed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.yritys.fi", "https://www.yritys.fi"),
        ("http://päiväkoti.fi:8080/a b?".replace(" ", ""), "http://päiväkoti.fi:8080/ab?"),
        ("https://oma_sivu.yritys.fi./", "https://oma_sivu.yritys.fi./"),
        ("https://192.0.2.7/x", "https://192.0.2.7/x"),
        ("https://yritys.fi:/", "https://yritys.fi:/"),
    ],
)
def test_an_address_of_the_web_is_kept_in_full(typed: str, kept: str) -> None:
    assert web_address(typed) == kept
    assert opening_link(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "https://yritys.fi:99999", "https://yritys.fi:0", "https://yritys.fi:x", "https://.yritys.fi",
        "https://yritys..fi", "https://.", "https://yritys", "https://-yritys.fi", "https://yritys.123",
        "https://300.1.1.1", "https://1.2.3.4.5", f"https://{'a' * 64}.fi", f"https://{'a.' * 130}fi",
        "https://yri tys.fi", "https://nimi@yritys.fi", "ftp://yritys.fi", "javascript:alert(1)", "https://xn--zz.fi",
        "https://[::1", "https://[::1]/", "",
    ],
)  # fmt: skip
def test_an_address_of_the_web_that_cannot_be_is_refused_and_is_no_link(typed: str) -> None:
    with pytest.raises(NoWebAddress):
        web_address(typed)
    assert opening_link(typed) is None


@given(st.text(alphabet="https:/.@[]%0129az-_ äx", max_size=25))
def test_an_address_of_the_web_is_its_own_normal_form_or_none(text: str) -> None:
    kept = opening_link(text)
    assert kept is None or web_address(kept) == kept


@given(st.text(alphabet="+0123456789 ()-/;,ext.alnumro", max_size=25))
def test_the_normal_form_is_its_own(text: str) -> None:
    try:
        kept = phone_number(text)
    except UndialableNumber:
        return
    assert phone_number(kept) == kept
    assert phone_number(shown_phone(kept, "fi")) == kept
