/* Clientside callbacks of the shell; callbacks/browser.py names their inputs and outputs. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.factory = (function () {
    "use strict";
    const RANGES = ["today", "yesterday", "7d", "all", "custom"];
    const KEEP = () => window.dash_clientside.no_update;
    const DAY = /^\d{4}-\d{2}-\d{2}$/;

    function parse(search) {
        const query = new URLSearchParams(search || "");
        const from = query.get("from"), to = query.get("to");
        let range = RANGES.includes(query.get("range")) ? query.get("range") : "today";
        const dated = range === "custom" && DAY.test(from || "") && DAY.test(to || "");
        if (range === "custom" && !dated) range = "today";
        return {site: query.get("site") || "main", range, from: dated ? from : null, to: dated ? to : null, stations: query.getAll("station")};
    }

    function format(filters) {
        const query = new URLSearchParams();
        if (filters.site !== "main") query.set("site", filters.site);
        if (filters.range !== "today") query.set("range", filters.range);
        if (filters.range === "custom") { query.set("from", filters.from); query.set("to", filters.to); }
        filters.stations.forEach((station) => query.append("station", station));
        const text = query.toString();
        return text ? "?" + text : "";
    }

    function localToday() {
        const now = new Date();
        return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
    }

    const same = (some, others) => JSON.stringify(some || []) === JSON.stringify(others || []);

    /* The list of choices comes from the server, later than the address: only what it holds can be shown as chosen. */
    function shown(stations, options) {
        const known = new Set((options || []).map((option) => option.value));
        return stations.filter((station) => known.has(station));
    }

    /* What the controls make of the filters that were in force. */
    function change(filters, controls, touched, stamp) {
        if (touched.has("site-picker.value") && controls.site !== filters.site) {
            // A station belongs to its site.
            filters = {...filters, site: controls.site, stations: []};
        }
        if (touched.has("range-picker.value")) {
            const today = (stamp && stamp.today) || localToday();
            filters = {...filters, range: controls.range, from: filters.from || today, to: filters.to || today};
        }
        if (touched.has("date-range.start_date") || touched.has("date-range.end_date")) {
            // Between the two clicks of a new range there is no last day.
            const from = (controls.from || "").slice(0, 10), to = (controls.to || "").slice(0, 10);
            if (from && to && filters.range === "custom") filters = {...filters, from, to};
        }
        if (touched.has("station-filter.value") && !same(controls.stations, shown(filters.stations, controls.options))) {
            filters = {...filters, stations: controls.stations || []};
        }
        return filters;
    }

    function syncFilters(search, site, range, from, to, stations, options, before, stamp) {
        const touched = new Set(window.dash_clientside.callback_context.triggered.map((one) => one.prop_id));
        const here = search || "";
        const byAddress = touched.has("url.search") || before === null || before === undefined;
        const filters = byAddress ? parse(here) : change(parse(here), {site, range, from, to, stations, options}, touched, stamp);
        // An address that says the same in another order stays as it was written.
        const address = JSON.stringify(filters) === JSON.stringify(parse(here)) ? here : format(filters);
        const chosen = shown(filters.stations, options);
        return [
            address === here ? KEEP() : address,
            filters.site === site ? KEEP() : filters.site,
            filters.range === range ? KEEP() : filters.range,
            filters.from === from ? KEEP() : filters.from,
            filters.to === to ? KEEP() : filters.to,
            same(chosen, stations) ? KEEP() : chosen,
            "filters" + (filters.range === "custom" ? " filters--custom" : ""),
            address === before ? KEEP() : address,
        ];
    }

    function chooseStations(options, id) {
        window.dash_clientside.set_props(id, {value: shown(parse(window.location.search).stations, options)});
    }

    function showPage(pathname) {
        return "app" + (pathname && pathname !== "/" ? " app--missing" : "");
    }

    function curlLine(search) {
        const site = parse(search).site;
        // Single quotes of the shell: one in a site's id ends them, stands escaped, and opens them again.
        const quoted = (value) => JSON.stringify(value).replaceAll("'", "'\\''");
        const where = site === "main" ? "" : '"site_id": ' + quoted(site) + ", ";
        return "curl -X POST " + window.location.origin + "/api/events \\\n" +
            "  -H 'Content-Type: application/json' \\\n" +
            "  -d '{" + where + '"timestamp": "\'$(date -u +%FT%TZ)\'",\n' +
            '       "worker_id": "W1", "workstation_id": "S1",\n       "event_type": "working"}\'';
    }

    function switchTheme(clicks) {
        const theme = clicks ? window.factoryTheme.toggle() : window.factoryTheme.show(window.factoryTheme.chosen());
        return "bi bi-" + (theme === "dark" ? "sun" : "moon-stars");
    }

    const opened = Date.now();
    let answered = null, lastAnswer = null;

    function age(since) {
        const seconds = Math.round((Date.now() - since) / 1000);
        return seconds < 60 ? seconds + " s" : Math.floor(seconds / 60) + " min";
    }

    function ageBadge(_tick, stamp) {
        if (!stamp) return Date.now() - opened < 4000 ? [KEEP(), KEEP()] : ["live live--late", "no figures yet"];
        // The browser's own clock measures the age: it may differ from the server's.
        if (stamp.answer !== lastAnswer) { lastAnswer = stamp.answer; answered = Date.now(); }
        if (Date.now() - answered > 15000) return ["live live--late", "no new figures for " + age(answered)];
        if (stamp.progress) return ["live live--busy", "recomputing, step " + (stamp.progress[0] + 1) + " of " + stamp.progress[1]];
        if (stamp.stale) return ["live live--busy", "catching up"];
        return ["live live--fresh", "updated " + age(answered) + " ago"];
    }

    const TILE_PARTS = ["box", "icon", "word", "since", "name", "who", "units"];

    function fillTiles(tiles, ids) {
        return TILE_PARTS.map((part) => ids.map((id) => {
            const tile = (tiles || {})[id.station];
            return tile ? tile[part] : KEEP();
        }));
    }

    function quickSearch(text, grid) {
        window.dash_ag_grid.getApiAsync(grid).then((api) => api.setGridOption("quickFilterText", text || ""));
    }

    function dismiss() {
        return "notice notice--none";
    }

    return {syncFilters, chooseStations, showPage, dismiss, curlLine, switchTheme, ageBadge, fillTiles, quickSearch};
})();
