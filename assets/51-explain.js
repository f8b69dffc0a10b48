/* The panel that explains a number; callbacks/explain.py names inputs and outputs. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.explain = (function () {
    "use strict";
    const KEEP = () => window.dash_clientside.no_update;

    /* The button that was clicked. One that has only just been mounted triggers too, with no click. */
    function clicked(triggered) {
        const door = triggered.find((one) => one.value && one.prop_id.startsWith("{"));
        return door ? JSON.parse(door.prop_id.slice(0, door.prop_id.lastIndexOf("."))) : null;
    }

    function ask(_doors, _refreshes, _closes, search, view, stamp, asked) {
        const triggered = window.dash_clientside.callback_context.triggered;
        const door = clicked(triggered);
        if (door) {
            const id = door.of === "factory" || !view ? null : view.id;
            // Clicked again, it is asked again: each question differs.
            return [true, {figure: door.explain, of: door.of, id, search: search || "", as_of: (stamp && stamp.now) || null, at: Date.now()}];
        }
        const touched = new Set(triggered.filter((one) => one.value).map((one) => one.prop_id));
        if (touched.has("explain-refresh.n_clicks")) return [KEEP(), {...asked, as_of: null, at: Date.now()}];
        // Another page, or other filters: the number is no longer the one on the screen.
        const moved = triggered.some((one) => one.prop_id.startsWith("filters.") || one.prop_id.startsWith("view."));
        return [touched.has("explain-close.n_clicks") || moved ? false : KEEP(), KEEP()];
    }

    /* An element with its class and attributes; children are elements or words. */
    function element(name, attributes, ...children) {
        const made = document.createElement(name);
        Object.entries(attributes).forEach(([attribute, value]) => { if (value !== null) made.setAttribute(attribute, value); });
        made.append(...children);
        return made;
    }

    /* A word; or two, the second of which is small; or a link. */
    function inside(cell) {
        if (Array.isArray(cell)) return [cell[0], element("small", {}, cell[1])];
        return typeof cell === "object" ? [element("a", {href: cell.href, "data-page": ""}, cell.text)] : [cell];
    }

    function drawn(table) {
        if (!table.rows.length) return element("p", {class: "explain__none"}, element("strong", {}, table.title), ": " + table.note.toLowerCase());
        const width = table.head.length;
        const side = (place) => (place >= width - table.numbers ? "explain__number" : null);
        const headed = table.head.map((name, place) => element("th", {scope: "col", class: side(place)}, name));
        const row = (cells) => element("tr", {}, ...cells.map((cell, place) => element("td", {class: side(place)}, ...inside(cell))));
        const total = element("th", {scope: "row", colspan: width - table.totals.length}, "Total");
        const sums = table.totals.map((cell) => element("td", {class: "explain__number"}, ...inside(cell)));
        const whole = element("table", {class: "explain__table"},
            element("caption", {}, table.title),
            element("thead", {}, element("tr", {}, ...headed)),
            element("tbody", {}, ...table.rows.map(row)),
            element("tfoot", {}, element("tr", {}, total, ...sums)));
        const scroll = element("div", {class: "explain__scroll", tabindex: "0", role: "region", "aria-label": table.title}, whole);
        return table.note ? element("div", {}, element("p", {class: "explain__note"}, table.note), scroll) : scroll;
    }

    function draw(data) {
        const box = document.getElementById("explain-tables");
        if (!box) return;
        box.replaceChildren(...data.tables.map(drawn));
        box.closest(".offcanvas-body").scrollTop = 0;
    }

    return {ask, draw};
})();
