"""Forms of an application: those of every application, and one built from the questions of a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from wtforms import BooleanField, Field, HiddenField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from marketplace.days import HOLDS_UNTIL
from marketplace.files.uploads import UploadField
from marketplace.i18n import _, _l, count_text, current_language
from marketplace.money import Money
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.questions import Question, Section
from marketplace.pilots.vocabulary import COUNTIES, municipalities_by_name
from marketplace.web.forms import (
    AtMost,
    BaseForm,
    Between,
    ChoicesField,
    DateField,
    MoneyField,
    MunicipalitiesField,
    Optional,
    Prose,
    RadioField,
    StrippedString,
    ValidationError,
    WholeNumberField,
    options,
)

DEFAULT_LENGTHS: Final = {"text": 300, "long_text": 5000}
MAX_NUMBER: Final = 1_000_000_000


class PageForm(BaseForm):
    """A page of the application; `seen` is the fingerprint of what it showed when it was opened."""

    seen = HiddenField()


class ServicesForm(PageForm):
    """Which services are applied for."""

    services = ChoicesField(_l("Services you apply for"))


class AreaForm(PageForm):
    """Where one service would be given. The service refuses what lies outside the pilot and names it."""

    municipalities = MunicipalitiesField(
        _l("Municipalities where you give the service"), validate_choice=False
    )


class EvidenceForm(PageForm):
    """Which of the provider's proofs the application rests on."""

    proofs = ChoicesField(_l("Proofs that belong to this application"), coerce=int)


class RulebookForm(BaseForm):
    """Acceptance of a named version of the rulebook."""

    version = HiddenField()
    accepted = BooleanField()

    def validate_accepted(self, field: BooleanField) -> None:
        """Refuse a form without the acceptance: not accepting is no answer that can be saved."""
        if not field.data:
            raise ValidationError(_("Tick the box when you have read the rulebook and accept it."))


class MayWait:
    """Lets a question that has to be answered before sending be left empty while the page is saved."""

    def __call__(self, form: object, field: Field) -> None:
        raw = field.raw_data or []
        if not raw or (isinstance(raw[0], str) and not raw[0].strip()):
            field.errors = []
            raise StopValidation()


class PartOf:
    """Refuses a number that is more than the whole of which it is a part; the message names the question."""

    def __init__(self, whole: Question) -> None:
        self.whole = whole

    def __call__(self, form: BaseForm, field: Field) -> None:
        most = form[field_name(self.whole)].data
        if field.data is not None and most is not None and field.data > most:
            raise ValidationError(
                _(
                    "This can be at most %(most)s, for you answered so to “%(question)s”.",
                    most=count_text(most),
                    question=self.whole.label[current_language()],
                )
            )


def field_name(question: Question) -> str:
    """The name of a question's field: never that of something a form already has."""
    return f"q-{question.key}"


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """When a question is to be answered: in words, and for the page by the names of fields and the values chosen."""

    words: str
    fields: Mapping[str, str]


def conditions_of(definition: PilotDefinition, page: Section) -> dict[str, OnlyIf]:
    """The conditional questions of a page by their keys. A field of another page is named in the words alone."""
    everywhere = {
        question.key: question
        for section in (*definition.application, *definition.sections_for(definition.service_keys))
        for question in section.questions
    }
    here = {question.key for question in page.questions}
    return {
        question.key: OnlyIf(
            " ".join(
                _(
                    "Only if you answer “%(answer)s”: %(question)s",
                    answer=_answer_name(asked, value),
                    question=asked.label[current_language()],
                )
                for asked, value in (
                    (everywhere[key], value) for key, value in question.required_when.items()
                )
            ),
            {
                field_name(everywhere[key]): value
                for key, value in question.required_when.items()
                if key in here
            },
        )
        for question in page.questions
        if question.required_when
    }


def _answer_name(question: Question, value: str) -> str:
    """What a person chooses to give the answer `value`."""
    named = {option.key: option.label[current_language()] for option in question.options}
    return named.get(value) or {"yes": _("Yes"), "no": _("No")}.get(value, value)


