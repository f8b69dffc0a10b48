"""The pages over a year of ten million events, in a browser: until they are complete, and until a filter's change is drawn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter, sleep

from benchmarks.figures import Figure
from benchmarks.past_year import DAYS
from benchmarks.screen import Callback, Screen, screen
from benchmarks.server import Server, serving
from benchmarks.statistics import percentile
from benchmarks.workbench import TEN_MILLION, Workbench

SECTION = "pages"
_TIMES = 10
_COMPLETE_MS, _REDRAWN_MS, _CALLBACK_MS, _TIMELINE_KB, _VISIBLE_MS = 1_500, 300, 200, 1_000, 3_000
_LOOK_SECONDS = 0.02

# Not all of them: before the day's first shift there is no coverage.
_VALUES = "[...document.querySelectorAll('.kpi__value')].map((one) => one.innerText)"
_CARDS = f"{_VALUES}.length && {_VALUES}.every((text) => text) && {_VALUES}.some((text) => text !== '—')"
_CHART = "document.querySelector('.js-plotly-plot .main-svg')"
_ROW = "document.querySelector('.ag-center-cols-container [role=row]')"

#: When a page is complete: the last key figure, the first row, the chart.
PAGES = {
    "/": f"{_CARDS} && {_CHART}",
    "/workers": _ROW,
    "/workers/W001": f"{_CARDS} && {_CHART}",
    "/stations": _ROW,
    "/stations/S001": f"{_CARDS} && {_CHART}",
    "/timeline": _CHART,
    "/quality": f"{_ROW} && {_CHART}",
    "/settings": "document.querySelector('.app--settings form, .app--settings .panel')",
    "/wall": "document.querySelector('.tile') && " + _CARDS,
}


def measure(bench: Workbench) -> Iterator[Figure]:
    """Medians of ten; callbacks' times as the browser sees them, the wait for the server's interpreter included."""
    with serving(bench.year(TEN_MILLION)) as server, screen(server.port) as reader:
        asked: list[Callback] = []
        for span, query in _spans().items():
            for path, condition in PAGES.items():
                times = [reader.open(path + query, condition) for _ in range(_TIMES)]
                asked += reader.callbacks()
                yield Figure(SECTION, f"{path}, {span}: complete, median", percentile(times, 50), "ms", target=_COMPLETE_MS, less_is_better=True)
        yield from _filter_changes(reader, asked)
        yield _visible(server, reader)
        yield from _payloads(reader)
        slow = percentile([one.milliseconds for one in asked], 95)
        yield Figure(SECTION, f"callbacks, {len(asked)} of them: p95", slow, "ms", target=_CALLBACK_MS, less_is_better=True)


def _spans() -> dict[str, str]:
    today = datetime.now(UTC).date()
    return {"today": "", "a year": f"?range=custom&from={today - timedelta(days=DAYS - 1)}&to={today}"}


def _filter_changes(reader: Screen, asked: list[Callback]) -> Iterator[Figure]:
    """From one range to another and back."""
    for path in ("/", "/workers", "/workers/W001", "/timeline"):
        reader.open(path, PAGES[path])
        times = [reader.act(f"document.querySelector('input[value=\"{wanted}\"]').click()") for _ in range(_TIMES // 2) for wanted in ("yesterday", "7d")]
        asked += reader.callbacks()
        yield Figure(SECTION, f"{path}, range changed: redrawn, median", percentile(times, 50), "ms", target=_REDRAWN_MS, less_is_better=True)


def _visible(server: Server, reader: Screen) -> Figure:
    """From the request that brings a unit to the number on an open page."""
    units = 'document.getElementById(\'{"kpi":"units","scope":"overview"}\').querySelector(\'.kpi__value\').textContent'
    reader.open("/", PAGES["/"])
    times = []
    for _ in range(_TIMES):
        before = reader.ask(f"return {units}")
        event = {"timestamp": datetime.now(UTC).isoformat(), "worker_id": "W001", "workstation_id": "S001", "event_type": "product_count"}
        began = perf_counter()
        server.request("POST", "/api/events", event)
        while reader.ask(f"return {units}") == before:
            sleep(_LOOK_SECONDS)
        times.append(1000 * (perf_counter() - began))
    return Figure(SECTION, "an event posted: on the open page, the slowest of 10", max(times), "ms", target=_VISIBLE_MS, less_is_better=True)


def _payloads(reader: Screen) -> Iterator[Figure]:
    """The largest answer that a timeline needs."""
    for span, query in {**_spans(), "7 days": "?range=7d"}.items():
        reader.open("/timeline" + query, PAGES["/timeline"])
        largest = max(one.kilobytes for one in reader.callbacks())
        yield Figure(SECTION, f"/timeline, {span}: largest answer, not compressed", largest, "kB", target=_TIMELINE_KB, less_is_better=True)
