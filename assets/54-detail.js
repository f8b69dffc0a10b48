/* Clientside callbacks of the pages with a table and a drill-down; callbacks/roster.py names their inputs and outputs. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.detail = (function () {
    "use strict";
    const KEEP = () => window.dash_clientside.no_update;
    const PARTS = ["figures", "lane", "hours", "events"];
    const FILES = {worker: "workers", station: "workstations"}, PAGES = {worker: "workers", station: "stations"};

    /* Which of the two is shown; what a part still shows of somebody else is hidden until its own figures come. */
    function showPart(view, ...filled) {
        const id = view ? view.id : null;
        if (id === null || id === undefined) return "roster";
        const late = PARTS.filter((_part, number) => filled[number] !== id);
        return ["roster", "roster--detail", ...late.map((part) => "roster--without-" + part)].join(" ");
    }

    function showFilled(...filledAndView) {
        const filled = filledAndView.slice(0, PARTS.length);
        return showPart(filledAndView[PARTS.length], ...filled);
    }

    /* The page's filters, but for one worker or station. */
    function narrowed(search, of, id) {
        const query = new URLSearchParams(search || "");
        (of === "worker" ? ["worker"] : ["station", "type"]).concat("by").forEach((name) => query.delete(name));
        query.append(of, id);
        return "?" + query.toString();
    }

    function link(search, view, backId) {
        const of = backId.split("-")[0], here = search || "";
        const list = ["/export/" + FILES[of] + ".csv" + here, "/" + PAGES[of] + here];
        if (!view || !view.id) return [...list, KEEP(), KEEP()];
        const one = narrowed(here, of, view.id);
        return [...list, "/export/events.csv" + one, "/timeline" + one + "&by=" + of];
    }

    function showOlder(clicks, view, shown) {
        if (!clicks || !view || !view.id) return KEEP();
        const pages = shown && shown.id === view.id ? shown.pages : 1;
        return {id: view.id, pages: pages + 1};
    }

    function search(text, grid) {
        window.dash_ag_grid.getApiAsync(grid).then((api) => api.setGridOption("quickFilterText", text || ""));
    }

    return {showPart, showFilled, link, showOlder, search};
})();
