"""What a machine can keep of the language: words, numbers, spaces and stops, in every text that a person reads.

docs/language.md says why. The texts are those of the catalogues, of the pairs in YAML and in code, and of the
pages that are written in each language by itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from marketplace.config import ROOT
from marketplace.i18n import LANGUAGES
from scripts import translations
from tests.slips import slips, unsaid

FOLDERS: Final = ("pilots", "approvals/proposing", "demo/data", "recruiting", "reports")
"""Folders of YAML whose texts people read; the others hold what people type."""

NBSP: Final = "\N{NO-BREAK SPACE}"


NEVER: Final = r"(?!)"
BY_PHONE: Final = r"[Pp]uhelimella|kutsuttiin sähköpostilla"
SOTERI: Final = r"[Rr]egistret över\s+tjänsteproducenter"
CARER_LEAVE: Final = r"(Vård i hemmet|på en enhet) under närståendevårdares ledighet"


@dataclass(frozen=True, slots=True)
class Said:
    """A text, its language, and where it stands."""

    language: str
    where: str
    text: str
    source: Any = None


def catalogue_texts() -> Iterator[Said]:
    for language in LANGUAGES:
        for message in translations.read(language):
            if message.id:
                forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
                for form in forms:
                    yield Said(language, f"{language}: {message.id}", str(form), message)


def pairs_in(value: Any, where: str) -> Iterator[Said]:
    match value:
        case {"fi": str(fi), "sv": str(sv)}:
            yield Said("fi", where, fi)
            yield Said("sv", where, sv)
        case [str(fi), str(sv)] if "demo/data" in where and "names" not in where and "places" not in where:
            yield Said("fi", where, fi)
            yield Said("sv", where, sv)
        case dict():
            for each in value.values():
                yield from pairs_in(each, where)
        case list():
            for each in value:
                yield from pairs_in(each, where)


def loaded(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)


def data_texts() -> Iterator[Said]:
    for folder in FOLDERS:
        for path in sorted((ROOT / "marketplace" / folder).rglob("*.yaml")):
            yield from pairs_in(loaded(path), str(path.relative_to(ROOT)))


def code_texts() -> Iterator[Said]:
    for path in sorted((ROOT / "marketplace").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "LocalizedText":
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                values = dict(zip(LANGUAGES, node.args, strict=False)) | given
                for language, value in values.items():
                    if isinstance(value, ast.Constant) and isinstance(value.value, str) and language:
                        yield Said(language, f"{path.relative_to(ROOT)}:{node.lineno}", value.value)
            elif isinstance(node, ast.Dict) and [ast.unparse(key) for key in node.keys if key] == [
                "'fi'",
                "'sv'",
            ]:
                for language, value in zip(LANGUAGES, node.values, strict=True):
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield Said(language, f"{path.relative_to(ROOT)}:{node.lineno}", value.value)


def page_texts() -> Iterator[Said]:
    for language in LANGUAGES:
        for path in sorted((ROOT / "templates").rglob(f"*.{language}.html")):
            text = re.sub(r"<code>.*?</code>|\{\{.*?\}\}", "X", path.read_text("utf-8"), flags=re.DOTALL)
            text = re.sub(r"</?(?:a|strong|em)\b[^>]*>|\{%.*?%\}", "", text)
            text = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", "\n", text).replace("&nbsp;", NBSP))
            yield Said(language, str(path.relative_to(ROOT)), text)


@cache
def texts() -> tuple[Said, ...]:
    return (*catalogue_texts(), *data_texts(), *code_texts(), *page_texts())


def hits(pattern: str, language: str | None = None, *, but: str = NEVER) -> list[str]:
    """Where a pattern stands in the texts, placeholders left out; not where `but` stands around it."""
    found = []
    for said in texts():
        if language in (None, said.language):
            text = re.sub(r"%\(\w+\)[sd]|\{\w+\}", "X", said.text)
            if re.search(pattern, re.sub(but, "", text)):
                found.append(f"{said.where} → {said.text[:160]}")
    return found


def test_there_are_texts_of_every_kind() -> None:
    for kind in (catalogue_texts, data_texts, code_texts, page_texts):
        assert {said.language for said in kind()} == set(LANGUAGES), kind.__name__


@pytest.mark.parametrize(
    ("wrong", "right", "but"),
    [
        (r"[Pp]ortaali", "Palvelutori", NEVER),
        (r"\bpalvelutor", "Palvelutori, with a capital", NEVER),
        (r"\b[Tt]arjou(s|kse|ks)", "palvelu", NEVER),
        (r"\b[Pp]ilot(in|ti|it|issa)\b", "kokeilu", NEVER),
        (r"\b[Pp]alvelun tuottaja", "palveluntuottaja", NEVER),
        (r"[Ss]ähköpostilla\b", "sähköpostitse, puhelimitse", BY_PHONE),
        (r"[Ss]elity(s|kse|stä)", "vastaus", r"[Oo]masta selityksestä"),
        (r"puolipäiv", "puoli päivää", NEVER),
        (r"[Pp]äätöksentekijä", "päättäjä", NEVER),
        (r"\b[Mm]aksukatto|\b[Hh]intakatto", "enimmäishinta", NEVER),
        (r"[Hh]anketoimisto", "projektitoimisto", NEVER),
        (r"\b[Ee]sity(s|kse|st)|\b[Ee]sitä\b", "ehdotus, ehdottaa", NEVER),
        (r"hin(ta|nat)\b.{0,20}\bhalve(mp|mm)", "alempi hinta", NEVER),
        (r"\b(yksikössänne|olette|voitteko|teidän)\b", "sinä", NEVER),
        (r"[Oo]mavastuu(?!osuu)", "omavastuuosuus", NEVER),
        (r"[Aa]siakkaan asiakasohjaaj", "asiakasohjaaja", NEVER),
        (r"\b([Kk]atso|[Ll]ue)( myös)? (miten|mitä|mikä|kuka|missä)\b", "a comma before the question", NEVER),
        (r"\b([Aa]siakkaan|[Hh]enkilön) X (puolesta|budjetti)", "puolesta: X", r"X asiakkaan X puolesta$"),
        (r"\b[Kk]okeilu\w+nne\b", "organisaatiosi kokeilut", NEVER),
        (r"[Hh]inta on (X )?suurempi", "korkeampi", NEVER),
        (r"[Ss]iivous(aineet|välineet) ja [vt]", "ja -välineet", NEVER),
        (r"sen arvoon asti|ennen kuin sovit\b", "enintään arvo; ennen kuin teet sopimuksen", NEVER),
        (r"\b[Aa]uttaja(n|a|lle|t)?\b", "HB-avustaja", NEVER),
        (
            r"(?<![,.:;(–!?X])(?<!kuukautta)(?<!päivää)(?<!tuntia)(?<!juuri)(?<!vasta) ennen kuin\b",
            "a comma before the conjunction",
            NEVER,
        ),
        (r"\b[Tt]ämä päivä tai\b", "kuluva päivä", NEVER),
        (r"[Pp]alvelun teki", "palvelun antaja in plain language, else palveluntuottaja", NEVER),
        (r"[Oo]n (\w+ )?lähtenyt ja\b", "a comma between two sentences", NEVER),
        (r"(hyväksymise|sopimukse|hakemukse)\w+ liittyen\b", "asia koskee …", NEVER),
        (r"[Tt]odennäköisesti sinä", "luultavasti sinä", NEVER),
        (r"hyväksymisen piirissä", "sopimus, jota hyväksyminen koskee", NEVER),
    ],
)  # fmt: skip
def test_finnish_says_it_with_the_right_word(wrong: str, right: str, but: str) -> None:
    assert hits(wrong, "fi", but=but) == [], f"say {right}"


@pytest.mark.parametrize(
    ("wrong", "right", "but"),
    [
        (r"[Pp]ortal", "Servicetorget", NEVER),
        (r"\bservicetorget", "Servicetorget, with a capital", NEVER),
        (r"[Ee]rbjudande", "tjänst", NEVER),
        (r"[Pp]ilotens|\bpilot(en|er)?\b", "försök", NEVER),
        (r"tjänsteproducent", "serviceproducent", SOTERI),
        (r"(?<!service)(?<!Service)(?<!Exempel)(?<!tjänste)producent(?!erna av)", "serviceproducent", SOTERI),
        (r"\b[Kk]und(er|en|ens|ernas)?\b", "klient", r"betjäna kunder"),
        (r"rättelseyrkande", "begäran om omprövning", NEVER),
        (r"[Hh]andikapp", "funktionshinderservice, funktionsnedsättning", NEVER),
        (r"[Ee]genkontrollplan", "plan för egenkontroll", NEVER),
        (r"\b[Ss]jälvrisk\b", "självriskandel", NEVER),
        (r"[Hh]ögsta pris", "maximipris", NEVER),
        (r"\b[Mm]ärk(t|ts|ning|et)?\b", "markera", r"det här märket|Servicetorgets märke"),
        (r"[Ff]örklaring", "svar", NEVER),
        (r"redan varit|[Dd]agen har (redan )?kommit", "har passerat", NEVER),
        (r"[Åå]tersän[dt]", "återlämna", NEVER),
        (r"[Åå]terinför", "sätta i kraft igen", NEVER),
        (r"[Ii] sin ordning", "i ordning", NEVER),
        (r"(X|%s)( mindre)? i månaden", "per månad", NEVER),
        (r"[Aa]dministratör", "huvudanvändare", NEVER),
        (r"[Gg]enomgång(et|na)\b", "granskat", NEVER),
        (r"[Aa]vtal\w* .{0,30}\b(har )?ställts in|[Aa]vtal \w*inställt", "annullerat", NEVER),
        (r"som sådan(t)?\.", "som det är", NEVER),
        (r"inkomstbunden", "inkomstrelaterad", NEVER),
        (r"[Bb]etjän", "ge service", r"betjäna kunder"),
        (r"[Ff]eedback", "respons", NEVER),
        (r"[Nn]ärståendevårdares ledighet", "ledighet för närståendevårdare", CARER_LEAVE),
        (r"\b(era enheter|våra enheter)\b", "dina enheter", NEVER),
        (r"[Kk]lientens klienthandledar", "klienthandledaren", NEVER),
        (r"upp till dess värde|tar inget av", "högst värdet; används ingenting av", NEVER),
        (r"\b[Mm]ed e-post\b", "per e-post", NEVER),
        (r"\bval(en)? (måste )?uppfyll", "alternativ stämmer", NEVER),
        (r"\bGör (en nyckel|nyckeln|ett brev)\b", "skapa", NEVER),
        (r"\b[Ee]ra försök", "din organisations försök", NEVER),
        (r"[Ss]erviceproducent(er)? av", "som ger tjänsten", NEVER),
        (r"[Pp]ris per enhet", "enhetspris", NEVER),
        (r"teckna företagets namn", "teckna firman", NEVER),
        (r"\b[Hh]jälpare", "HB-stödperson", NEVER),
        (r"([Ii]ntyg\w*|[Tt]illstånd\w*|tillståndet) (är|är inte längre) i kraft", "gäller", NEVER),
        (r"\bfrågas\b", "tillfrågas; uppgifter begärs eller hämtas", NEVER),
        (r"\bhar \w+[dt]ts? (\w+ )*den X", "a day that has passed takes the imperfect", NEVER),
        (r"\b[Aa]ntagligen du\b", "troligen du", NEVER),
        (r"[Hh]urdant humör", "på vilket humör", NEVER),
        (r"\b[Dd]emon\b", "demoversionen", NEVER),
        (r"[Rr]epresentera", "företräda", NEVER),
        (r"[Ff]il(en)? (är )?gjord|\b[Gg]ör filen", "skapa", NEVER),
        (r"\b(mån|tis|tors|fre)[–-]", "må–fr", NEVER),
        (r"[Ee]ffekter(na)?\b", "genomslag", NEVER),
    ],
)  # fmt: skip
def test_swedish_says_it_with_the_right_word(wrong: str, right: str, but: str) -> None:
    assert hits(wrong, "sv", but=but) == [], f"say {right}"


SAID_OF: Final = re.compile(
    r"(Not |Partly )?(\w+ed|Sent|Met|Paid|Frozen|Held|Hidden|Late|New|Taken back|Came back|Told|Written)( on| by)?"
)
"""A state or a deed: in Swedish its form depends on the noun it is said of (godkänd ansökan, godkänt intyg)."""

FORMED: Final = re.compile(r"(?!Har ).*(d|t|en|na|de)( den| av)?")

ONE_FORM: Final = {
    "Added": "lösennyckel, serviceproducent",
    "Answered": "fråga, begäran",
    "Approved": "ansökan, serviceproducent",
    "Approved on": "den: tjänst",
    "Came back": "inbjudan, betalning",
    "Confirmed": "servicehändelse, ändring av kontonummer",
    "Decided": "ansökan, åtgärd",
    "Granted": "belopp",
    "Hidden": "tjänst, siffra",
    "Not answered": "ansökan, begäran",
    "New": "meddelande, and what is new of anything",
    "Posted on": "brev, beslut",
    "Recorded": "servicehändelse, rad",
    "Refused": "rad, ändring av kontonummer",
    "Reserved": "belopp",
    "Revoked": "fullmakt, nyckel",
    "Sent": "ansökan, betalning, betalningsomgång",
    "Taken back": "servicehändelse, ändring av kontonummer",
    "Used": "belopp",
}
"""Words that several rooms use, and the nouns they are said of there: all of one gender."""


def rooms_of(message: Any) -> set[str]:
    return {Path(place).parts[1] for place, _line in message.locations}


def test_a_state_that_several_rooms_use_agrees_with_what_it_is_said_of() -> None:
    """Where the nouns differ in gender or number, the word gets a context: `pgettext("agreement", "Ended")`."""
    shared = {
        message.id
        for message in translations.read("sv")
        if isinstance(message.id, str) and message.context is None and SAID_OF.fullmatch(message.id)
        if FORMED.fullmatch(str(message.string)) and len(rooms_of(message)) > 1
    }
    assert shared - set(ONE_FORM) == set(), "say of what, or give a context"
    assert set(ONE_FORM) - shared == set(), "not shared any more"


COMMON: Final = re.compile(r"(?<!har )\b\w+(?:ad|[dglnr]d|en)\b")
NEUTER: Final = re.compile(r"(?<!har )\b\w+(?:at|[glnrt]t|et)\b")


def _tables() -> Iterator[tuple[str, list[tuple[str | None, str]]]]:
    """Each table of labels in the code that holds at least two states: (context, text) of its labels."""
    for path in sorted((ROOT / "marketplace").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Dict):
                values = [value.elts[0] if isinstance(value, ast.Tuple) else value for value in node.values]
                labels = [label for value in values if (label := _label(value))]
                states = [(context, text) for context, text in labels if SAID_OF.fullmatch(text)]
                if len(states) > 1:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", states


def _label(value: ast.expr) -> tuple[str | None, str] | None:
    """(context, text) of `_l("…")` or `lazy_pgettext("…", "…")`."""
    if not (isinstance(value, ast.Call) and ast.unparse(value.func) in ("_l", "lazy_pgettext")):
        return None
    *context, text = [str(arg.value) for arg in value.args if isinstance(arg, ast.Constant)]
    return (context[0] if context else None), text


def test_the_states_of_one_table_are_said_of_one_noun() -> None:
    """Not *Godkänd* of an approval beside *Tillfälligt avbrutet* and *Återkallat*."""
    catalogue, tables = translations.read("sv"), list(_tables())
    assert len(tables) > 10
    mixed = []
    for where, states in tables:
        said = [str(entry.string) for context, text in states if (entry := catalogue.get(text, context))]
        if any(map(COMMON.search, said)) and any(map(NEUTER.search, said)):
            mixed.append(f"{where} → {said}")
    assert mixed == []


NAMELESS: Final = {
    "demo_letter": "stands for a letter of any kind",
    "free_place": "goes to a visitor who has given no name",
    "free_place_confirm": "goes to a visitor who has given no name",
    "invitation": "the office writes it itself, with its own greeting",
    "invitation_reminder": "the office writes it itself, with its own greeting",
    "mandate_given": "goes to an address; who reads it is not known yet",
    "mandate_revoked": "goes to an address; who reads it is not known yet",
    "person_invited": "goes to an address; who reads it is not known yet",
    "session_confirm": "goes to an address that nobody has confirmed",
    "registration_confirm": "goes to an address that nobody has confirmed",
}
"""Mails that greet nobody by name, and why."""


def test_a_mail_greets_who_gets_it() -> None:
    mails = {path.stem: path.read_text("utf-8") for path in (ROOT / "templates" / "emails").glob("[!_]*.txt")}
    assert {name for name, text in mails.items() if "greeting(" not in text} == set(NAMELESS)


def test_only_who_chooses_a_language_to_read_in_sees_its_own_name() -> None:
    """What is said of somebody else, or chosen for them, is in the reader's language: `LANGUAGE_LABELS`."""
    code = [*(ROOT / "marketplace").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    used = {str(path.relative_to(ROOT)) for path in code if "LANGUAGE_NAMES[" in path.read_text("utf-8")}
    chosen = {
        str(path.relative_to(ROOT)) for path in code if "LANGUAGE_NAMES.items" in path.read_text("utf-8")
    }
    assert (used, chosen) == (set(), {"marketplace/accounts/forms.py"})


def _headings(page: str) -> Iterator[list[tuple[str, str]]]:
    """(context, text) of each column of each table of a page."""
    for table in re.finditer(r"\bdata_table\([^\[]*\[", page):
        depth, end = 1, table.end()
        while depth:
            depth += {"[": 1, "]": -1}.get(page[end], 0)
            end += 1
        yield re.findall(r'(?:\b_|pgettext)\((?:"([^"]+)", )?"([^"]+)"\)', page[table.end() : end])


def test_no_two_columns_of_a_table_are_called_the_same() -> None:
    pages = {path: list(_headings(path.read_text())) for path in (ROOT / "templates").rglob("*.html")}
    assert sum(map(len, pages.values())) > 80
    for language in LANGUAGES:
        catalogue = translations.read(language)
        for path, tables in pages.items():
            for columns in tables:
                entries = [catalogue.get(text, context or None) for context, text in columns]
                names = [entry.string for entry in entries if entry]
                assert len(set(names)) == len(columns), (path.name, columns, names)


def test_no_english_is_left_over() -> None:
    english = r"\b(the|and|with|your|please|draft|offers|provider|save|of|for|is|are)\b"
    assert hits(english, "fi") == []
    assert hits(english.replace("|for", "").replace("|of", ""), "sv") == []


def test_no_number_is_torn_from_its_unit() -> None:
    """A no-break space stands inside `34,50 €`, `25,5 %`, `5 §`, `10 Mt`, `2 h` and `klo 16`."""
    torn = [
        said.where + " → " + said.text[:160]
        for said in texts()
        if re.search(
            r"(?:\d|\)[sd]) (?:%%|%(?!\()|€|§|h\b|min\b|km\b|Mt\b|MB\b)|\b(?:klo|kl\.) (?=\d|%\()", said.text
        )
    ]
    assert torn == []


def test_thousands_are_set_apart() -> None:
    assert hits(r"(?<![\d./–\-: \u00a0])(?!19\d\d|20\d\d)[1-9]\d{3,}(?= (?:[a-zåäö]))") == []


def test_spaces_and_quotation_marks_are_those_of_the_languages() -> None:
    assert hits(r"(?<=\S)  +(?=\S)") == []
    assert hits("[\"“„«»]|(?<!\\w)'|'(?!\\w)") == []
    assert hits(r" [,.;:!?](?:\s|$)", but=r" \.\.\.") == []
    assert hits(r"(?<!\.)\.\.(?!\.)") == []


def test_no_text_slips() -> None:
    """What tests/journeys/test_every_page.py finds on pages stands in no text of their own either."""
    found = [
        f"{said.where} → {slip}"
        for said in (*catalogue_texts(), *data_texts(), *code_texts())
        for slip in slips(re.sub(r"%\(\w+\)[sd]|\{\w+\}", "X.", said.text))
        if not slip.startswith(("two stops", "a separator"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("25,50 €/matka matka", "a word twice"),
        ("Stödringen r.f.. Försök: X", "two stops"),
        ("Avaa sivu , ja jatka.", "a blank before a stop"),
        ("Hyvinkää ·", "a separator that hangs"),
        ("Lähettäkää uusi vakuutustodistus Täytettävä viimeistään 31.12.2026.", "a stop is missing"),
    ],
)
def test_slips_are_seen(text: str, kind: str) -> None:
    assert [slip.partition(":")[0] for slip in slips(text)] == [kind]
    assert slips("Hinta on 25,50 €/matka. Se ei muutu, ellei siitä kerrota · 2026") == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Päätös None", "a value of the program"),
        ("Yritys ( ), Tuusula", "nothing in brackets"),
        ("Toimenpide: approval_leave", "a key"),
        ("Järvenpää, , Tuusula", "two separators"),
    ],
)
def test_what_is_left_without_words_is_seen(text: str, kind: str) -> None:
    assert [each.partition(":")[0] for each in unsaid(text)] == [kind]
    assert unsaid("Kirjoita osoitteeseen a_b@example.fi tai avaa https://example.fi/a_b (a_b.pdf).") == []


