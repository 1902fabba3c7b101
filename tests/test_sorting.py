"""Names have one order, and case does not hide them, in Python and on both databases."""

from __future__ import annotations

import random
import unicodedata

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.providers.models import Provider
from marketplace.sorting import by_name, sort_key
from tests.factories import make_provider

ORDER = [
    "Aalto",
    "Edla",
    "Élan",
    "Šárka",
    "Virta",
    "Wäinö",
    "Über",
    "Yrjö",
    "Zeta",
    "Åbo",
    "Äiti",
    "ääni",
    "Öhman",
]
"""CLDR collation fi and sv, by Intl.Collator."""


def shuffled() -> list[str]:
    names = list(ORDER)
    random.Random(7).shuffle(names)
    return names


def test_python_orders_names_as_people_do() -> None:
    assert sorted(shuffled(), key=sort_key) == ORDER
    assert sorted(["Aalto 2", "Aalto", "Aalto Oy", "aalto"], key=sort_key) == [
        "aalto",
        "Aalto",
        "Aalto 2",
        "Aalto Oy",
    ]
    decomposed = unicodedata.normalize("NFD", "Äiti")
    assert sort_key(decomposed) == sort_key("Äiti")


def test_databases_order_names_as_python_does(session: Session) -> None:
    for name in shuffled():
        make_provider(session, official_name=name, trade_name="")
    session.flush()
    query = sa.select(Provider.official_name).where(Provider.official_name.in_(ORDER))
    assert list(session.scalars(query.order_by(by_name(Provider.official_name)))) == ORDER


def test_databases_find_letters_in_any_case(session: Session) -> None:
    make_provider(session, official_name="Åbo Omsorg Élan Ab")
    session.flush()
    for word in ("åbo", "ÅBO", "Åbo", "élan", "ÉLAN"):
        found = session.scalar(
            sa.select(Provider.id).where(Provider.official_name.icontains(word, autoescape=True))
        )
        assert found is not None, word
