"""The timeline: figures of bars and of cells, and the page that is made of them, as plain functions."""

import base64
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from dash import Patch, no_update
from dash._utils import to_json
from http_api import DAY_SHIFT, Api, event

from callbacks import timeline as page
from callbacks.context import look
from components.timeline_axis import lane_px, ticks
from components.timeline_bars import MOST_BARS, MOST_BINS, bars_figure
from components.timeline_page import lane_links, lanes_style, words
from components.timeline_raster import LEVELS, STEP, raster_figure
from metrics.columns import columns
from metrics.raster import NOTHING, STATES, Lane, Raster
from metrics.units import HOUR, MINUTE, to_micros

BERLIN = ZoneInfo("Europe/Berlin")
NO_SIGNAL, ABSENT, IDLE, WORKING = range(4)
EIGHT = datetime(2026, 1, 15, 8, tzinfo=BERLIN)
NOON, NOW = EIGHT + timedelta(hours=4), EIGHT + timedelta(hours=3)


def lane(name: str, *intervals: tuple[int, float, float, str]) -> Lane:
    """state, hours from eight o'clock to hours from it, and what stands beside."""
    begin = to_micros(EIGHT)
    rows = [(state, begin + round(start * HOUR), begin + round(end * HOUR)) for state, start, end, _ in intervals]
    frame = columns(**{key: [row[place] for row in rows] for place, key in enumerate(("state", "start", "end"))})
    return Lane(name.lower(), name, frame, [beside for *_, beside in intervals])


def bars(*lanes: Lane, **options):
    return bars_figure(lanes, EIGHT, NOON, BERLIN, options.pop("theme", "light"), NOW, **options)


def traces(figure) -> dict[str, dict]:
    return {trace["name"]: trace for trace in figure.to_dict()["data"]}


def decoded(array) -> list:
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=array["dtype"]).reshape([int(side) for side in array["shape"].split(",")]).tolist()


# Bars


def test_a_bar_stands_where_its_interval_was():
    drawn = traces(bars(lane("Anna", (WORKING, 0, 1, "S1"), (IDLE, 1, 1.5, "S1")), lane("Ben", (WORKING, 0.5, 2, ""))))
    eight = to_micros(EIGHT) // 1000
    assert (drawn["Working"]["y"], drawn["Working"]["base"], drawn["Working"]["x"]) == ([0, 1], [eight, eight + 1_800_000], [3_600_000, 5_400_000])
    assert (drawn["Idle"]["y"], drawn["Idle"]["base"], drawn["Idle"]["x"]) == ([0], [eight + 3_600_000], [1_800_000])
    # Each state keeps its trace, so that a refresh of the data finds the same ones.
    assert [(name, len(trace["y"])) for name, trace in drawn.items()] == [("No signal", 0), ("Absent", 0), ("Idle", 1), ("Working", 2), ("now", 2)]


def test_states_differ_by_more_than_their_colour():
    drawn = traces(bars(lane("Anna", (WORKING, 0, 1, "S1"))))
    shapes = {name: trace["marker"]["pattern"].get("shape") for name, trace in drawn.items() if name != "now"}
    assert shapes["Working"] is None
    assert len(set(shapes.values())) == 4
    assert all(trace["marker"]["line"] == {"width": 0} for name, trace in drawn.items() if name != "now")


@pytest.mark.parametrize(
    ("why", "interval", "said"),
    [
        ("state, place, from, to, how long", (WORKING, 0, 1.25, "Press 1"), "<b>Anna</b><br>Working · Press 1<br>08:00:00 – 09:15:00 (1 h 15)"),
        ("nobody says where", (NO_SIGNAL, 0, 0.5, ""), "<b>Anna</b><br>No signal<br>08:00:00 – 08:30:00 (30 min)"),
        ("seconds", (IDLE, 0, 30 / 3600, "S1"), "<b>Anna</b><br>Idle · S1<br>08:00:00 – 08:00:30 (30 s)"),
        ("over midnight", (ABSENT, 0, 17, "S1"), "<b>Anna</b><br>Absent · S1<br>08:00:00 – Fri 16 Jan, 01:00:00 (17 h 00)"),
        ("another day", (ABSENT, -24, -23, "S1"), "<b>Anna</b><br>Absent · S1<br>Wed 14 Jan, 08:00:00 – 09:00:00 (1 h 00)"),
        ("no markup", (WORKING, 0, 1, "<b>A</b>"), "<b>Anna</b><br>Working · &lt;b&gt;A&lt;/b&gt;<br>08:00:00 – 09:00:00 (1 h 00)"),
    ],
)
def test_what_a_bar_says(why, interval, said):
    drawn = traces(bars(lane("Anna", interval)))
    assert [text for trace in drawn.values() for text in trace.get("customdata", [])] == [said], why


