"""Keys in a pilot's definition that must be in a vocabulary."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from marketplace.pilots import vocabulary
from marketplace.pilots.reading import did_you_mean


class _Known:
    """A key that must be in a vocabulary; the message proposes the nearest one, and editors list them all."""

    def __init__(self, what: str, entries: vocabulary.Vocabulary[Any]) -> None:
        self.what = what
        self.entries = entries

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.entries)}

    def _check(self, key: str) -> str:
        keys, what = list(self.entries), self.what
        if key in keys:
            return key
        raise PydanticCustomError(
            "unknown_key",
            "“{key}” is not a known {what}{hint}",
            {"key": key, "what": what, "hint": did_you_mean(key, keys)},
        )


ServiceKey = Annotated[str, _Known("service", vocabulary.SERVICES)]
GroupKey = Annotated[str, _Known("client group", vocabulary.GROUPS)]
BandKey = Annotated[str, _Known("price band", vocabulary.BANDS)]
UnitKey = Annotated[str, _Known("unit", vocabulary.UNITS)]
EvidenceKey = Annotated[str, _Known("kind of evidence", vocabulary.EVIDENCE_KINDS)]
OrganisationKey = Annotated[str, _Known("organisation", vocabulary.ORGANISATIONS)]
MunicipalityCode = Annotated[str, _Known("municipality code", vocabulary.MUNICIPALITIES)]
CountyCode = Annotated[str, _Known("wellbeing services county code", vocabulary.COUNTIES)]
