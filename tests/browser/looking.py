"""How browser tests look at a page: by conditions in JavaScript, waited for."""

from typing import Any

from selenium.webdriver.support.ui import WebDriverWait


def until(page: Any, condition: str) -> None:
    """Wait until a JavaScript expression is true."""
    WebDriverWait(page.dash.driver, 20).until(lambda driver: driver.execute_script(f"return Boolean({condition})"))


def settled(page: Any, expression: str) -> None:
    """Wait until a JavaScript expression has had one value for a while."""
    seen: list[Any] = []

    def has_settled(driver: Any) -> bool:
        seen.append(driver.execute_script(f"return {expression}"))
        return len(seen) >= 4 and len({*seen[-4:]}) == 1

    WebDriverWait(page.dash.driver, 20).until(has_settled)


def script(page: Any, expression: str) -> Any:
    """The value of a JavaScript expression."""
    return page.dash.driver.execute_script(f"return {expression}")
