"""The pages about all sites: callbacks as plain functions on a real database, and builders by their content."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from flask import Flask
from http_api import Api, SettableClock, event
from migrated import empty_database
from thursday import NOW, thursday

import api as http
from callbacks import export, site_words
from callbacks.compare import ALL_SITES, compare, compared_rows, figures, ranked, ranking
from callbacks.compare_course import bucket_of, course, course_at
from callbacks.context import UnknownSiteError, look
from callbacks.filters import DEFAULT_METRIC, Filters
from callbacks.many_sites import NOTHING_BEFORE, before, each_site
from callbacks.sites import at_work, sites
from components import compare_page, sites_page
from components.compare_charts import Course, bars_figure, course_figure, course_words, hours_of
from components.compare_table import beside, difference, with_unit
from components.csv_text import BYTE_ORDER_MARK
from components.site_figures import COUNTS, FIGURES, figure_of
from components.wording import NO_DATA
from data_layer.horizons import Retention
from data_layer.privacy import Level, Privacy
from data_layer.scope import Scope, narrowed
from metrics.kpis import FACTORY_FIGURES
from services import start_services
from settings import Settings

UTILIZATION, IDLE, UNITS, EVENTS = (figure_of(name) for name in (DEFAULT_METRIC, "total_idle_time_hours", "total_production_count", "total_events"))
AUCKLAND = [
    event("2026-01-15T12:00:00Z", worker="A1", site_id="auckland"),
    event("2026-01-15T12:30:00Z", "product_count", worker="A1", count=9, site_id="auckland"),
    event("2026-01-15T13:00:00Z", "idle", worker="A1", site_id="auckland"),
    event("2026-01-15T13:30:00Z", worker="A1", site_id="auckland"),
    # On Auckland's Thursday, which is the Wednesday evening of UTC.
    event("2026-01-14T20:00:00Z", worker="A1", site_id="auckland"),
    event("2026-01-14T21:00:00Z", "absent", worker="A1", site_id="auckland"),
]


@pytest.fixture(scope="module")
def plants(tmp_path_factory):
    """Plant North on a Thursday, Auckland on its Friday morning, and South, where nothing has ever happened."""
    services = start_services(Settings(database_url=empty_database(tmp_path_factory.mktemp("plants") / "factory.db")), SettableClock(NOW))
    server = Flask("factory")
    http.register(server, services)
    server.register_blueprint(export.bp)
    found = thursday(Api(server.test_client(), services))
    found.put("/api/sites/auckland", {"name": "Auckland", "timezone": "Pacific/Auckland", "retention": {"raw_event_days": 90}})
    found.post_batch(AUCKLAND)
    assert services.refresher.wait("auckland", 60)
    yield found
    services.close()


def at(plants, search=""):
    """A look that no other test shares."""
    plants.services.clock.moment += timedelta(microseconds=1)
    return look(plants.services, search, anywhere=True)


@pytest.fixture
def hidden(plants):
    """Plant North shows figures of its workstations alone."""
    plants.services.sites.put_privacy("main", Privacy(Level.STATION, chosen=True), lambda *_: None)
    yield plants
    plants.services.sites.put_privacy("main", Privacy(), lambda *_: None)


# All sites


def test_a_card_says_where_when_who_and_how_much(plants):
    auckland, north, south = sites(at(plants))["cards"]
    assert (auckland["name"], auckland["clock"], auckland["day"], auckland["zone"]) == ("Auckland", "02:52", "Fri 16 Jan", "Pacific/Auckland, UTC+13")
    assert (north["clock"], north["day"], north["zone"], north["shift"]) == ("14:52", "Thu 15 Jan", "Europe/Berlin, UTC+1", "day shift until 17:00")
    assert (auckland["shift"], south["shift"]) == ("no shifts set up", "no shifts set up")
    assert (north["seen"], south["seen"]) == ("Last event 7 min ago (14:45), 1 camera silent", "No events yet")
    assert (auckland["keeps"], north["keeps"]) == ("Keeps raw events for 90 days, states for ever and sums for ever", "Keeps everything for ever")
    assert (north["path"], north["called"], south["path"]) == ("/?site=main", "main", "/?site=south")


def test_a_cards_figures_are_those_of_the_sites_own_day(plants):
    auckland, north, south = ({one["label"]: (one["value"], one["unit"], one["hint"]) for one in card["figures"]} for card in sites(at(plants))["cards"])
    row = at(plants, "?site=main").read(stations=False).factory
    assert north["Units produced"] == (f"{row['total_production_count']:,}", "", "")
    assert north["Avg. utilization"] == (f"{row['average_utilization_percentage']:.1f}", "%", "")
    assert north["At work now"][:2] == ("4", "of 7")
    # Of Auckland's Friday, not of the day before: 01:00 until now.
    assert auckland["Productive"] == ("1.4", "h", "")
    assert auckland["Coverage"] == (NO_DATA, "", "needs shifts")
    assert south["At work now"] == (NO_DATA, "", "no workers yet")
    assert south["Production rate"] == (NO_DATA, "", "no work seen yet")


def test_what_a_site_keeps_back_is_a_dash_and_a_word(hidden):
    north = sites(at(hidden))["cards"][1]
    assert north["shows"] == "Shows figures of workstations, and no person’s"
    kept = {one["label"]: (one["value"], one["hint"]) for one in north["figures"] if one["value"] == NO_DATA}
    assert set(kept) == {"At work now", "Productive", "Production rate", "Avg. utilization", "Coverage"}
    assert {hint for _, hint in kept.values()} == {"not shown here"}
    assert at_work(each_site(at(hidden))[1]).value == NO_DATA


def test_one_site_alone_is_told_what_to_do(plants):
    with narrowed(Scope(frozenset({"auckland"}))):
        context = at(plants)
        assert [card["id"] for card in sites(context)["cards"]] == ["auckland"]
        assert "This is the only site" in sites(context)["alone"]
        assert compare(context)["page"] == "compare compare--alone"
        assert "nothing to compare" in compare(context)["alone"]
        assert course(context) == {}
    assert sites(at(plants))["alone"] == ""


def test_a_site_outside_the_scope_does_not_exist(plants):
    with narrowed(Scope(frozenset({"auckland", "south"}))):
        assert [one.site.site_id for one in each_site(at(plants))] == ["auckland", "south"]
        assert "Plant North" not in str(compare(at(plants, "?range=7d")))
        with pytest.raises(UnknownSiteError):
            at(plants, "?site=nowhere")
        with pytest.raises(UnknownSiteError):
            look(plants.services, "")
    with narrowed(Scope(frozenset())), pytest.raises(UnknownSiteError):
        at(plants)


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [("2026-01-15T12:00:00+00:00", "UTC", "UTC"), ("2026-01-15T12:00:00+05:45", "", "UTC+5:45"), ("2026-01-15T12:00:00-03:30", "", "UTC−3:30")],
)
def test_offsets(moment, zone, expected):
    assert site_words.offset(datetime.fromisoformat(moment)) == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (Retention(), "Keeps everything for ever"),
        (Retention(1), "Keeps raw events for 1 day, states for ever and sums for ever"),
        (Retention(90, 400, 4000), "Keeps raw events for 90 days, states for 400 days and sums for 4,000 days"),
    ],
)
def test_retention_in_words(kept, expected):
    assert site_words.keeps(kept) == expected


# The comparison


def test_sites_stand_by_their_rank_and_all_of_them_last(plants):
    of = ranked(at(plants, "?metric=total_production_count"))
    lines = ranking(of, NOTHING_BEFORE)
    assert [(line.rank, line.name, line.cells[0].text) for line in lines] == [
        (1, "Plant North", "1,252"),
        (2, "Auckland", "9"),
        (3, "South", "0"),
        (None, ALL_SITES, "1,261"),
    ]
    assert [line.cells[2].text for line in lines[:3]] == ["best", "−1,243", "−1,252"]
    assert [line.cells[3].text for line in lines[:3]] == ["99.3 % of all", "0.7 % of all", "0.0 % of all"]


def test_the_least_is_first_where_less_is_better(plants):
    of = ranked(at(plants, "?metric=total_idle_time_hours"))
    assert [of.looks[place].site.site_id for place in of.order] == ["south", "auckland", "main"]
    assert of.best == 0.0


def test_sites_without_the_figure_stand_last_without_a_rank(plants):
    lines = ranking(ranked(at(plants, "?metric=coverage_percentage")), NOTHING_BEFORE)
    assert [(line.rank, line.name) for line in lines] == [(1, "Plant North"), (None, "Auckland"), (None, "South"), (None, ALL_SITES)]
    assert [line.drawn()["rank"] for line in lines] == ["1", NO_DATA, NO_DATA, ""]
    assert lines[-1].cells[0].beside == "1 of 3 sites"


def test_ratios_are_measured_against_all_sites(plants):
    of = ranked(at(plants))
    lines = {line.name: line for line in ranking(of, NOTHING_BEFORE)}
    apart = of.values[0] - of.together
    assert lines["Auckland"].cells[3].text == f"{apart:+.1f} pt".replace("-", "−")
    assert lines["Auckland"].cells[3].judged == ("better" if apart > 0 else "worse")


def test_the_total_is_what_the_api_answers_for_the_same_windows(plants):
    """Each site's day begins at its own midnight, so the call can't name one `from` for all by an instant; a day it can."""
    of = ranked(at(plants, "?range=custom&from=2026-01-15&to=2026-01-15"))
    asked = {"site_id": ["auckland", "main", "south"], "from": "2026-01-15", "to": "2026-01-16", "as_of": of.looks[0].now.isoformat()}
    said = plants.get("/api/metrics/factory", **asked).json
    assert of.found.together == {name: said[name] for name in of.found.together}
    assert of.found.rows == [dict(row) for row in said["sites"]]


def test_changes_are_on_the_equal_window_before(plants):
    of = ranked(at(plants, "?metric=total_production_count"))
    found = before(of.looks, of.found)
    # Nothing happened at South, nor at Auckland before three at night: there is nothing to compare with.
    assert set(found.rows) == {"main"}
    assert found.rows["main"]["total_production_count"] == 1_000
    lines = {line.name: line.cells[1] for line in ranking(of, found)}
    assert (lines["Plant North"].text, lines["Plant North"].judged, lines["South"].text) == ("+252", "better", NO_DATA)
    everything = {line.name: line.cells[1] for line in figures(of, found)}
    assert (everything["Plant North"].text, everything["Plant North"].beside) == ("1,252", "+252")
    assert before(of.looks, ranked(at(plants, "?range=all")).found).rows
    assert before(ranked(at(plants, "?range=all")).looks, of.found) == NOTHING_BEFORE


def test_totals_of_other_sites_than_before_are_not_compared(plants):
    of = ranked(at(plants))
    fewer = {**of.found.counted, "total_production_count": 2}
    assert "total_production_count" not in before(of.looks, type(of.found)(of.found.rows, of.found.together, fewer, of.found.untold)).together


def test_all_figures_stand_in_the_table_and_what_is_missing_is_said(hidden):
    found = compare(at(hidden))
    assert [len(line["cells"]) for line in found["figures"]] == [len(FIGURES) + len(COUNTS)] * 4
    assert {kpi.field for kpi in FIGURES} == set(FACTORY_FIGURES)
    assert found["figures"][-1]["cells"][0]["beside"] == "2 of 3 sites"
    assert "Plant North shows figures of workstations, and no person’s." in found["notes"]
    assert "Auckland, South have none" in found["notes"]
    assert found["figures"][0]["about"] == "Pacific/Auckland · Fri 16 Jan, 00:00 until now (02:52)"


@pytest.mark.parametrize(
    ("search", "begin"),
    [
        ("", "Today so far at 3 sites, each on its own clock and by its own shifts. Changes are on the same part of the day before."),
        ("?range=7d", "The last 7 days at 3 sites"),
        ("?range=all", "Everything so far at 3 sites, each on its own clock and by its own shifts."),
        ("?range=custom&from=2026-01-12&to=2026-01-13", "Mon 12 Jan to Tue 13 Jan at 3 sites"),
        ("?range=custom&from=2026-01-12&to=2026-01-12", "Mon 12 Jan at 3 sites"),
    ],
)
def test_the_sentence(plants, search, begin):
    assert compare(at(plants, search))["words"].startswith(begin)


def test_a_site_without_shifts_shows_its_day_and_says_so(plants):
    about = {line["name"]: line["about"] for line in compare(at(plants, "?range=shift"))["figures"]}
    assert about["Plant North"] == "Europe/Berlin · Day shift, Thu 15 Jan, 08:00 until now (14:52)"
    assert about["Auckland"] == "Pacific/Auckland · This site has no shifts (see Settings): this is today instead, Fri 16 Jan, 00:00 until now (02:52)"


def test_a_report_says_when_it_was_made(plants):
    assert compare(at(plants))["made"] == "Made Thu 15 Jan 2026, 14:52 (Europe/Berlin) from 3 sites. Factory Productivity Dashboard."


# The course


@pytest.mark.parametrize(
    ("search", "bucket"), [("", "1h"), ("?range=7d", "1d"), ("?range=yesterday", "1h"), ("?range=custom&from=2025-01-01&to=2026-01-15", "1w")]
)
def test_buckets_follow_the_range(plants, search, bucket):
    assert bucket_of(each_site(at(plants, search))) == bucket


def test_a_course_runs_on_the_sites_own_clock(plants):
    auckland = course_at(each_site(at(plants))[0], UTILIZATION, "1h")
    assert [start.isoformat() for start in auckland.starts[:2]] == ["2026-01-16T00:00:00+13:00", "2026-01-16T01:00:00+13:00"]
    assert auckland.values[:2] == [None, 100.0]


def test_of_a_sum_the_bucket_that_runs_is_left_out(plants):
    one = each_site(at(plants))[1]
    assert len(course_at(one, UNITS, "1h").values) == len(course_at(one, UTILIZATION, "1h").values) - 1
    assert "still runs" in course(at(plants, "?metric=total_production_count"))["note"]
    assert "still runs" not in course(at(plants))["note"]


def test_a_site_without_events_has_no_course(plants):
    assert course_at(each_site(at(plants))[2], UNITS, "1h") == Course("South", [], [])
    assert course(at(plants, "?range=custom&from=2030-01-01&to=2030-01-02"))["note"].startswith("There is nothing to draw")


def test_noon_is_noon_everywhere():
    days = [Course("a", [datetime(2026, 1, 15, 12, 30)], [1.0]), Course("b", [datetime(2026, 1, 16, 22), datetime(2026, 1, 17, 1)], [1.0, None])]
    assert [hours_of(one) for one in days] == [[12.5], [22.0, 25.0]]
    drawn = course_figure(UNITS, days, by_day=False, theme="light")
    assert "00" in drawn.layout.xaxis.ticktext
    assert [trace.name for trace in course_figure(UNITS, [*days, Course("empty", [], [])], by_day=True, theme="dark").data] == ["a", "b"]
    assert course_words(UNITS, days) == "Last values: a 1, b 1."


def test_names_are_no_markup_in_charts():
    named = Course("<b>x</b>", [datetime(2026, 1, 15)], [1.0])
    assert "<b>x</b>" not in str(course_figure(UNITS, [named], by_day=True, theme="light").data[0].name)
    assert "&lt;b&gt;" in bars_figure(UNITS, [("<b>x</b>", 1.0)], None, theme="light").layout.yaxis.ticktext[0]


def test_bars_mark_all_sites_and_leave_a_dash_where_there_is_nothing():
    drawn = bars_figure(UTILIZATION, [("A", 80.0), ("B", None)], 75.0, theme="light")
    assert (drawn.data[0].text, drawn.layout.shapes[0].x0) == (("80.0 %", NO_DATA), 75.0)
    assert drawn.layout.annotations[0].text == "all sites 75.0 %"
    assert bars_figure(UNITS, [], None, theme="dark").layout.shapes == ()


# Words and builders


@pytest.mark.parametrize(
    ("kpi", "value", "other", "text", "judged"),
    [
        (UTILIZATION, 80.0, 75.0, "+5.0 pt", "better"),
        (UTILIZATION, 75.0, 80.0, "−5.0 pt", "worse"),
        (IDLE, 5.0, 4.0, "+1.0 h", "worse"),
        (IDLE, 4.0, 5.0, "−1.0 h", "better"),
        (EVENTS, 5, 3, "+2", ""),
        (UTILIZATION, 80.0, 79.98, "±0", ""),
        (UTILIZATION, None, 80.0, NO_DATA, ""),
        (UTILIZATION, 80.0, None, NO_DATA, ""),
    ],
)
def test_differences_are_better_or_worse_and_not_up_or_down(kpi, value, other, text, judged):
    cell = difference(kpi, value, other)
    assert (cell.text, cell.judged) == (text, judged)


def test_a_judgement_stands_at_what_it_is_about():
    change = difference(UTILIZATION, 80.0, 75.0).drawn()
    assert (change["text_look"], change["beside_look"]) == ("compare__text compare__judged--better", "compare__beside compare__judged--better")
    figure = beside(UTILIZATION, 80.0, 75.0).drawn()
    assert (figure["text"], figure["text_look"], figure["beside_look"]) == ("80.0 %", "compare__text", "compare__beside compare__judged--better")
    assert with_unit(UTILIZATION, None) == NO_DATA


@pytest.mark.parametrize("layout", [sites_page.layout, compare_page.layout])
def test_each_page_leads_to_the_other_one_and_names_itself(layout):
    page = layout()
    shown = [part for part in page._traverse() if "aria-current" in getattr(part, "_prop_names", []) or getattr(part, "aria-current", None)]
    links = [part for part in page._traverse() if "site-tabs__tab" in (getattr(part, "className", None) or "").split()]
    assert len(links) == 2
    assert [part.children for part in shown if getattr(part, "aria-current", None) == "page"] == ["Now" if layout is sites_page.layout else "Comparison"]


@pytest.mark.parametrize(("search", "metric"), [("", DEFAULT_METRIC), ("?metric=total_events", "total_events"), ("?metric=nonsense", DEFAULT_METRIC)])
def test_the_address_names_the_figure(search, metric):
    assert Filters.from_query(search).metric == metric


# The file


def lines_of(plants, search=""):
    answer = plants.client.get(f"/export/sites.csv{search}")
    assert answer.status_code == 200
    text = answer.get_data(as_text=True).removeprefix(BYTE_ORDER_MARK)
    return answer, list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_file_has_the_rows_of_the_table_unrounded(plants):
    answer, found = lines_of(plants, "?range=custom&from=2026-01-15&to=2026-01-15")
    assert "filename=sites_2026-01-15.csv" in answer.headers["Content-Disposition"]
    expected = compared_rows(ranked(at(plants, "?range=custom&from=2026-01-15&to=2026-01-15")))
    assert [(row["name"], row["rank"]) for row in found] == [(row["name"], str(row["rank"] or "")) for row in expected]
    assert [float(row["total_productive_time_hours"]) for row in found] == pytest.approx([row["total_productive_time_hours"] for row in expected], abs=1e-6)
    assert found[-1] | {"name": ALL_SITES, "site_id": "", "rank": ""} == found[-1]
    assert (found[0]["timezone"], found[0]["from"]) == ("Pacific/Auckland", "2026-01-14T11:00:00Z")


def test_the_file_says_what_is_missing(hidden):
    _, found = lines_of(hidden)
    notes = {row["name"]: row["note"] for row in found}
    assert notes["Plant North"] == "shows figures of workstations, and no person’s"
    assert "total_productive_time_hours: 2 of 3 sites" in notes[ALL_SITES]
    assert next(row for row in found if row["name"] == "Plant North")["total_productive_time_hours"] == ""


def test_the_file_of_a_site_that_is_not_there(plants):
    assert plants.client.get("/export/sites.csv?site=atlantis").status_code == 404
