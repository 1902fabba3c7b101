"""Definitions are taken into use once, change into new versions, and old versions stay."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.errors import NotFound
from marketplace.pilots import queries, service
from marketplace.pilots.content import DEFINITIONS, definition_files
from marketplace.pilots.models import PilotVersion
from marketplace.pilots.source import InvalidDefinition
from tests.work import work_of

LATER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
KEY = "keusote-2022"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped definitions to change."""
    shutil.copytree(DEFINITIONS, tmp_path / "definitions")
    return tmp_path / "definitions"


def change(folder: Path, old: str, new: str) -> Path:
    path = folder / f"{KEY}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def load(session: Session, path: Path) -> service.LoadResult:
    [result] = service.load(work_of(session, now=LATER), [path])
    return result


def test_loading_the_same_again_changes_nothing(session: Session) -> None:
    results = service.load(work_of(session, now=LATER), definition_files(shipped=True))
    assert {(result.number, result.outcome) for result in results} == {(1, "unchanged")}
    assert len(queries.versions(session, KEY)) == 1


def test_a_comment_or_an_order_is_not_a_change(session: Session, folder: Path) -> None:
    path = change(folder, "budget_kinds:", "# how the budget is counted\nbudget_kinds:")
    assert load(session, path).outcome == "unchanged"


def test_a_changed_definition_is_a_new_version_and_the_old_one_stays(session: Session, folder: Path) -> None:
    old_id = queries.pilot(session, KEY).version_id
    assert old_id is not None
    path = change(folder, "handling_days: 30", "handling_days: 21")
    result = load(session, path)
    assert (result.number, result.outcome) == (2, "changed")
    assert queries.current_definition(session, KEY).handling_days == 21
    assert queries.kept_definition(session, old_id).handling_days == 30


def test_a_change_in_a_shared_part_is_a_change_of_the_pilot(session: Session, folder: Path) -> None:
    part = folder / "common" / "rulebook.yaml"
    part.write_text(
        part.read_text(encoding="utf-8").replace("Palvelun laatu", "Hyvä laatu"), encoding="utf-8"
    )
    assert load(session, folder / f"{KEY}.yaml").number == 2


def test_going_back_to_an_earlier_text_is_a_new_version(session: Session, folder: Path) -> None:
    path = change(folder, "handling_days: 30", "handling_days: 21")
    load(session, path)
    change(folder, "handling_days: 21", "handling_days: 30")
    assert load(session, path).number == 3
    first, _second, third = sorted(queries.versions(session, KEY), key=lambda version: version.number)
    assert first.digest == third.digest


def test_a_load_is_in_the_audit_trail(session: Session, folder: Path) -> None:
    load(session, change(folder, "handling_days: 30", "handling_days: 21"))
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.subject_id, event.organisation_key) == ("pilot.load", KEY, "keusote")
    assert (event.before["version"], event.after["version"]) == (1, 2)


def test_one_broken_file_keeps_all_from_being_loaded(session: Session, folder: Path) -> None:
    change(folder, "handling_days: 30", "handling_days: 21")
    (folder / "zz.yaml").write_text("key: zz\n", encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=r"zz\.yaml:1"):
        service.load(work_of(session, now=LATER), sorted(folder.glob("*.yaml")))
    assert len(queries.versions(session, KEY)) == 1


def test_every_pilot_stands_with_its_organisation(session: Session) -> None:
    found = {pilot.key: pilot.organisation.short_name.fi for pilot in queries.pilots(session)}
    assert found["keusote-2022"] == "Keusote"
    assert set(found) == {path.stem for path in definition_files(shipped=True)}
    assert {each.key for each in queries.organisations(session)} >= {"keusote", "soite", "siunsote"}


def test_unknown_pilots_and_versions_are_not_found(session: Session) -> None:
    for look_up in (queries.pilot, queries.current_definition):
        with pytest.raises(NotFound):
            look_up(session, "nothing")
    with pytest.raises(NotFound):
        queries.kept_definition(session, 10_000)
    with pytest.raises(NotFound):
        queries.version_by_number(session, KEY, 10_000)


def test_a_definition_is_parsed_once(session: Session) -> None:
    version = queries.current_version(session, KEY)
    assert isinstance(version, PilotVersion)
    assert queries.kept_definition(session, version.id) is queries.kept_definition(session, version.id)