DEFINITIONS: Final = ROOT / "marketplace" / "pilots" / "definitions" / "common"
JOINED: Final = (
    (DEFINITIONS / "rulebook.yaml", "paragraphs"),
    (DEFINITIONS / "services-disability.yaml", "paragraphs"),
    (DEFINITIONS / "services-home.yaml", "paragraphs"),
    (DEFINITIONS / "services-living.yaml", "paragraphs"),
    (DEFINITIONS / "checklist.yaml", "text"),
    (DEFINITIONS / "yearly-check.yaml", "text"),
    (ROOT / "marketplace" / "approvals" / "proposing" / "phrases.yaml", "text"),
)
"""Texts that are set after one another, by the key they stand under."""


@pytest.mark.parametrize(("path", "key"), JOINED, ids=lambda value: getattr(value, "name", value))
def test_a_text_that_another_may_follow_ends(path: Path, key: str) -> None:
    found = list(under(loaded(path), key))
    assert found
    assert [text for text in found if text.rstrip()[-1] not in ".!?"] == []


def under(value: Any, key: str) -> Iterator[str]:
    """The texts of both languages under a key."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from (said.text for said in pairs_in(each, "")) if name == key else under(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from under(each, key)


FIXED: Final = {
    "limit": "a length",
    "max": "a length",
    "idle": "minutes, accounts/sessions/rules.py",
    "hours": "accounts/sessions/rules.py",
    "percent": "a rate",
    "num": "enquiries, saved services, search words: fixed in the code",
    "days": "the time for a review is set by law; letters go out a week apart",
    "value": "an amount",
}
"""Numbers that are never one, because the program or the law fixes them."""


@pytest.mark.parametrize(
    ("language", "counted"),
    [
        ("fi", "päivää|viikkoa|kuukautta|vuotta|tuntia|minuuttia|kertaa|merkkiä|riviä|palvelua|hakemusta|asiakasta"),
        ("sv", "dagar|veckor|månader|timmar|minuter|gånger|tecken|rader|tjänster|ansökningar|personer|klienter"),
    ],
)  # fmt: skip
def test_what_is_counted_agrees_with_its_number(language: str, counted: str) -> None:
    """A noun in the plural after a number goes through ngettext, unless the number is never one."""
    loose = [
        said.where
        for said in catalogue_texts()
        if said.language == language and isinstance(said.source.id, str)
        for name in re.findall(rf"%\((\w+)\)[sd][ {NBSP}](?:{counted})\b", said.text)
        if name not in FIXED
    ]
    assert loose == []