def test_now_is_marked_if_it_is_in_sight():
    assert traces(bars(lane("Anna"), lane("Ben")))["now"]["x"] == [to_micros(NOW) // 1000] * 2
    later = bars_figure([lane("Anna")], EIGHT, NOON, BERLIN, "light", NOON + timedelta(hours=1))
    assert traces(later)["now"]["x"] == []


def test_names_stand_beside_several_lanes_and_not_beside_one():
    several = bars(lane("Anna"), lane("A name that is far too long")).layout
    assert (several.yaxis.ticktext, several.margin.l > 100) == (("Anna", "A name that is fa…"), True)
    assert not bars(lane("Anna")).layout.yaxis.showticklabels
    bare = bars(lane("Anna"), lane("Ben"), bare=True).layout
    assert (bare.margin.l, bare.margin.b, bare.xaxis.showticklabels, bare.yaxis.showticklabels) == (0, 0, False, False)
    assert bare.xaxis.fixedrange is False
    assert bare.yaxis.fixedrange is True


def test_colours_follow_the_theme():
    light, dark = (bars(lane("Anna", (IDLE, 0, 1, "")), theme=theme) for theme in ("light", "dark"))
    assert traces(light)["now"]["line"]["color"] != traces(dark)["now"]["line"]["color"]
    assert traces(light)["Idle"]["marker"]["color"] == traces(dark)["Idle"]["marker"]["color"]


def test_too_many_bars_become_cells():
    quarter = 4 / (MOST_BARS + 4)
    many = [(WORKING if number % 4 else IDLE, number * quarter, (number + 1) * quarter, "S1") for number in range(MOST_BARS + 4)]
    [cells, _] = bars(lane("Anna", *many)).to_dict()["data"]
    assert cells["type"] == "heatmap"
    assert len(cells["x"]) <= MOST_BINS + 1
    assert set(decoded(cells["z"])[0]) <= set(range(1 + LEVELS * WORKING, 2 + LEVELS * (WORKING + 1)))
    assert cells["customdata"][0][0].startswith("<b>Anna</b><br>Working, ")
    assert len(bars(lane("Anna", *many[:MOST_BARS])).data) == len(STATES) + 1


# Cells


def cells_of(states, shares, *, bare=False):
    edges = to_micros(EIGHT) + np.arange(len(states[0]) + 1) * 5 * MINUTE
    rastered = Raster(edges, np.array(states, dtype=np.int8), np.array(shares, dtype=np.int8))
    figure = raster_figure(["Anna", "Ben"][: len(states)], rastered, EIGHT, NOON, BERLIN, "light", NOW, bare=bare)
    return figure.to_dict()["data"][0]


def test_a_cell_is_a_byte_that_tells_state_and_share():
    found = cells_of([[NOTHING, NO_SIGNAL, WORKING], [ABSENT, IDLE, WORKING]], [[0, 100, 66], [25, 50, 100]], bare=True)
    assert found["z"]["dtype"] == "u1"
    assert decoded(found["z"]) == [[0, 1 + 50, 1 + 3 * LEVELS + 33], [1 + LEVELS + 12, 1 + 2 * LEVELS + 25, 1 + 3 * LEVELS + 50]]
    for row, states in zip(decoded(found["z"]), [[None, NO_SIGNAL, WORKING], [ABSENT, IDLE, WORKING]], strict=True):
        assert [None if code == 0 else (code - 1) // LEVELS for code in row] == states
    assert (decoded(found["z"])[0][2] - 1) % LEVELS * STEP == 66
    assert found["hoverinfo"] == "none"
    assert "customdata" not in found


def test_each_code_has_the_colour_of_its_state():
    found = cells_of([[WORKING]], [[100]])
    scale, highest = found["colorscale"], found["zmax"]

    def color(code: int) -> str:
        return next(shade for place, shade in reversed(scale) if place <= code / highest)

    assert color(0) == "rgba(0,0,0,0)"
    shown = {"working": "#009E73", "idle": "#D55E00", "absent": "#CC79A7", "no_signal": "#767676"}
    for state, name in enumerate(STATES):
        assert {color(1 + LEVELS * state + share // STEP) for share in range(25, 101)} == {shown[name]}


def test_what_a_cell_says():
    found = cells_of([[NOTHING, WORKING, IDLE]], [[0, 100, 66]])
    assert found["customdata"] == [["", "<b>Anna</b><br>Working<br>08:05 – 08:10", "<b>Anna</b><br>Idle, 66 % of the time<br>08:10 – 08:15"]]


def test_a_hundred_lanes_are_less_than_a_tenth_of_a_megabyte():
    edges = to_micros(EIGHT) + np.arange(MOST_BINS + 1) * MINUTE
    rastered = Raster(edges, np.full((100, MOST_BINS), WORKING, dtype=np.int8), np.full((100, MOST_BINS), 77, dtype=np.int8))
    figure = raster_figure([f"Worker {number}" for number in range(100)], rastered, EIGHT, NOON, BERLIN, "light", NOW, bare=True)
    assert len(to_json(figure.to_dict()["data"])) < 120_000


# The axis


@pytest.mark.parametrize(
    ("why", "start", "hours", "texts"),
    [
        ("a shift", "2026-01-15T08:00", 9, ["08:00", "10:00", "12:00", "14:00", "16:00"]),
        ("minutes", "2026-01-15T08:00", 0.1, ["08:00", "08:01", "08:02", "08:03", "08:04", "08:05", "08:06"]),
        ("two days", "2026-01-15T08:00", 40, ["12:00", "18:00", "Fri 16 Jan", "06:00", "12:00", "18:00", "Sat 17 Jan"]),
        ("a week", "2026-01-12T00:00", 7 * 24, ["Tue 13 Jan", "Thu 15 Jan", "Sat 17 Jan", "Mon 19 Jan"]),
        ("half a year", "2026-01-15T00:00", 181 * 24, ["Sun 1 Mar", "Fri 1 May", "Wed 1 Jul"]),
        ("the day that has an hour twice", "2026-10-25T00:00", 6, ["Sun 25 Oct", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00"]),
        ("the day that lacks an hour", "2026-03-29T00:00", 6, ["Sun 29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00", "07:00"]),
    ],
)
def test_what_is_written_on_the_axis(why, start, hours, texts):
    begin = datetime.fromisoformat(start).replace(tzinfo=BERLIN).astimezone(UTC)
    found = ticks(begin, begin + timedelta(hours=hours), BERLIN)
    assert [text for _, text in found] == texts, why
    assert all(begin.timestamp() * 1000 <= at <= (begin + timedelta(hours=hours)).timestamp() * 1000 for at, _ in found)


# The page


def test_lanes_are_links_that_keep_the_filters():
    [first, second] = lane_links("worker", [("W1", "Anna"), ("a/b?", "Ben")], "?range=7d")
    assert (first.children.href, first.children.children) == ("/workers/W1?range=7d", "Anna")
    assert second.children.href == "/workers/a%2Fb%3F?range=7d"
    assert lane_links("station", [("S1", "Press")], "")[0].children.href == "/stations/S1"


def test_lanes_get_narrower_as_they_get_more():
    assert [lane_px(count) for count in (1, 12, 13, 40, 41, 1000)] == [44, 44, 28, 28, 18, 18]
    assert lanes_style(100) == {"--lanes": 100, "--lane": "18px"}


@pytest.mark.parametrize(
    ("lanes", "totals", "said"),
    [
        (2, {"working": 3 * HOUR, "idle": HOUR // 2, "absent": 0, "no_signal": 0}, "2 workers, 08:00 – 12:00: working 3.0 h, idle 0.5 h."),
        (1, dict.fromkeys(STATES, 0), "1 worker, 08:00 – 12:00: nothing was seen or expected."),
        (0, dict.fromkeys(STATES, 0), "There are no workers to show."),
    ],
)
def test_the_picture_in_words(lanes, totals, said):
    assert words("worker", lanes, "08:00 – 12:00", totals) == said


DAY = "2026-11-20"
EVENTS = [
    event(f"{DAY}T07:00:00Z"),
    event(f"{DAY}T08:30:00Z", "idle"),
    event(f"{DAY}T09:30:00Z"),
    event(f"{DAY}T07:05:00Z", worker="W2", station="S2"),
    event(f"{DAY}T10:30:00Z", "idle", worker="W2", station="S2"),
]


@pytest.fixture
def factory(api: Api) -> Api:
    """A morning at Plant North; the server's clock shows 13:00 in Berlin."""
    api.put("/api/sites/main", {"name": "Plant North", "timezone": "Europe/Berlin", "shifts": [DAY_SHIFT]})
    api.put("/api/workers/W1", {"name": "Alice Johnson"})
    api.post_batch(EVENTS)
    assert api.services.refresher.wait("main", 60)
    return api


def filled(factory, search="", zoom=None, before=None, **more):
    return page.timeline(look(factory.services, search, **more), zoom, before, search)


def local(millis: list[int]) -> list[str]:
    return [f"{datetime.fromtimestamp(at / 1000, BERLIN):%H:%M:%S}" for at in millis]


def test_a_shift_is_shown_from_its_start_to_its_end(factory):
    leaves = filled(factory, "?range=shift")
    assert local(leaves["drawn"]["range"]) == ["08:00:00", "17:00:00"]
    assert leaves["drawn"]["whole"] == leaves["drawn"]["range"]
    assert leaves["drawn"]["lanes"] == [["W1", "Alice Johnson"], ["W2", "W2"]]
    assert leaves["note"] == "08:00 – 17:00"
    assert leaves["words"].startswith("2 workers, 08:00 – 17:00: working ")
    assert [item.children.href for item in leaves["names"]] == ["/workers/W1?range=shift", "/workers/W2?range=shift"]


def test_a_day_is_shown_around_what_is_known_of_it(factory):
    assert local(filled(factory)["drawn"]["range"]) == ["08:00:00", "13:00:00"]
    assert local(filled(factory, "?range=yesterday")["drawn"]["range"]) == ["00:00:00", "00:00:00"]
    assert filled(factory, "?range=yesterday")["words"] == "2 workers, Thu 19 Nov: nothing was seen or expected."


def test_lanes_of_stations(factory):
    leaves = filled(factory, "?by=station")
    assert leaves["drawn"]["lanes"] == [["S1", "S1"], ["S2", "S2"]]
    assert leaves["words"].startswith("2 stations, ")
    said = [text for trace in leaves["figure"].to_dict()["data"] for text in trace.get("customdata", [])]
    assert "<b>S1</b><br>Idle · Alice Johnson<br>09:30:00 – 10:30:00 (1 h 00)" in said


def test_a_filter_leaves_lanes_out(factory):
    assert filled(factory, "?worker=W2")["drawn"]["lanes"] == [["W2", "W2"]]


def zoomed_to(start: str, end: str, *, touch: bool = False) -> dict:
    view = [int(datetime.fromisoformat(f"{DAY}T{clock}:00").replace(tzinfo=BERLIN).timestamp() * 1000) for clock in (start, end)]
    return {"view": view, "touch": touch}


def test_a_view_is_drawn_as_the_reader_has_set_it(factory):
    before = filled(factory, "?range=shift")["drawn"]
    leaves = filled(factory, "?range=shift", zoomed_to("09:40", "10:10"), before)
    assert local(leaves["drawn"]["range"]) == ["09:40:00", "10:10:00"]
    assert local(leaves["drawn"]["whole"]) == ["08:00:00", "17:00:00"]
    assert leaves["figure"].layout.xaxis.range == tuple(leaves["drawn"]["range"])
    assert leaves["words"] == "2 workers, 09:40 – 10:10: working 0.5 h, idle 0.5 h."
    # A state is told from its beginning, which is out of sight.
    assert traces(leaves["figure"])["Idle"]["customdata"] == ["<b>Alice Johnson</b><br>Idle · S1<br>09:30:00 – 10:30:00 (1 h 00)"]
    assert leaves["names"] is no_update


def test_fingers_scroll_the_page(factory):
    assert filled(factory, zoom={"view": None, "touch": True})["figure"].layout.dragmode is False
    assert filled(factory, zoom={"view": None, "touch": False})["figure"].layout.dragmode == "zoom"


def patched(leaves) -> list[list[str]]:
    assert isinstance(leaves["figure"], Patch)
    return sorted(step["location"] for step in leaves["figure"].to_plotly_json()["operations"])


def test_a_refresh_changes_the_data_and_leaves_the_readers_view_alone(factory):
    before = filled(factory, "?range=shift")["drawn"]
    view = zoomed_to("09:40", "10:10")
    assert patched(filled(factory, "?range=shift", view, before, is_refresh=True)) == [["data"]]
    axis = [["layout", "xaxis", name] for name in ("range", "ticktext", "tickvals")]
    assert patched(filled(factory, "?range=shift", None, before, is_refresh=True)) == [["data"], *axis]


def test_a_refresh_that_brings_a_lane_draws_all(factory):
    before = filled(factory)["drawn"]
    factory.post(event(f"{DAY}T09:00:00Z", worker="W3"))
    assert factory.services.refresher.wait("main", 60)
    factory.services.clock.moment += timedelta(seconds=10)
    leaves = filled(factory, before=before, is_refresh=True)
    assert len(leaves["names"]) == 3
    assert leaves["figure"].layout.yaxis.range == (2.5, -0.5)


@pytest.mark.parametrize(("bins", "cell"), [(720, "30 s"), (72, "5 min"), (5, "1 h"), (2, "1 day")])
def test_how_long_a_cell_is(factory, monkeypatch, bins, cell):
    monkeypatch.setattr(page, "MOST_BARS", 0)
    monkeypatch.setattr(page, "MOST_BINS", bins)
    leaves = filled(factory, "?range=shift")
    assert leaves["figure"].data[0].type == "heatmap"
    assert leaves["note"] == f"08:00 – 17:00 · {cell} a cell"


def test_an_empty_site_says_so(api):
    leaves = filled(api)
    assert (leaves["words"], leaves["names"]) == ("There are no workers to show.", [])
