"""The rules of axe by what their findings depend on, and the skeleton of a page by which two languages are compared.

A rule of `STRUCTURE` sees elements, their attributes, and whether there are words at all: that is what `SKELETON`
writes down. Where the pages of two languages have one skeleton, it finds in one what it finds in the other.
"""

from __future__ import annotations

from typing import Final

STANDARD: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""The tags of the rules that every page is held to."""

COLOUR: Final = ["color-contrast", "link-in-text-block"]
"""Colours and sizes of letters; style sheets choose them, and `test_no_style_sheet_knows_the_language_of_the_page`."""

ROOM: Final = ["target-size", "scrollable-region-focusable"]
"""How much room there is, and how long the words in it: targets come too near, a part begins to scroll."""

WORDS: Final = [
    "document-title",
    "frame-title-unique",
    "html-has-lang",
    "html-lang-valid",
    "html-xml-lang-mismatch",
    "image-redundant-alt",
    "label-content-name-mismatch",
    "landmark-unique",
    "meta-refresh",
    "meta-viewport",
    "meta-viewport-large",
    "table-duplicate-name",
    "valid-lang",
]
"""What the words are, not only that there are some; and the head of the page, which has no skeleton."""

STRUCTURE: Final = [
    "accesskeys",
    "area-alt",
    "aria-allowed-attr",
    "aria-allowed-role",
    "aria-braille-equivalent",
    "aria-command-name",
    "aria-conditional-attr",
    "aria-deprecated-role",
    "aria-dialog-name",
    "aria-hidden-body",
    "aria-hidden-focus",
    "aria-input-field-name",
    "aria-meter-name",
    "aria-progressbar-name",
    "aria-prohibited-attr",
    "aria-required-attr",
    "aria-required-children",
    "aria-required-parent",
    "aria-roles",
    "aria-tab-name",
    "aria-text",
    "aria-toggle-field-name",
    "aria-tooltip-name",
    "aria-treeitem-name",
    "aria-valid-attr",
    "aria-valid-attr-value",
    "autocomplete-valid",
    "avoid-inline-spacing",
    "blink",
    "button-name",
    "bypass",
    "definition-list",
    "dlitem",
    "duplicate-id-aria",
    "empty-heading",
    "empty-table-header",
    "form-field-multiple-labels",
    "frame-focusable-content",
    "frame-tested",
    "frame-title",
    "heading-order",
    "image-alt",
    "input-button-name",
    "input-image-alt",
    "label",
    "label-title-only",
    "landmark-banner-is-top-level",
    "landmark-contentinfo-is-top-level",
    "landmark-main-is-top-level",
    "landmark-no-duplicate-banner",
    "landmark-no-duplicate-contentinfo",
    "landmark-no-duplicate-main",
    "landmark-one-main",
    "link-name",
    "list",
    "listitem",
    "marquee",
    "nested-interactive",
    "no-autoplay-audio",
    "object-alt",
    "page-has-heading-one",
    "presentation-role-conflict",
    "region",
    "role-img-alt",
    "scope-attr-valid",
    "select-name",
    "server-side-image-map",
    "skip-link",
    "summary-name",
    "svg-img-alt",
    "tabindex",
    "td-headers-attr",
    "th-has-data-cells",
    "video-caption",
]
"""Elements, attributes, and whether there are words."""

SKELETON: Final = """() => {
    const said = new Set(["alt", "aria-description", "aria-label", "aria-placeholder", "aria-roledescription",
        "aria-valuetext", "label", "placeholder", "title", "value"]);
    const leads = new Set(["action", "formaction", "href", "src", "srcset"]);
    const foreign = new Set(["lang", "hreflang", "xml:lang", "data-lang"]);
    const amount = text => Math.min(text.trim().length, 2);
    const speaks = (name, value) => said.has(name) || name.startsWith("data-") && /[^a-z0-9_-]/.test(value);
    const attribute = ({name, value}) => speaks(name, value) ? `${name}~${amount(value)}`
        : leads.has(name) && !value.startsWith("#") || foreign.has(name) ? name : `${name}=${value}`;
    const part = node => {
        if (node.nodeType === Node.TEXT_NODE) return amount(node.data);
        if (node.nodeType !== Node.ELEMENT_NODE) return "";
        if (node.matches("nav.languages")) return "<languages>";
        const attributes = [...node.attributes].map(attribute).sort().join(" ");
        return `<${node.localName} ${attributes}>${[...node.childNodes].map(part).join("")}</>`;
    };
    return part(document.body);
}"""
"""Elements, attributes and where there are words: none, a single letter (which has no contrast for axe), or more.

The switch of languages is passed over, which offers the other one on each side: it is one part of all pages, and
`ONCE_MORE` looks at it with every rule.
"""
