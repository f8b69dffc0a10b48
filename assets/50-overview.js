/* Clientside callbacks of the overview; callbacks/overview.py, floor.py, crew.py and welcome.py name their inputs and outputs. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.overview = (function () {
    "use strict";
    const KEEP = () => window.dash_clientside.no_update;
    const {element, hidden, linkTo, leadTo, set, write, draw} = window.factoryElements;

    function emptyTile() {
        const icon = hidden(element("i", "")), words = {word: element("span", ""), since: element("span", "tile__since"), name: element("span", "tile__name")};
        Object.assign(words, {who: element("span", "tile__who"), units: element("span", "tile__units")});
        const lines = [element("span", "tile__line", element("span", "tile__state", icon, words.word), words.since), words.name];
        const link = linkTo("tile__link", ...lines, element("span", "tile__line tile__line--soft", words.who, words.units));
        const box = element("li", "tile", link);
        box.fill = (tile) => {
            set(box, "className", tile.look);
            set(icon, "className", tile.icon);
            leadTo(link, tile.path);
            write(words, tile);
        };
        return box;
    }

    function drawTiles(tiles, listId) {
        draw(document.getElementById(listId), tiles, emptyTile);
    }

    const CREW_FIGURES = ["active", "idle", "units", "rate"];

    function emptyRow() {
        const words = {name: linkTo("crew__link"), word: element("span", "crew__word"), station: element("td", "crew__station"), utilization: element("span", "crew__value")};
        CREW_FIGURES.forEach((name) => { words[name] = element("td", "crew__figure crew__" + name); });
        const bar = element("span", "cell-bar__fill"), head = element("th", "crew__name", hidden(element("span", "crew__dot")), words.name, words.word);
        head.scope = "row";
        const share = element("td", "crew__utilization", hidden(element("span", "cell-bar__track", bar)), words.utilization);
        const box = element("tr", "crew__row", head, words.station, share, ...CREW_FIGURES.map((name) => words[name]));
        box.fill = (row) => {
            set(box, "className", row.look);
            leadTo(words.name, row.path);
            set(bar.style, "width", row.share.toFixed(1) + "%");
            write(words, row);
        };
        return box;
    }

    function drawCrew(rows, listId) {
        draw(document.getElementById(listId), rows, emptyRow);
    }

    /* The page's address with another range. */
    function ranged(search, range, day) {
        const query = new URLSearchParams(search || "");
        ["range", "from", "to"].forEach((name) => query.delete(name));
        query.set("range", range);
        if (day) { query.set("from", day); query.set("to", day); }
        return "/?" + query.toString();
    }

    function link(search, lastDay) {
        const everyone = window.dash_clientside.factory.addressOf("/workers", search || "");
        return [everyone, lastDay ? ranged(search, "custom", lastDay) : KEEP(), ranged(search, "all")];
    }

    function curlLine(search) {
        const site = window.dash_clientside.factory.parse(search).site;
        // Single quotes of the shell: one in a site's id ends them, stands escaped, and opens them again.
        const quoted = (value) => JSON.stringify(value).replaceAll("'", "'\\''");
        const where = site === "main" ? "" : '"site_id": ' + quoted(site) + ", ";
        return "curl -X POST " + window.location.origin + "/api/events \\\n" +
            "  -H 'Content-Type: application/json' \\\n" +
            "  -d '{" + where + '"timestamp": "\'$(date -u +%FT%TZ)\'",\n' +
            '       "worker_id": "W1", "workstation_id": "S1",\n       "event_type": "working"}\'';
    }

    return {drawTiles, drawCrew, link, curlLine};
})();

/* The wall screen; callbacks/wall.py names its inputs and outputs. */
window.dash_clientside.wall = (function () {
    "use strict";
    const KEEP = () => window.dash_clientside.no_update;
    /* Smaller tiles are not read from three metres away; in shares of the screen, since a larger screen hangs farther off. */
    const LEAST_WIDTH = 0.18, LEAST_HEIGHT = 0.15, LEAST_WIDTH_PX = 168, LEAST_HEIGHT_PX = 104, SHAPE = 1.9;
    let page = 0, turns = 0, ahead = 0;

    /* Columns and rows in which so many tiles are largest; as many as fit, where not all do. */
    function arrange(count, width, height) {
        const most = (space, share, screen, px) => Math.max(1, Math.floor(space / Math.max(share * screen, px)));
        const columns = most(width, LEAST_WIDTH, window.innerWidth, LEAST_WIDTH_PX), rows = most(height, LEAST_HEIGHT, window.innerHeight, LEAST_HEIGHT_PX);
        if (count > columns * rows) return {columns, rows};
        let best = {columns: 1, rows: count, size: 0};
        for (let across = 1; across <= Math.min(columns, count); across += 1) {
            const down = Math.ceil(count / across);
            const size = Math.min(width / across / SHAPE, height / down);
            if (down <= rows && size > best.size) best = {columns: across, rows: down, size};
        }
        return best;
    }

    function show(frame, count) {
        const found = arrange(Math.max(count, 1), frame.clientWidth, frame.clientHeight);
        const pages = Math.max(1, Math.ceil(count / (found.columns * found.rows)));
        page %= pages;
        // After the style has been applied; the last page is filled up with tiles of the one before.
        requestAnimationFrame(() => { frame.scrollTop = page * (frame.clientHeight + parseFloat(getComputedStyle(frame.firstElementChild).rowGap || 0)); });
        return {style: {"--columns": String(found.columns), "--rows": String(found.rows)}, pages};
    }

    function turn(turned, tiles, style) {
        const frame = document.getElementById("wall-frame");
        if (!frame) return [KEEP(), KEEP()];
        // Who points at a tile is reading it.
        if ((turned || 0) > turns && !frame.matches(":hover")) page += 1;
        turns = turned || 0;
        const shown = show(frame, (tiles || []).length);
        const same = JSON.stringify(style) === JSON.stringify(shown.style);
        return [same ? KEEP() : shown.style, shown.pages > 1 ? (page + 1) + " / " + shown.pages : ""];
    }

    window.addEventListener("resize", () => {
        const frame = document.getElementById("wall-frame");
        if (frame) window.dash_clientside.set_props("wall-frame", {style: show(frame, frame.querySelectorAll(".tile").length).style});
    });

    /* The time at the site, by the server's clock: a screen's own may be wrong. */
    function tick(_second, site) {
        if (!site) return KEEP();
        if (window.dash_clientside.callback_context.triggered.some((one) => one.prop_id === "wall-data.data")) ahead = site.now - Date.now();
        return new Intl.DateTimeFormat(navigator.languages, {timeZone: site.zone, hour: "2-digit", minute: "2-digit"}).format(Date.now() + ahead);
    }

    const showLive = (look, text) => [look, text];
    const leaveTo = (search) => window.dash_clientside.factory.addressOf("/", search || "");

    document.addEventListener("keydown", (event) => {
        const leave = event.key === "Escape" && document.querySelector(".app--wall #wall-leave");
        if (leave) leave.click();
    });

    return {turn, tick, showLive, leaveTo};
})();
