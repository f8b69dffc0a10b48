"""A browser that times what a reader waits for: pages from the address to the last figure, and figures after a click."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

_WAIT_SECONDS = 60
_WIDTH, _HEIGHT = 1440, 1010

#: Counts the callbacks under way, and notes when a page is complete; runs before anything of the page does.
_WATCH = """
window.bench = {underway: 0, answered: 0, bodies: [], complete: null};
(function () {
    const send = window.fetch;
    window.fetch = function (address, options) {
        const sent = send.apply(this, arguments);
        if (!String(address && address.url || address).includes("_dash-update-component")) return sent;
        bench.underway += 1;
        bench.bodies.push(options && options.body);
        const done = () => { bench.underway -= 1; bench.answered += 1; };
        sent.then((answer) => answer.clone().arrayBuffer()).then(done, done);
        return sent;
    };
    window.benchUntil = function (condition) {
        bench.complete = null;
        let calm = 0;
        const look = () => {
            calm = bench.underway === 0 && bench.answered > 0 && condition() ? calm + 1 : 0;
            // Two frames: what was answered is drawn.
            if (calm > 2) bench.complete = performance.now(); else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    };
})();
"""


@dataclass(frozen=True, slots=True)
class Callback:
    """milliseconds: between request and answer. kilobytes: of the answer before compression."""

    milliseconds: float
    kilobytes: float


class Screen:
    """One browser."""

    def __init__(self, driver: webdriver.Chrome, address: str) -> None:
        self._driver, self._address = driver, address

    def open(self, path: str, condition: str) -> float:
        """Open a page in a browser that knows its files already; ms until a condition (JavaScript) holds and no callback is under way."""
        self._driver.get("about:blank")
        self._driver.get(self._address + path)
        return self._until(condition)

    def act(self, action: str, condition: str = "true") -> float:
        """Do something on the page (JavaScript); ms until what follows is drawn."""
        began = self.ask(f"bench.answered = 0; const began = performance.now(); {action}; return began")
        return self._until(condition) - float(began)

    def ask(self, script: str) -> Any:
        """What a script returns."""
        return self._driver.execute_script(script)

    def errors(self) -> list[str]:
        """What the browser has complained about since this was asked last."""
        return [entry["message"] for entry in self._driver.get_log("browser") if entry["level"] == "SEVERE"]

    def callbacks(self) -> list[Callback]:
        """The callbacks since this was asked last."""
        script = """
            const found = performance.getEntriesByType("resource").filter((one) => one.name.includes("_dash-update-component"));
            performance.clearResourceTimings();
            return found.map((one) => [one.responseEnd - one.requestStart, one.decodedBodySize / 1000]);
        """
        return [Callback(*one) for one in self.ask(script)]

    def _until(self, condition: str) -> float:
        self.ask(f"benchUntil(() => {condition})")
        WebDriverWait(self._driver, _WAIT_SECONDS, poll_frequency=0.05).until(lambda driver: driver.execute_script("return bench.complete"))
        return float(self.ask("return bench.complete"))


@contextmanager
def screen(port: int) -> Iterator[Screen]:
    """A desk's browser on the server at a port."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={_WIDTH},{_HEIGHT}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options)
    try:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
        yield Screen(driver, f"http://127.0.0.1:{port}")
    finally:
        driver.quit()
