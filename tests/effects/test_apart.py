"""Answers stand apart from identity: only a few modules lead from a client to a pseudonym, and no table does."""

from __future__ import annotations

import ast

from marketplace.config import ROOT
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectLink, EffectSheet

MAY_FOLLOW = {"demo/asking.py", "effects/own.py", "effects/service.py", "keys/service.py"}


def imports_linking(path: str) -> bool:
    tree = ast.parse((ROOT / "marketplace" / path).read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.ImportFrom)
        and (
            node.module == "marketplace.effects.linking"
            or (node.module == "marketplace.effects" and any(each.name == "linking" for each in node.names))
        )
        for node in ast.walk(tree)
    )


def test_only_the_clients_own_pages_and_erasure_follow_the_link() -> None:
    house = ROOT / "marketplace"
    paths = [path.relative_to(house).as_posix() for path in house.rglob("*.py")]
    assert {path for path in paths if imports_linking(path)} == MAY_FOLLOW


def test_no_table_of_answers_refers_to_a_client_or_an_asking() -> None:
    for table in (EffectSheet, EffectAnswer, EffectLink):
        targets = {key.column.table.name for key in table.__table__.foreign_keys}
        assert targets <= {"pilots", "effect_sheets"}
        assert not {"client_id", "number", "name"} & set(table.__table__.columns.keys())
    assert not {"pseudonym", "value"} & set(EffectAsking.__table__.columns.keys())
