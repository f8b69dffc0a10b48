"""How browser tests look at a page: by conditions in JavaScript, waited for."""

from typing import Any

from selenium.webdriver.support.ui import WebDriverWait


def until(page: Any, condition: str) -> None:
    """Wait until a JavaScript expression is true."""
    WebDriverWait(page.dash.driver, 20).until(lambda driver: driver.execute_script(f"return Boolean({condition})"))


def script(page: Any, expression: str) -> Any:
    """The value of a JavaScript expression."""
    return page.dash.driver.execute_script(f"return {expression}")
