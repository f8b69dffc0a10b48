/* Clientside callbacks of the shell; callbacks/browser.py names their inputs and outputs. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.factory = (function () {
    "use strict";
    const RANGES = ["today", "shift", "last-shift", "yesterday", "7d", "custom", "all"];
    const PAGES = {"": "overview", workers: "workers", stations: "stations", timeline: "timeline", quality: "quality", sites: "sites", compare: "compare", settings: "settings", wall: "wall"};
    const WITH_DETAIL = ["workers", "stations"];
    const LISTS = ["stations", "types", "workers"];
    const NAMES = {stations: "station", types: "type", workers: "worker"};
    const KEEP = () => window.dash_clientside.no_update;
    const METRIC = /^[a-z_]{1,60}$/;
    const DAY = /^\d{4}-\d{2}-\d{2}$/;

    function parse(search) {
        const query = new URLSearchParams(search || "");
        const from = query.get("from"), to = query.get("to");
        let range = RANGES.includes(query.get("range")) ? query.get("range") : "today";
        const dated = range === "custom" && DAY.test(from || "") && DAY.test(to || "");
        if (range === "custom" && !dated) range = "today";
        const lists = Object.fromEntries(LISTS.map((name) => [name, query.getAll(NAMES[name])]));
        const by = query.get("by") === "station" ? "station" : "worker", metric = METRIC.test(query.get("metric") || "") ? query.get("metric") : null;
        return {site: query.get("site") || "main", range, from: dated ? from : null, to: dated ? to : null, ...lists, by, metric};
    }

    function format(filters) {
        const query = new URLSearchParams();
        if (filters.site !== "main") query.set("site", filters.site);
        if (filters.range !== "today") query.set("range", filters.range);
        if (filters.range === "custom") { query.set("from", filters.from); query.set("to", filters.to); }
        LISTS.forEach((name) => filters[name].forEach((one) => query.append(NAMES[name], one)));
        if (filters.by !== "worker") query.set("by", filters.by);
        if (filters.metric) query.set("metric", filters.metric);
        const text = query.toString();
        return text ? "?" + text : "";
    }

    /* The address of another page under the same filters. */
    function addressOf(path, search) {
        return path + format(parse(search === undefined ? window.location.search : search));
    }

    function localToday() {
        const now = new Date();
        return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
    }

    /* Goes as dcc.Link goes; without Dash's router the page would be loaded anew. */
    function go(address) {
        window.history.pushState({}, "", address);
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    }

    const same = (some, others) => JSON.stringify(some || []) === JSON.stringify(others || []);

    /* The list of choices comes from the server, later than the address: only what it holds can be shown as chosen. */
    function shown(chosen, options) {
        const known = new Set((options || []).map((option) => option.value));
        return chosen.filter((one) => known.has(one));
    }

    /* What the controls make of the filters that were in force. */
    function change(filters, controls, touched, stamp) {
        if (touched.has("site-picker.value") && controls.site !== filters.site) {
            // Stations and workers belong to their site.
            filters = {...filters, site: controls.site, stations: [], types: [], workers: []};
        }
        if (touched.has("range-picker.value")) {
            const today = (stamp && stamp.today) || localToday();
            filters = {...filters, range: controls.range, from: filters.from || today, to: filters.to || today};
        }
        if (touched.has("first-day.value") || touched.has("last-day.value")) {
            // While a date is being typed there is none, or one of the year 2.
            const from = controls.from || "", to = controls.to || "", known = (day) => DAY.test(day) && day >= "2000";
            if (known(from) && known(to) && filters.range === "custom") filters = {...filters, from, to};
        }
        LISTS.forEach((name) => {
            const prop = NAMES[name] + "-filter.value";
            if (touched.has(prop) && !same(controls[name], shown(filters[name], controls.options[name]))) {
                filters = {...filters, [name]: controls[name] || []};
            }
        });
        return filters;
    }

    function syncFilters(search, site, range, from, to, stations, types, workers, stationOptions, typeOptions, workerOptions, links, before, stamp) {
        const touched = new Set(window.dash_clientside.callback_context.triggered.map((one) => one.prop_id));
        const here = search || "";
        const byAddress = touched.has("url.search") || before === null || before === undefined;
        const options = {stations: stationOptions, types: typeOptions, workers: workerOptions};
        const controls = {site, range, from, to, stations, types, workers, options};
        const filters = byAddress ? parse(here) : change(parse(here), controls, touched, stamp);
        // An address that says the same in another order stays as it was written.
        const address = JSON.stringify(filters) === JSON.stringify(parse(here)) ? here : format(filters);
        const chosen = LISTS.map((name) => shown(filters[name], options[name]));
        return [
            address === here ? KEEP() : address,
            filters.site === site ? KEEP() : filters.site,
            filters.range === range ? KEEP() : filters.range,
            filters.from === from ? KEEP() : filters.from,
            filters.to === to ? KEEP() : filters.to,
            ...LISTS.map((name, number) => (same(chosen[number], controls[name]) ? KEEP() : chosen[number])),
            "filters" + (filters.range === "custom" ? " filters--custom" : ""),
            summary(...chosen, stationOptions, workerOptions),
            links.map((link) => addressOf(PATHS[link.nav], address)),
            addressOf("/wall", address),
            address === before ? KEEP() : address,
        ];
    }

    function chooseAgain(...options) {
        const wanted = parse(window.location.search);
        LISTS.forEach((name, number) => {
            window.dash_clientside.set_props(NAMES[name] + "-filter", {value: shown(wanted[name], options[number])});
        });
    }

    function summary(stations, types, workers, stationOptions, workerOptions) {
        const label = (options, value) => ((options || []).find((one) => one.value === value) || {label: value}).label;
        const named = (some, one, many, options) => (some.length === 1 ? label(options, some[0]) : some.length + " " + many);
        const parts = [];
        if ((stations || []).length) parts.push(named(stations, "station", "stations", stationOptions));
        if ((types || []).length) parts.push(types.length === 1 ? types[0] : types.length + " types");
        if ((workers || []).length) parts.push(named(workers, "worker", "workers", workerOptions));
        return parts.join(", ") || "All stations";
    }

    function parsePath(pathname) {
        const [, first, ...rest] = (pathname || "/").replace(/\/$/, "").split("/");
        const page = PAGES[first || ""];
        if (!page || (rest.length && !WITH_DETAIL.includes(page))) return {page: "missing", id: null};
        let id = null;
        try { id = rest.length ? decodeURIComponent(rest.join("/")) : null; } catch (error) { return {page: "missing", id: null}; }
        return {page, id};
    }

    /* A page's body and its drill-down are mounted when they are looked at first, and stay until another page is. */
    function mount(view, mounted, layouts) {
        const before = mounted && mounted.page === view.page ? mounted : {page: view.page, body: false, detail: false};
        const part = view.id === null ? "body" : "detail", left = before === mounted ? KEEP() : [];
        const children = {body: left, detail: left};
        if (!before[part] && layouts[view.page]) children[part] = layouts[view.page][part];
        return [{...before, [part]: true}, children.body, children.detail];
    }

    function showPage(pathname, mounted, layouts) {
        const view = parsePath(pathname);
        window.scrollTo(0, 0);
        document.querySelectorAll("details.choices[open]").forEach((open) => open.removeAttribute("open"));
        const part = view.id === null ? "" : " app--detail";
        return [view, "app app--" + view.page + part, ...mount(view, mounted, layouts)];
    }

    const PATHS = Object.fromEntries(Object.entries(PAGES).map(([path, page]) => [page, "/" + path]));

    function switchTheme(clicks) {
        const theme = clicks ? window.factoryTheme.toggle() : window.factoryTheme.show(window.factoryTheme.chosen());
        return ["bi bi-" + (theme === "dark" ? "sun" : "moon-stars"), theme];
    }

    function showFailures(failures) {
        const sentence = failures.find((one) => one) || "";
        return [sentence, "notice notice--" + (sentence ? "bad" : "none")];
    }

    function dismiss() {
        return "notice notice--none";
    }

    return {syncFilters, chooseAgain, showPage, switchTheme, showFailures, dismiss, parse, format, addressOf, go};
})();

/* Links that the browser draws by itself, <a data-page>, go as Dash's own do; Ctrl opens a new tab, as with every link. */
document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-page]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    window.dash_clientside.factory.go(link.href);
});

/* A click anywhere else, or Escape, closes the choices. */
document.addEventListener("click", (event) => {
    document.querySelectorAll("details.choices[open]").forEach((open) => {
        const inside = open.contains(event.target) || !document.contains(event.target) || event.target.closest("[data-radix-popper-content-wrapper]");
        if (!inside) open.removeAttribute("open");
    });
});
document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest && event.target.closest("details.choices[open]");
    if (open) { open.removeAttribute("open"); open.querySelector("summary").focus(); }
});
