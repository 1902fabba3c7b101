"""The translation check: it sees each way in which a catalogue can fail its reader."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from scripts import translations

HEADER = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


@pytest.fixture
def template() -> Catalog:
    found = Catalog()
    found.add("Save")
    found.add("Sent on %(date)s")
    found.add(("%(num)d service", "%(num)d services"))
    return found


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: Catalog, entries: str) -> list[str]:
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    path = translations.path_of("fi")
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + entries, "utf-8")
    return list(translations.faults("fi", template))


SAVE = 'msgid "Save"\nmsgstr "Tallenna"\n\n'
SENT = 'msgid "Sent on %(date)s"\nmsgstr "Lähetetty %(date)s"\n\n'
SERVICES = (
    'msgid "%(num)d service"\nmsgid_plural "%(num)d services"\n'
    'msgstr[0] "Yksi palvelu"\nmsgstr[1] "%(num)d palvelua"\n\n'
)


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        (SENT + SERVICES, "fi: missing: 'Save'"),
        (SAVE.replace("Tallenna", "") + SENT + SERVICES, "fi: not translated: 'Save'"),
        ("#, fuzzy\n" + SAVE + SENT + SERVICES, "fi: fuzzy: 'Save'"),
        (SAVE + SENT + SERVICES + 'msgid "Gone"\nmsgstr "Poissa"\n', "fi: stale: 'Gone'"),
        (SAVE + SENT + SERVICES + '#~ msgid "Gone"\n#~ msgstr "Poissa"\n', "fi: stale: 'Gone'"),
        (
            SAVE + SENT.replace("Lähetetty %(date)s", "Lähetetty %(day)s") + SERVICES,
            "fi: placeholders differ (date, day):",
        ),
        (
            SAVE + SENT.replace("Lähetetty %(date)s", "Lähetetty") + SERVICES,
            "fi: placeholders differ (date):",
        ),
        (SAVE + SENT + SERVICES.replace("%(num)d palvelua", ""), "fi: not translated: '%(num)d service'"),
    ],
)
def test_a_faulty_entry_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: Catalog, entries: str, fault: str
) -> None:
    found = told(tmp_path, monkeypatch, template, entries)
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_a_whole_catalogue_has_no_fault_and_a_singular_may_leave_out_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: Catalog
) -> None:
    assert told(tmp_path, monkeypatch, template, SAVE + SENT + SERVICES) == []


def test_an_update_is_the_same_the_second_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    translations.update()
    first = translations.path_of("sv").read_bytes()
    translations.update()
    assert translations.path_of("sv").read_bytes() == first
    assert b"Creation-Date" not in first
