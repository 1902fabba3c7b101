"""Keep the Finnish and Swedish catalogues in step with the English source strings.

    python -m scripts.translations update    extract from code and templates, merge into both catalogues
    python -m scripts.translations check     name every entry that is missing, fuzzy, stale or breaks a placeholder
    python -m scripts.translations compile   write the .mo files that the portal reads

`translations/messages.pot` is derived and not kept; `translations/<language>/LC_MESSAGES/messages.po` is.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations"
LANGUAGES = ("fi", "sv")

SOURCES = {"marketplace": [("**.py", "python")], "templates": [("**.html", "jinja2"), ("**.txt", "jinja2")]}
OPTIONS = {pattern: {"extensions": "jinja2.ext.do", "silent": "false"} for pattern in ("**.html", "**.txt")}
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_pgettext": ((1, "c"), 2)}

_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
#: Header lines that change with every run or say nothing.
_PASSING = re.compile(
    rb'"(?:POT-Creation-Date|PO-Revision-Date|Generated-By'
    rb'|Report-Msgid-Bugs-To|Last-Translator|Language-Team): [^"]*"\n'
)
WIDTH = 110


def path_of(language: str, suffix: str = ".po") -> Path:
    """The catalogue of a language."""
    return FOLDER / language / "LC_MESSAGES" / f"messages{suffix}"


def extract() -> Catalog:
    """All source strings of the code, the pages and the mails."""
    found = Catalog(project="palvelutori", charset="utf-8")
    for folder, methods in SOURCES.items():
        messages = extract_from_dir(ROOT / folder, methods, OPTIONS, KEYWORDS, comment_tags=("Translators:",))
        for name, line, message, comments, context in messages:
            found.add(
                message, locations=[(f"{folder}/{name}", line)], auto_comments=comments, context=context
            )
    return found


def read(language: str) -> Catalog:
    """The kept catalogue of a language, or an empty one."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, project="palvelutori", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def serialised(catalogue: Catalog) -> bytes:
    """The catalogue as it is kept: sorted, places without line numbers, so that only changed texts show in a review."""
    for message in catalogue:
        message.locations = sorted({(name, 0) for name, _line in message.locations})
    target = BytesIO()
    write_po(target, catalogue, width=WIDTH, sort_output=True, omit_header=False, include_lineno=False)
    return _PASSING.sub(b"", target.getvalue())


def update() -> None:
    """Merge the present source strings into both catalogues; strings no longer used are dropped."""
    template = extract()
    for language in LANGUAGES:
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        catalogue.header_comment = f"# {catalogue.locale.english_name} texts of the portal."
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_bytes(serialised(catalogue))


def faults(language: str, template: Catalog) -> Iterator[str]:
    """One line for each entry of a catalogue that a reader would stumble on."""
    catalogue = read(language)
    wanted = {_key(message): message for message in template if message.id}
    kept = {_key(message): message for message in catalogue if message.id}
    for key, message in wanted.items():
        if key not in kept:
            yield f"{language}: missing: {_shown(message)}"
    for key, message in kept.items():
        if key not in wanted:
            yield f"{language}: stale: {_shown(message)}"
        elif message.fuzzy:
            yield f"{language}: fuzzy: {_shown(message)}"
        elif not all(_texts(message.string)):
            yield f"{language}: not translated: {_shown(message)}"
        else:
            yield from _broken(language, message)
    for message in catalogue.obsolete.values():
        yield f"{language}: stale: {_shown(message)}"


def _broken(language: str, message: Message) -> Iterator[str]:
    """A translation must name the placeholders of its source; a plural form may leave out the number alone."""
    sources = [set(_placeholders(text)) for text in _texts(message.id)]
    every, least = set.union(*sources), set.intersection(*sources) - {"num"}
    for text in _texts(message.string):
        used = set(_placeholders(text))
        if not least <= used <= every:
            names = ", ".join(sorted(used ^ every))
            yield f"{language}: placeholders differ ({names}): {_shown(message)}"


def _key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, _texts(message.id)


def _texts(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _placeholders(text: str) -> list[str]:
    return [name for name in _PLACEHOLDER.findall(text) if name]


def _shown(message: Message) -> str:
    return repr(_texts(message.id)[0])


def check() -> int:
    """Print every fault of both catalogues; the exit status is 1 when there is one."""
    template = extract()
    found = [fault for language in LANGUAGES for fault in faults(language, template)]
    for fault in found:
        print(fault)
    return 1 if found else 0


def compile_catalogues() -> None:
    """Write the binary catalogue of each language beside its source."""
    for language in LANGUAGES:
        if path_of(language).exists():
            with path_of(language, ".mo").open("wb") as file:
                write_mo(file, read(language))


def main() -> None:
    """Do what the one argument says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=["update", "check", "compile"])
    verb = parser.parse_args().verb
    if verb == "check":
        sys.exit(check())
    if verb == "update":
        update()
    compile_catalogues()


if __name__ == "__main__":
    main()
