"""Demand: searches that found nothing. Who searched is nowhere, so each search counts as somebody's."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.reports.facts.span import Span
from marketplace.reports.rules import Dimension, Fact, Measure
from marketplace.search.models import UnmetNeed


def demand(session: Session, municipalities: Collection[str], span: Span) -> Iterator[Fact]:
    """Searches for one of the pilot's municipalities. One without a place belongs to no pilot."""
    query = (
        sa.select(UnmetNeed.day, UnmetNeed.municipality, UnmetNeed.language, sa.func.sum(UnmetNeed.count))
        .where(span.holds(UnmetNeed.day), UnmetNeed.municipality.in_(municipalities))
        .group_by(UnmetNeed.day, UnmetNeed.municipality, UnmetNeed.language)
    )
    for day, municipality, language, count in session.execute(query):
        keys = {Dimension.MUNICIPALITY: municipality, Dimension.LANGUAGE: language}
        for number in range(int(count)):
            yield Fact(Measure.SEARCHES, day, (day, municipality, language, number), keys=keys)
