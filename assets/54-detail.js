/* Clientside callbacks of the pages with a table and a drill-down; callbacks/roster.py names their inputs and outputs. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.detail = (function () {
    "use strict";
    const {element, hidden, linkTo, leadTo, set, write, draw} = window.factoryElements;
    const KEEP = () => window.dash_clientside.no_update;
    const PARTS = ["figures", "lane", "hours", "events"];
    const FILES = {worker: "workers", station: "workstations"}, PAGES = {worker: "workers", station: "stations"};

    /* What a part still shows of somebody else is hidden until its own figures come. */
    function late(view, filled) {
        const id = view ? view.id : null;
        return ["late", ...PARTS.filter((_part, number) => filled[number] !== id).map((part) => "late--" + part)].join(" ");
    }

    function showFilled(...filledAndView) {
        const filled = filledAndView.slice(0, PARTS.length);
        return late(filledAndView[PARTS.length], filled);
    }

    /* The page's filters, but for one worker or station. */
    function narrowed(search, of, id) {
        const query = new URLSearchParams(search || "");
        (of === "worker" ? ["worker"] : ["station", "type"]).concat("by").forEach((name) => query.delete(name));
        query.append(of, id);
        return "?" + query.toString();
    }

    function linkList(search, csvId) {
        return "/export/" + FILES[csvId.split("-")[0]] + ".csv" + (search || "");
    }

    function showWhom(search, view, backId, ...filled) {
        const of = backId.split("-")[0], here = search || "", back = "/" + PAGES[of] + here;
        if (!view || !view.id) return [KEEP(), back, KEEP(), KEEP()];
        const one = narrowed(here, of, view.id);
        return [late(view, filled), back, "/export/events.csv" + one, "/timeline" + one + "&by=" + of];
    }

    function showOlder(clicks, view, shown) {
        if (!clicks || !view || !view.id) return KEEP();
        const pages = shown && shown.id === view.id ? shown.pages : 1;
        return {id: view.id, pages: pages + 1};
    }

    const SPLIT_FIGURES = {hours: "hours", share: "percent", units: "whole"};

    function emptyRow() {
        const words = {name: linkTo("cell-name"), hours: element("td", "split__figure"), share: element("span", "cell-bar__value"), units: element("td", "split__figure")};
        const bar = element("span", "cell-bar__fill"), head = element("th", "split__name", words.name);
        head.scope = "row";
        const share = element("td", "", element("span", "cell-bar", hidden(element("span", "cell-bar__track", bar)), words.share));
        const box = element("tr", "", head, words.hours, share, words.units);
        box.fill = (row) => {
            const format = window.dashAgGridFunctions;
            leadTo(words.name, row.path);
            set(words.name, "title", row.name === row.id ? row.id : row.name + " (" + row.id + ")");
            set(bar.style, "width", (row.share || 0).toFixed(1) + "%");
            write(words, {name: row.name, ...Object.fromEntries(Object.entries(SPLIT_FIGURES).map(([name, as]) => [name, format[as](row[name])]))});
        };
        return box;
    }

    function drawSplit(rows, bodyId) {
        draw(document.getElementById(bodyId), rows, emptyRow);
    }

    function search(text, grid) {
        window.dash_ag_grid.getApiAsync(grid).then((api) => api.setGridOption("quickFilterText", text || ""));
    }

    return {showWhom, showFilled, linkList, showOlder, drawSplit, search};
})();
