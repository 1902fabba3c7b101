"""A guard per convention of the house: what a reader relies on holds everywhere."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from wtforms import Form, HiddenField, PasswordField, StringField
from wtforms.fields.core import UnboundField
from wtforms.validators import Length

from marketplace.accounts.forms import plain_name
from marketplace.config import ROOT
from marketplace.web.forms import AtMost, BaseForm, Prose, StrippedString
from tests import literals

TEMPLATES = ROOT / "templates"
PYTHON = sorted(path for path in (ROOT / "marketplace").rglob("*.py") if "migrations" not in path.parts)
_TEMPLATE_NAME = re.compile(r"""["']([\w./-]+\.(?:html|txt|typ|xml))["']""")
_CONTROL = re.compile(r"<(?:input|select|textarea|button)\b")
FILE_LIMIT = 500


def _mentioned() -> set[str]:
    """Every template name that the code or another template speaks of."""
    sources = [*PYTHON, *TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt"), *TEMPLATES.rglob("*.typ")]
    return {name for path in sources for name in _TEMPLATE_NAME.findall(path.read_text(encoding="utf-8"))}


def test_no_address_is_made_from_what_a_request_says() -> None:
    """An address that leaves the portal is made of PUBLIC_URL: whoever names another host poisons nothing."""
    made = [
        str(path.relative_to(ROOT)) for path in PYTHON if "_external=True" in path.read_text(encoding="utf-8")
    ]
    assert made == []


NAMES_OF_OTHER_KINDS = {
    "AddresseeForm.name": "written by staff, from lists",
    "ApiKeyForm.name": "of a key, for its own company",
    "AuditForm.company": "looked for, and kept nowhere",
    "CompanyPart.trade_name": "hidden: left out when it is none",
    "FactsForm.name": "written by staff",
    "GalleryForm.name": "an example",
    "NewPasskeyForm.name": "of a device, for its own person",
}


def test_a_name_that_people_write_of_themselves_or_others_is_plain() -> None:
    """It is shown to others and stands in mail: no address of the web, no letters that pass for another's."""
    literals.enums()  # imports every module
    names = {
        f"{form.__name__}.{name}": field
        for form in _forms(BaseForm)
        for name, field in vars(form).items()
        if re.search(r"(?<!form_)name$|^company$|^signatory$", name)
        and isinstance(field, UnboundField)
        and issubclass(field.field_class, StrippedString)
    }
    lax = {name for name, field in names.items() if plain_name not in _validators(field)}
    assert lax == NAMES_OF_OTHER_KINDS.keys()


UNBOUNDED = {
    "FixedFilterForm.price_max": "a filter, read as an amount and kept nowhere",
    "ProviderFilterForm.q": "a filter, with a bound of its own and kept nowhere",
    "StretchForm.from_time": "read as a time of day",
    "StretchForm.to_time": "read as a time of day",
}


def test_every_text_of_a_form_has_a_bound_that_is_told() -> None:
    """StrippedString and Prose bring their own; passwords are kept as hashes, hidden fields are the portal's own."""
    literals.enums()  # imports every module
    lax = {
        f"{form.__name__}.{name}"
        for form in {*_forms(BaseForm), *_forms(Form)}
        for name, field in vars(form).items()
        if form.__module__.startswith("marketplace.")
        and isinstance(field, UnboundField)
        and issubclass(field.field_class, StringField)
        and not issubclass(field.field_class, StrippedString | Prose | PasswordField | HiddenField)
        and not any(isinstance(each, AtMost | Length) for each in _validators(field))
    }
    assert lax == UNBOUNDED.keys()


_SLICE = re.compile(r"\.strip\(\)\[: ?[A-Z]|\.data or \"\"\)\[: ?[A-Z]")


def test_no_text_that_somebody_wrote_is_cut_without_a_word() -> None:
    cut = [str(path.relative_to(ROOT)) for path in PYTHON if _SLICE.search(path.read_text(encoding="utf-8"))]
    assert cut == []


def _validators(field: Any) -> Sequence[object]:
    return field.kwargs.get("validators") or (field.args[1] if len(field.args) > 1 else ())


def _forms(form: type[Form]) -> Iterator[type[Form]]:
    for each in form.__subclasses__():
        yield each
        yield from _forms(each)


def test_scripts_keep_nothing_in_the_browser_but_the_colours() -> None:
    """What stays in a browser is read by whoever sits down at it next."""
    keeping = re.compile(r"localStorage|sessionStorage|indexedDB|caches\b|serviceWorker|document\.cookie")
    scripts = (ROOT / "marketplace" / "static" / "js").rglob("*.js")
    assert [path.name for path in scripts if keeping.search(path.read_text(encoding="utf-8"))] == [
        "scheme.js"
    ]


def test_every_template_is_used() -> None:
    mentioned = _mentioned()
    names = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file()}
    unused = {
        name
        for name in names
        if name not in mentioned
        and Path(name).name not in mentioned
        and not name.startswith(("emails/", "site/"))  # named by their topic: checked below
    }
    assert unused == set()


def test_every_template_compiles(core_app: Flask) -> None:
    for path in TEMPLATES.rglob("*"):
        if path.suffix in (".html", ".txt"):
            core_app.jinja_env.get_template(str(path.relative_to(TEMPLATES)))


@pytest.mark.parametrize(
    "path",
    [p for p in TEMPLATES.rglob("*.html") if "components" not in p.parts and p.name != "base.html"],
    ids=lambda path: str(path.relative_to(TEMPLATES)),
)
def test_pages_compose_macros_and_write_no_control_themselves(path: Path) -> None:
    assert _CONTROL.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.lstrip().startswith(('"""', 'r"""')), "no docstring"
    assert text.count("\n") <= FILE_LIMIT


def test_rooms_have_domain_names() -> None:
    vague = {"utils", "helpers", "common", "misc", "base", "lib"}
    assert [str(path) for path in PYTHON if path.stem in vague] == []


# --- names -----------------------------------------------------------------------------------------------------------


def classes() -> dict[str, list[str]]:
    """Name of a class → the modules that have one; what is inside a class, as the Meta of a form, is its own."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in PYTHON:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path.relative_to(ROOT)))
    return dict(found)


def test_no_name_of_a_class_is_used_for_two_things() -> None:
    assert {name: modules for name, modules in classes().items() if len(modules) > 1} == {}


def test_the_definition_of_a_pilot_is_never_called_a_form() -> None:
    called = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.arg)
        and node.arg == "form"
        and node.annotation is not None
        and "PilotDefinition" in ast.unparse(node.annotation)
    ]
    assert called == []


# --- states are types ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_state_is_named_by_its_enum_and_not_spelled(path: Path) -> None:
    assert literals.in_python(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path",
    sorted(p for p in TEMPLATES.rglob("*") if p.suffix in (".html", ".txt")),
    ids=lambda path: str(path.relative_to(TEMPLATES)),
)
def test_a_template_compares_with_members_of_enums(core_app: Flask, path: Path) -> None:
    assert literals.in_template(core_app.jinja_env, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "code",
    [
        'if offer.state == "draft": pass',
        'if "draft" != offer.state: pass',
        'if reg_state in ("planned", other): pass',
        'query.where(Offer.state.in_(["published"]))',
        'offer.state = "draft" if empty else kept',
        'make(outcome="rejected")',
        'OPEN_STATES: Final = ("draft",)',
        'STATES: Final = {"draft": _l("Draft")}',
        'def _state(self) -> str:\n    return "draft"',
        'def search(state="draft"): pass',
        'def search(*, state="draft"): pass',
        'class Filing:\n    state: str = "decided"',
        'row = {"state": "met"}',
        'match application.state:\n    case "hearing":\n        pass',
    ],
)
def test_the_guard_finds_a_spelled_state_wherever_it_stands(code: str) -> None:
    assert len(literals.in_python(code)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '{% if offer.state == "draft" %}{% endif %}',
        '{% if state not in ("draft", other) %}{% endif %}',
        '{{ "a" if "draft" == offer.state }}',
        '{{ offers|selectattr("state", "equalto", "draft")|list }}',
        "{% if offer.state == OfferState.DRAUGHT %}{% endif %}",
    ],
)
def test_the_guard_finds_a_spelled_state_in_a_template(core_app: Flask, source: str) -> None:
    assert len(literals.in_template(core_app.jinja_env, source)) == 1


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_locked_is_read_anew_in_one_way(path: Path) -> None:
    """By `db.read_anew`, which hears of every lock: nobody says it beside one."""
    assert list(said_twice(path.read_text(encoding="utf-8"))) == []


def said_twice(source: str) -> Iterator[str]:
    """The statements that lock what they read and say that it is to be read anew."""
    if "with_for_update" not in source:
        return
    for statement in ast.walk(ast.parse(source)):
        if isinstance(statement, ast.stmt) and not hasattr(statement, "body"):
            said = ast.unparse(statement)
            if "with_for_update" in said and "populate_existing" in said:
                yield said


@pytest.mark.parametrize(
    "source",
    [
        "found = session.get(Offer, 1, with_for_update=for_change(Offer), populate_existing=True)",
        "return session.scalars(query.with_for_update().execution_options(populate_existing=True))",
        "session.scalars(query.with_for_update(), execution_options={'populate_existing': lock})",
    ],
)
def test_the_guard_finds_what_is_said_beside_a_lock(source: str) -> None:
    assert list(said_twice(source)) == [source]


# --- browsers --------------------------------------------------------------------------------------------------------

JOURNEYS = sorted(path for path in (ROOT / "tests" / "journeys").rglob("*.py") if path.name != "people.py")


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_journey_presses_by_what_comes_after(path: Path) -> None:
    """By `people.follow`, `people.press` or `people.save`, or while waiting for what is expected.

    A click alone returns while the page before still stands: what is read next may be of that page.
    """
    assert list(bare_clicks(path.read_text(encoding="utf-8"))) == []


def bare_clicks(source: str) -> Iterator[str]:
    """The clicks of a module that wait for nothing."""
    tree = ast.parse(source)
    waiting = {
        id(inner)
        for block in ast.walk(tree)
        if isinstance(block, ast.With) and any(".expect_" in ast.unparse(item) for item in block.items)
        for inner in ast.walk(block)
    }
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Attribute(attr="click" | "dblclick" | "tap")) if id(call) not in waiting:
                yield ast.unparse(call)


def test_the_guard_finds_a_click_that_waits_for_nothing() -> None:
    bare, waits = "page.locator('a').click()", "with page.expect_event('framenavigated'):\n    link.click()\n"
    assert list(bare_clicks(waits + bare)) == [bare]


# --- forms -----------------------------------------------------------------------------------------------------------

VIEWS = [
    path for path in PYTHON if re.search(r"(^|_)views?\.py$|proof\.py$|access\.py$|saving\.py$", path.name)
]
_ENDS = re.compile(r"\.(?:rollback|commit)\(\)")
_OTHER_WAYS = re.compile(r"\.validate_on_submit\(|\.is_submitted\(|status=422|\.form_errors\.append")


def test_there_are_views_to_be_guarded() -> None:
    assert len(VIEWS) > 40


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_view_ends_a_transaction(path: Path) -> None:
    """The frame commits and undoes; a view that has to lead on elsewhere raises Elsewhere."""
    assert _ENDS.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_number_that_a_request_brings_can_be_one_of_a_row(path: Path) -> None:
    """By `whole_number`: `int` reads more digits than a database holds."""
    source = path.read_text(encoding="utf-8")
    assert re.findall(r"\.get(?:list)?\([^()\n]*\btype=int", source) == []


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_form_is_posted_in_one_way(path: Path) -> None:
    """By `carry_out`, which checks, does, shows again or leads on."""
    assert _OTHER_WAYS.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_form_is_a_class_made_while_the_portal_runs(path: Path) -> None:
    """Fields that the data at hand asks for are an argument of the form (`extra`)."""
    made = re.findall(r"\btype\(\s*[^()]*,\s*\([\w.]*Form,\)", path.read_text(encoding="utf-8"))
    assert made == []


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_every_form_that_posts_carries_its_tokens(path: Path) -> None:
    """Except one macro, for what only the reader's own browser keeps: its pages may then be kept by browsers, too."""
    forms = re.findall(r'<form[^>]*?method="post".*?</form>', path.read_text(encoding="utf-8"), re.DOTALL)
    bare = [form for form in forms if "hidden_tag()" not in form and "form_tokens()" not in form]
    open_button = path == TEMPLATES / "components" / "fields.html"
    assert [form for form in bare if not (open_button and "data-open" in form)] == []
    assert len(bare) == open_button
