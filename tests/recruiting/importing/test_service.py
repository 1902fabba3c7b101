"""The import as a whole: three messy files, twice, beside what the portal already knows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.proof import verdict
from marketplace.audit.service import seal_waiting
from marketplace.i18n import LocalizedText, in_english
from marketplace.offers.models import Offer
from marketplace.offers.queries import offers_of
from marketplace.pilots import queries as pilots
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.queries import provider_with_business_id
from marketplace.providers.rules import LegalForm
from marketplace.recruiting.importing.report import Report, RowOutcome, lines
from marketplace.recruiting.importing.service import import_sheet
from marketplace.search.models import CatalogueChange
from marketplace.sheets import UnreadableFile, read_tables
from tests.factories import NOW, make_approval, make_offer, make_provider
from tests.recruiting.importing.books import messy_workbook
from tests.recruiting.importing.tables import CLEAN, HEADER, Rows, csv_file, table
from tests.work import work_of

FILES = Path(__file__).parent / "files"
ID = "9100170-2"
ROW = [ID, "Koti Oy", "Kotitie 1", "04300", "09 111 222", "info@koti.fi", "Päivätoiminta", "Tuusula", ""]
MESSY = {
    "keusote.csv": ("keusote-2022", (FILES / "keusote.csv").read_bytes()),
    "soite.csv": ("soite-2018", (FILES / "soite.csv").read_bytes()),
    "keusote.xlsx": ("keusote-2022", messy_workbook()),
}


def run(session: Session, content: bytes, pilot_key: str = "keusote-2022", **options: bool) -> Report:
    with in_english():
        return import_sheet(work_of(session), pilot_key=pilot_key, tables=read_tables(content), **options)


def outcomes(report: Report) -> dict[int, str]:
    return {row.number: row.outcome for row in report.rows}


def details(report: Report, number: int) -> str:
    row = next(row for row in report.rows if row.number == number)
    return "; ".join((*row.details, *row.notes))


def provider(session: Session, business_id: str = ID) -> Provider:
    found = provider_with_business_id(session, business_id)
    assert found is not None
    return found


def approvals(session: Session, business_id: str = ID) -> dict[str, ServiceApproval]:
    owner = provider(session, business_id)
    query = sa.select(ServiceApproval).where(ServiceApproval.provider_id == owner.id)
    return {each.service_key: each for each in session.scalars(query)}


def changed(index: int, value: str) -> list[str]:
    return [value if place == index else cell for place, cell in enumerate(ROW)]


def held() -> Any:
    return {"business_id": ID, "official_name": "Koti Oy", "phone": "050 999 000", "email": "", "street": ""}


# --- three messy files -----------------------------------------------------------------------------------------------


def test_a_finnish_list_from_an_old_office_program(session: Session) -> None:
    report = run(session, MESSY["keusote.csv"][1])
    assert report.origin == "CSV, Windows-1252, semicolons"
    assert report.counts == {
        "created": 6,
        "updated": 0,
        "unchanged": 0,
        "refused": 3,
        "passed over": 1,
    }
    assert [number for number, outcome in outcomes(report).items() if outcome == "refused"] == [10, 11, 13]
    assert "check digit of “9100030-5”" in details(report, 10)
    assert "Porvoo (638)" in details(report, 11)
    assert "ceiling of 75,00\xa0€ (left out)" in details(report, 12)
    assert "“12.touko” is a date" in details(report, 13)
    assert (outcomes(report)[15], details(report, 15)) == ("passed over", "a row that only adds up")
    metsapolku = provider(session, "9100010-1")
    assert (metsapolku.official_name, metsapolku.legal_form, metsapolku.postal_code, metsapolku.email) == (
        "Metsäpolku Oy",
        "limited_company",
        "04300",
        "toimisto@metsapolku.fi",
    )
    held = approvals(session, "9100010-1")
    assert held["day_activity"].municipalities == ["106", "186", "543", "858"]
    assert held["transport"].municipalities == sorted(
        pilots.current_definition(session, "keusote-2022").municipalities
    )
    assert {each.approved_on.isoformat() for each in held.values()} == {"2026-03-01"}
    assert approvals(session, "9100020-8")["transport"].municipalities == ["186", "505", "858"]


def test_a_swedish_list_with_commas(session: Session) -> None:
    report = run(session, MESSY["soite.csv"][1], "soite-2018")
    assert report.origin == "CSV, UTF-8, commas"
    assert report.unread == ("“Kontaktperson” (column L)", "“Anmärkning” (column O)")
    assert [row.outcome for row in report.rows] == [
        *["refused"] * 2,
        *[RowOutcome.CREATED] * 3,
        *["refused"] * 2,
        RowOutcome.CREATED,
    ]
    assert "row 3 about the same service was refused" in details(report, 4)
    assert "rows 6 and 7 contradict each other: phone “06 222 333” and “06 999 000” (left out)" in details(
        report, 7
    )
    assert "does not have Kotihoito; it has" in details(report, 8)
    assert "“32,505” has more than two decimals" in details(report, 9)
    assert provider(session, "9100071-8").website == "https://havsbrisen.fi"
    assert list(approvals(session, "9100071-8")) == ["training"]
    assert provider(session, "9100100-8").legal_form == LegalForm.ASSOCIATION


def test_a_workbook_with_merged_cells_formulas_and_days_for_prices(session: Session) -> None:
    report = run(session, MESSY["keusote.xlsx"][1])
    assert outcomes(report) == dict.fromkeys((5, 6, 7, 8, 10), "created") | dict.fromkeys((9, 11), "refused")
    assert "postal code 4300 read as 04300" in details(report, 5)
    assert "phone 401234567 read as 040 123 4567" in details(report, 7)
    assert "the cell holds the date 12.5.2026" in details(report, 8)
    assert "holds a formula (=CONCAT" in details(report, 9)
    assert set(approvals(session, "9100110-4")) == {"day_activity", "carer_leave_unit"}


@pytest.mark.parametrize("name", MESSY)
def test_a_second_run_changes_nothing(session: Session, name: str) -> None:
    pilot_key, content = MESSY[name]
    first = run(session, content, pilot_key)
    events = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent))
    second = run(session, content, pilot_key)
    assert not session.dirty
    assert not session.new
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) == events
    expected = {number: "unchanged" if was == "created" else was for number, was in outcomes(first).items()}
    assert outcomes(second) == expected


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_new_provider_is_approved_by_the_pilots_current_version(session: Session) -> None:
    run(session, table(ROW))
    approval = approvals(session)["day_activity"]
    assert (approval.state, approval.pilot_key) == ("approved", "keusote-2022")
    assert approval.pilot_version_id == pilots.current_version(session, "keusote-2022").id
    assert approval.approved_on == NOW.date()  # the sheet tells no day
    assert approval.application_line_id is None
    new = provider(session)
    assert (new.state, new.iban, new.languages, new.description) == ("active", "", [], LocalizedText())


def test_prices_become_a_draft_offer_that_the_provider_completes(session: Session) -> None:
    report = run(session, table(changed(8, "62,5")))
    assert "draft offer with prices" in details(report, 2)
    (offer,) = offers_of(session, provider(session).id)
    (version,) = offer.versions
    assert (offer.state, version.state, version.municipalities) == ("draft", "draft", ["858"])
    assert [(row.band, row.unit, row.amount.cents) for row in version.prices] == [("day", "day", 6250)]


def test_an_offer_that_exists_is_left_alone(session: Session) -> None:
    owner = make_provider(session, business_id=ID, official_name="Koti Oy")
    offer = make_offer(session, make_approval(session, owner, municipalities=["858"]))
    before = [(row.band, row.amount) for row in offer.versions[0].prices]
    report = run(session, table([ID, *[""] * 5, "Päivätoiminta", "Tuusula", "1"]))
    assert outcomes(report) == {2: "unchanged"}
    assert [(row.band, row.amount) for row in offer.versions[0].prices] == before
    assert session.scalar(sa.select(sa.func.count(Offer.id)).where(Offer.provider_id == owner.id)) == 1


def test_only_empty_facts_of_a_known_provider_are_filled(session: Session) -> None:
    owner = make_provider(session, **held())
    report = run(session, table(ROW))
    assert (owner.phone, owner.email, owner.street) == ("050 999 000", "info@koti.fi", "Kotitie 1")
    assert outcomes(report) == {2: "created"}
    assert "filled in: street, e-mail" in details(report, 2)
    assert "the portal’s own stays: phone" in details(report, 2)


def test_an_older_sheet_does_not_undo_what_the_provider_has_changed(session: Session) -> None:
    run(session, table(ROW))
    owner = provider(session)
    owner.official_name, owner.phone = "Uusi Koti Oy", "050 1234567"
    session.flush()
    report = run(session, table(ROW))
    assert (owner.official_name, owner.phone) == ("Uusi Koti Oy", "050 1234567")
    assert outcomes(report) == {2: "unchanged"}
    assert "the portal’s own stays: official name, phone" in details(report, 2)


def test_the_area_of_an_imported_approval_follows_the_sheet(session: Session) -> None:
    run(session, table(ROW))
    version_id = approvals(session)["day_activity"].pilot_version_id
    report = run(session, table(changed(7, "Hyvinkää, Tuusula")))
    approval = approvals(session)["day_activity"]
    assert outcomes(report) == {2: "updated"}
    assert "Päivätoiminta in 2 municipalities; before: Tuusula" in details(report, 2)
    assert (approval.municipalities, approval.pilot_version_id) == (["106", "858"], version_id)


def test_filling_an_empty_fact_is_an_update_of_the_row_that_told_it(session: Session) -> None:
    run(session, table(changed(4, "")))
    report = run(session, table(ROW))
    assert outcomes(report) == {2: "updated"}
    assert details(report, 2) == "Päivätoiminta in 1 municipality; filled in: phone"


@pytest.mark.parametrize("state", ["suspended", "withdrawn", "ended"])
def test_an_approval_that_does_not_stand_is_refused_and_not_made_again(session: Session, state: str) -> None:
    owner = make_provider(session, business_id=ID, official_name="Koti Oy")
    make_approval(session, owner, state=state)
    report = run(session, table(ROW, ["", "", "", "", "", "", "Kuljetuspalvelu", "Tuusula"]))
    assert outcomes(report) == {2: "refused", 3: "created"}
    assert f"the approval is {state} in the portal" in details(report, 2)


def test_a_standing_approval_is_found_beside_an_ended_one(session: Session) -> None:
    owner = make_provider(session, business_id=ID, official_name="Koti Oy")
    make_approval(session, owner, municipalities=["858"])
    make_approval(session, owner, state="ended")
    assert outcomes(run(session, table([ID, *[""] * 5, "Päivätoiminta", "Tuusula"]))) == {2: "unchanged"}


def test_a_provider_that_has_left_is_refused(session: Session) -> None:
    make_provider(session, business_id=ID, official_name="Koti Oy", state="left")
    report = run(session, table(ROW))
    assert (outcomes(report), details(report, 2)) == ({2: "refused"}, "the provider has left the portal")


def test_a_company_that_nobody_knows_needs_its_name(session: Session) -> None:
    report = run(session, table(changed(1, "")))
    assert "the official name is missing" in details(report, 2)
    assert provider_with_business_id(session, ID) is None


def test_each_written_provider_has_one_audit_event(session: Session) -> None:
    run(session, csv_file())
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "provider.import")).all()
    assert [(event.actor_name, event.organisation_key) for event in events] == [
        ("Palvelutori", "keusote")
    ] * 2
    first = events[0]
    assert first.subject_id == str(provider(session).id)
    assert first.before == {}
    assert first.after["official_name"] == "Ängsbacka Ab"
    assert first.after["approvals"]["day_activity"] == {
        "municipalities": ["186", "858"],
        "prices": {"day": 6250},
    }
    assert first.after["rows"] == [2, 3]
    seal_waiting(session)
    assert verdict(session).problem is None


def test_an_update_is_recorded_with_what_was_there_before(session: Session) -> None:
    owner = make_provider(session, **held())
    make_approval(session, owner, municipalities=["858", "186"])
    run(session, table(ROW))
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert event.before == {"email": "", "street": "", "areas": {"day_activity": ["186", "858"]}}
    assert event.after["email"] == "info@koti.fi"
    assert event.after["approvals"]["day_activity"]["municipalities"] == ["858"]


def test_the_catalogue_hears_of_a_changed_area(session: Session) -> None:
    owner = make_provider(session, business_id=ID, official_name="Koti Oy")
    offer = make_offer(session, make_approval(session, owner))
    session.execute(sa.delete(CatalogueChange))
    run(session, table([ID, *[""] * 5, "Päivätoiminta", "Tuusula"]))
    assert offer.id in set(session.scalars(sa.select(CatalogueChange.offer_id)))


# --- all or nothing, dry run -----------------------------------------------------------------------------------------


def test_good_rows_are_imported_although_others_are_refused(session: Session) -> None:
    report = run(session, table(ROW, ["9100180-0", "Väärä Oy", "", "", "", "", "Päivätoiminta", "Tuusula"]))
    assert outcomes(report) == {2: "created", 3: "refused"}
    assert provider(session).official_name == "Koti Oy"


def test_all_or_nothing_writes_nothing_when_a_row_is_refused(session: Session) -> None:
    bad = ["9100180-0", "Väärä Oy", "", "", "", "", "Päivätoiminta", "Tuusula"]
    report = run(session, table(ROW, bad), all_or_nothing=True)
    assert (report.written, report.refused) == (False, True)
    assert provider_with_business_id(session, ID) is None
    assert list(lines(report))[-1] == "Nothing was written, because rows were refused (--all-or-nothing)."
    assert run(session, table(ROW), all_or_nothing=True).written
    assert provider(session).official_name == "Koti Oy"


def test_a_dry_run_tells_what_a_real_one_does_and_writes_nothing(session: Session) -> None:
    content = MESSY["keusote.csv"][1]
    dry = run(session, content, dry_run=True)
    assert not session.new
    assert session.scalar(sa.select(sa.func.count()).select_from(Provider)) == 0
    assert list(lines(dry))[-1] == "Dry run: nothing was written."
    assert run(session, content).rows == dry.rows


def test_the_report_has_a_line_for_every_row_and_the_sums(session: Session) -> None:
    report = run(session, csv_file([HEADER, changed(7, "Tuusula"), ["1", "Väärä Oy", *[""] * 7]]))
    assert list(lines(report)) == [
        "CSV, UTF-8, semicolons, header on row 1",
        f"row 2    created    {ID} Koti Oy: Päivätoiminta in 1 municipality",
        (
            "row 3    refused    Väärä Oy: the service is missing; the municipalities are missing; "
            "business ID: “1” is not seven digits, a hyphen and a check digit (1234567-8)"
        ),
        "2 rows: 1 created, 0 updated, 0 unchanged, 1 refused, 0 passed over",
    ]
    assert "There are no rows under the header." in lines(run(session, csv_file([HEADER])))


def test_an_unknown_pilot_is_answered_with_those_there_are(session: Session) -> None:
    with pytest.raises(UnreadableFile, match=r"no pilot “keusote”\. Pilots: hb-2016, keusote-2019"):
        run(session, csv_file(), "keusote")


# --- any clean file --------------------------------------------------------------------------------------------------


def imported(session: Session, content: bytes) -> tuple[Any, ...]:
    """Everything that an import into an empty portal leaves, and its report; rolled back afterwards."""
    with session.begin_nested() as savepoint:
        report = run(session, content)
        found = [
            (
                [
                    getattr(each, name)
                    for name in ("business_id", "official_name", "street", "postal_code", "phone")
                ],
                {
                    key: (held.municipalities, held.approved_on)
                    for key, held in approvals(session, each.business_id).items()
                },
                Counter(
                    (offer.service_key, price.band, price.amount)
                    for offer in offers_of(session, each.id)
                    for price in offer.versions[0].prices
                ),
            )
            for each in session.scalars(sa.select(Provider).order_by(Provider.business_id))
        ]
        savepoint.rollback()
    session.expire_all()
    return found, report.rows


def reordered(rows: Rows, order: list[int]) -> list[list[str]]:
    return [[row[index] for index in order] for row in rows]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(HEADER))),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    delimiter=st.sampled_from([";", ",", "\t"]),
    ending=st.sampled_from(["\r\n", "\n"]),
)
def test_order_of_columns_encoding_and_delimiter_do_not_matter(
    session: Session, order: list[int], encoding: str, delimiter: str, ending: str
) -> None:
    content = csv_file(reordered(CLEAN, order), encoding=encoding, delimiter=delimiter, ending=ending)
    expected = imported(session, csv_file())
    assert imported(session, content) == expected
    assert [row.outcome for row in expected[1]] == ["created"] * 3
