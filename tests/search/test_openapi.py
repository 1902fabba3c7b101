"""The interface does what its description says: requests and answers are invented from the OpenAPI document."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok

from marketplace.search.facets import FACETS
from marketplace.search.public_offer import PublicOffer

EXAMPLES = 10
ALWAYS = [checks.not_a_server_error, checks.status_code_conformance, checks.response_schema_conformance]
"""What holds also for a request that the description does not allow."""

UNPACKED = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_answers_as_it_is_described(offered: Flask, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", offered)
    only = None if mode is GenerationMode.POSITIVE else ALWAYS
    tried = 0
    for operation in schema.get_all_operations():
        assert isinstance(operation, Ok), "the document describes every operation rightly"

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.ok().as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            nonlocal tried
            assume(not _orders_by_distance_from_nowhere(case))
            tried += 1
            case.validate_response(case.call(headers=UNPACKED), checks=only)

        ask()
    assert tried >= EXAMPLES


def _orders_by_distance_from_nowhere(case: Any) -> bool:
    """The one combination of allowed values that is refused, which OpenAPI has no word for."""
    query = case.query or {}
    return query.get("sort") == "distance" and not query.get("municipality")


def test_every_facet_has_its_member_in_the_public_offer() -> None:
    assert {facet.member for facet in FACETS.values()} <= set(PublicOffer.model_fields)