def section_form(
    questions: Sequence[Question], answers: Mapping[str, Any], definition: PilotDefinition, *, seen: str
) -> PageForm:
    """The form of one section, filled with the answers so far or with what the request brings.

    `seen` is the fingerprint of the answers.
    """
    asked = {question.key: question for question in questions}
    fields = {field_name(question): _field(question, asked, definition) for question in questions}
    values = {
        field_name(question): _shown(question, answers.get(question.key))
        for question in questions
        if question.type != "file"
    }
    return PageForm.from_request(extra=fields, seen=seen, **values)


def answers_of(form: PageForm, questions: Sequence[Question]) -> dict[str, Any]:
    """The answers of a valid form as JSON values by question key; files are left to the caller."""
    return {
        question.key: _answer(question, form[field_name(question)].data)
        for question in questions
        if question.type != "file"
    }


def municipality_choices(codes: frozenset[str]) -> list[SelectChoice]:
    """Municipalities to choose from, by county, in the order of their names in the reader's language."""
    language = current_language()
    places = [
        (COUNTIES[place.county].name[language], place) for place in municipalities_by_name(codes, language)
    ]
    return [
        SelectChoice(place.code, place.name[language], optgroup=county)
        for county, place in sorted(places, key=lambda row: row[0])
    ]


def _field(question: Question, asked: Mapping[str, Question], definition: PilotDefinition) -> Any:
    """The unbound field of a question; `asked` are the questions of its page by their keys."""
    language = current_language()
    label = question.label[language]
    waits = question.required or question.required_when
    common: dict[str, Any] = {
        "validators": [MayWait() if waits else Optional(), *_limits(question, asked)],
        "description": question.help[language] if question.help else "",
    }
    choices = options((option.key, option.label[language]) for option in question.options)
    match question.type:
        case "yes_no":
            return RadioField(label, choices=options([("yes", _("Yes")), ("no", _("No"))]), **common)
        case "one_of":
            return RadioField(label, choices=choices, **common)
        case "many_of":
            return ChoicesField(label, choices=choices, **common)
        case "municipalities":
            return MunicipalitiesField(
                label, choices=municipality_choices(definition.municipalities), **common
            )
        case "date":
            return DateField(label, reach=HOLDS_UNTIL, ahead=True, **common)
    simple = {
        "text": StrippedString,
        "long_text": Prose,
        "number": WholeNumberField,
        "money": MoneyField,
        "file": UploadField,
        "declaration": BooleanField,
    }
    return simple[question.type](label, **common)


def _limits(question: Question, asked: Mapping[str, Question]) -> list[Any]:
    """Validators of length and size with a message that names the limit."""
    if question.type in DEFAULT_LENGTHS:
        limit = question.max_length or DEFAULT_LENGTHS[question.type]
        return [AtMost(limit)]
    if question.type == "number":
        low = question.minimum if question.minimum is not None else -MAX_NUMBER
        high = question.maximum if question.maximum is not None else MAX_NUMBER
        return [Between(low, high), *([PartOf(asked[question.part_of])] if question.part_of else [])]
    return []


def _shown(question: Question, answer: Any) -> Any:
    """An answer as its field takes it."""
    if answer is None:
        return None
    match question.type:
        case "yes_no":
            return "yes" if answer else "no"
        case "money":
            return Money(answer)
        case "date":
            return date.fromisoformat(answer)
    return answer


def _answer(question: Question, data: Any) -> Any:
    """What a field holds, as an answer in JSON."""
    if data is None or data == "":
        return None
    converted: dict[str, Callable[[Any], Any]] = {
        "long_text": lambda words: words.strip() or None,
        "yes_no": lambda choice: choice == "yes",
        "money": lambda amount: amount.cents,
        "date": date.isoformat,
        "many_of": lambda keys: list(keys) or None,
        "municipalities": lambda codes: list(codes) or None,
    }
    return converted[question.type](data) if question.type in converted else data
