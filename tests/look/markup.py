"""Reading a page's markup in tests: its elements in order, with their attributes and words."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """One element: `words` is its text with what is inside it, `within` its ancestors from the outermost."""

    tag: str
    attributes: dict[str, str]
    within: tuple[Element, ...]
    texts: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def references(self, attribute: str) -> list[str]:
        """The ids that an attribute such as aria-describedby names."""
        return self.attributes.get(attribute, "").split()


class Markup(HTMLParser):
    """The elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            continue

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)

    def all(self, *tags: str) -> list[Element]:
        """Every element with one of these tags, in the page's order."""
        return [element for element in self.elements if element.tag in tags]

    def by_id(self, name: str) -> Element:
        """The one element with this id; fails the test when there is none or more than one."""
        found = [element for element in self.elements if element.id == name]
        assert len(found) == 1, f"{len(found)} elements have the id {name!r}"
        return found[0]
