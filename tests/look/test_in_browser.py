"""What a person meets in a real browser: accessible at every size and colour, and helped by the scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from marketplace.config import ROOT

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GALLERY = "/fi/about/components"
PATHS = [GALLERY, "/sv/account/sign-in", "/fi/about/developers", "/sv/about/feedback"]


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, one line for each kind."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(result => result.violations)", RULES
    )
    return [f"{one['id']}: {[node['target'] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("path", PATHS)
def test_pages_are_accessible_and_never_scroll_sideways(
    page: Page, gallery_address: str, path: str, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(gallery_address + path)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_place_the_focus_reaches_shows_it(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + GALLERY)
    page.evaluate("document.activeElement.blur()")
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        shown, name = page.evaluate(
            """() => {
              const focused = document.activeElement;
              const ring = element => {
                const style = getComputedStyle(element);
                return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
              };
              const leftThePage = focused === document.body;
              return [leftThePage || ring(focused) || ring(focused.parentElement), focused.outerHTML.slice(0, 80)];
            }"""
        )
        if not shown:
            unseen.append(name)
    assert unseen == []


def test_each_line_of_a_button_without_a_frame_begins_where_its_text_begins(
    page: Page, gallery_address: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(gallery_address + GALLERY)
    begins = page.evaluate(
        """() => {
          const button = document.querySelector('.ds-button[data-variant="tertiary"]');
          button.textContent = 'Lataa omat tietosi ja kaikki palveluntuottajasi kirjaukset tiedostona';
          const words = document.createRange();
          words.selectNodeContents(button);
          return [...words.getClientRects()].map(line => Math.round(line.left));
        }"""
    )
    assert len(begins) > 1
    assert len(set(begins)) == 1


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + GALLERY)
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#error-summary a[href='#wrong-price']").click()
    expect(page.locator("#wrong-price")).to_be_focused()
    page.locator("#error-summary a[href='#wrong-municipalities']").press("Enter")
    assert page.evaluate("document.activeElement.closest('fieldset').id") == "wrong-municipalities"


def test_the_municipality_box_shortens_the_list_and_counts_the_chosen(
    page: Page, gallery_address: str
) -> None:
    page.goto(gallery_address + GALLERY)
    group = page.locator("#municipalities")
    expect(group.get_by_role("status")).to_contain_text("2")
    group.get_by_role("searchbox").fill("borg")
    expect(group.get_by_role("checkbox")).to_have_count(2)
    group.get_by_role("checkbox").first.check()
    expect(group.get_by_role("status")).to_contain_text("3")
    group.get_by_role("searchbox").fill("")
    expect(group.get_by_role("checkbox")).to_have_count(8)


def test_the_count_of_characters_follows_the_writing(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + GALLERY)
    page.locator("#description").fill("x" * 190)
    expect(page.locator("#description-limit")).to_contain_text("10")


def test_hidden_letters_are_shown_and_hidden_by_a_button(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + "/fi/account/sign-in")
    field = page.locator("[name=password]")
    field.fill("kolme sanaa perakkain")
    page.get_by_role("button", name="Näytä kirjoittamani").press("Enter")
    expect(field).to_have_attribute("type", "text")
    assert violations(page) == []
    page.get_by_role("button", name="Piilota taas").click()
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_value("kolme sanaa perakkain")


def test_a_form_is_sent_once(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + "/fi/account/sign-in")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate(
        """() => {
          const form = document.querySelector('main form');
          form.addEventListener('submit', event => event.preventDefault());
          form.requestSubmit();
        }"""
    )
    expect(page.locator("main form button[type=submit]")).to_have_attribute("aria-disabled", "true")
    assert page.evaluate(
        """() => {
          const event = new SubmitEvent('submit', {cancelable: true});
          document.querySelector('main form').dispatchEvent(event);
          return event.defaultPrevented;
        }"""
    )
    assert sent == []


def test_enter_in_a_field_presses_the_main_button_although_another_comes_before_it(
    page: Page, gallery_address: str
) -> None:
    page.goto(gallery_address + GALLERY)
    page.evaluate(
        """() => document.querySelector('#name').form.addEventListener('submit', event => {
          event.preventDefault();
          document.body.dataset.pressed = event.submitter.textContent;
        })"""
    )
    page.locator("#begins").press("Enter")
    assert page.evaluate("document.body.dataset.pressed") == "Save"
    form = page.locator("form", has=page.locator("#name"))
    assert form.get_by_role("button", name="Save").count() == 1, "it is read out once"


def test_leaving_unsaved_changes_asks_in_the_page(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + GALLERY)
    page.locator("#name").fill("Toinen Oy")
    page.get_by_role("navigation", name="Breadcrumbs").or_(page.locator(".breadcrumbs")).get_by_role(
        "link"
    ).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.locator("[data-stay]").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#name")).to_have_value("Toinen Oy")
    page.locator(".brand").first.click()
    with page.expect_navigation(wait_until="commit"):
        dialog.locator("[data-go]").click()
    assert not page.url.endswith(GALLERY)


def test_the_chosen_colours_stay_from_page_to_page(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + GALLERY)
    page.locator("[data-scheme] input[value=dark]").check()
    page.goto(gallery_address + "/sv/about/feedback")
    assert page.evaluate("document.documentElement.dataset.colorScheme") == "dark"
    expect(page.locator("[data-scheme] input[value=dark]")).to_be_checked()


def test_paper_has_the_light_colours_whatever_was_chosen(page: Page, gallery_address: str) -> None:
    page.goto(gallery_address + GALLERY)
    page.locator("[data-scheme] input[value=dark]").check()

    def scheme_after(event: str) -> object:
        page.evaluate(f"dispatchEvent(new Event('{event}'))")
        return page.evaluate("document.documentElement.dataset.colorScheme")

    assert [scheme_after(each) for each in ("beforeprint", "beforeprint", "afterprint")] == [
        "light",
        "light",
        "dark",
    ]
    expect(page.locator("[data-scheme] input[value=dark]")).to_be_checked()


def test_the_menu_of_a_narrow_screen_opens_and_closes_by_keyboard(page: Page, gallery_address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(gallery_address + "/fi/about/feedback")
    menu = page.locator(".main-menu")
    menu.locator("summary").press("Enter")
    expect(menu.get_by_role("link").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link").first).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_without_javascript_nothing_is_missing(page: Page, gallery_address: str) -> None:
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}) as plain:
        tab = plain.new_page()
        tab.goto(gallery_address + GALLERY)
        expect(tab.locator("#error-summary a").first).to_be_visible()
        expect(tab.locator("#municipalities").get_by_role("checkbox")).to_have_count(8)
        expect(tab.locator("#municipalities").get_by_role("searchbox")).to_be_hidden()
        tab.locator(".main-menu summary").click()
        expect(tab.locator(".main-menu").get_by_role("link").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_a_long_choice_is_read_whole_on_a_telephone(page: Page, gallery_address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(gallery_address + GALLERY)
    heights = page.locator("select.ds-input").first.evaluate(
        """select => {
          const low = select.offsetHeight;
          select.options[select.selectedIndex].text = 'henkilökohtaisen avun pitkä nimi '.repeat(4);
          const wide = select.scrollWidth > select.clientWidth;
          return [low, select.offsetHeight, wide];
        }"""
    )
    assert heights[1] > heights[0] * 2
    assert not heights[2]
