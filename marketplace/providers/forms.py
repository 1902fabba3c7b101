"""What the forms of a provider's pages share: choices in the reader's language, and what two versions differ in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField
from wtforms.fields.choices import SelectFieldBase

from marketplace.errors import DomainError
from marketplace.i18n import LocalizedText, current_language
from marketplace.pilots.vocabulary import LANGUAGES
from marketplace.providers.service import Overtaken
from marketplace.web.forms import BaseForm, BilingualField


def said(names: Mapping[Any, Any]) -> dict[str, str]:
    """Choices from names that wait for the reader's language."""
    return {key: str(name) for key, name in names.items()}


def language_choices() -> dict[str, str]:
    """The languages of services in the reader's language; what stands beside a box begins with a capital."""
    names = {key: entry.name[current_language()] for key, entry in LANGUAGES.items()}
    return {key: name[:1].upper() + name[1:] for key, name in names.items()}


def tell_overtaken(
    form: BaseForm, error: DomainError, saved: BaseForm, *, mark: str = "revision"
) -> list[tuple[str, str]]:
    """Show a refusal in the form; when somebody else has saved meanwhile (Overtaken), what differs from `saved`.

    `mark` is the field that says which version was open; it takes the value of `saved`, for whoever sends again has
    seen both.
    """
    form.refuse(error)
    if not isinstance(error, Overtaken):
        return []
    form[mark].data = saved[mark].data
    return differences(form, saved)


def differences(written: BaseForm, saved: BaseForm) -> list[tuple[str, str]]:
    """Label and saved value of every field where what was written differs from what is saved."""
    return [
        (str(typed.label.text), _shown(kept) or "–")
        for typed, kept in zip(written, saved, strict=True)
        if not isinstance(typed, HiddenField) and _shown(typed) != _shown(kept)
    ]


def _shown(field: Any) -> str:
    """The value of a field in words."""
    if isinstance(field, BilingualField):
        text: LocalizedText = field.text
        return " / ".join(part for part in (text.fi, text.sv) if part)
    if isinstance(field, SelectFieldBase):
        choices = field.iter_choices()
        return ", ".join(str(choice[1]) for choice in choices if choice[2])
    value = getattr(field, "_value", None)
    return str(value()) if value is not None else ""
