/* Clientside callbacks of the timeline; callbacks/timeline.py names their inputs and outputs. Times are ms since 1970 UTC. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.timeline = (function () {
    "use strict";
    const KEEP = () => window.dash_clientside.no_update;
    const MINUTE = 60000, TIP_PX = 80;
    // As components/timeline_raster.py writes a cell.
    const LEVELS = 51, STEP = 2, STATES = ["No signal", "Absent", "Idle", "Working"];

    const triggeredBy = () => window.dash_clientside.callback_context.triggered.map((one) => one.prop_id);

    /* What a zoom belongs to: another site or range is looked at from the beginning. */
    function spanOf(search) {
        const filters = window.dash_clientside.factory.parse(search);
        return [filters.site, filters.range, filters.from, filters.to].join(" ");
    }

    /* The part of the axis that the reader has chosen with mouse or fingers: two times, null for all of it, undefined for none. */
    function chosen(relayout) {
        if (!relayout) return undefined;
        if (relayout["xaxis.autorange"]) return null;
        const range = relayout["xaxis.range"] || [relayout["xaxis.range[0]"], relayout["xaxis.range[1]"]];
        return range[0] === undefined ? undefined : range.map(Number);
    }

    function moved(way, [low, high]) {
        const length = high - low;
        if (way === "timeline-in") return [low + length / 4, high - length / 4];
        if (way === "timeline-out") return [low - length / 2, high + length / 2];
        const step = (way === "timeline-later" ? 1 : -1) * length / 2;
        return [low + step, high + step];
    }

    /* A view of at least a minute inside the whole; null where it is the whole. */
    function within([low, high], [first, last]) {
        const length = Math.max(high - low, MINUTE);
        if (length >= last - first) return null;
        const start = Math.min(Math.max((low + high - length) / 2, first), last - length);
        return [Math.round(start), Math.round(start + length)];
    }

    function zoom(search, relayout, _earlier, _later, _in, _out, _whole, before, drawn) {
        if (search === null || search === undefined) return KEEP();
        const span = spanOf(search), touch = window.matchMedia("(pointer: coarse)").matches;
        if (!before || before.span !== span) return {span, touch, view: null};
        if (!drawn) return KEEP();
        const by = triggeredBy()[0] || "";
        let view;
        if (by.endsWith(".relayoutData")) view = chosen(relayout);
        else if (by === "timeline-whole.n_clicks") view = null;
        else if (by.endsWith(".n_clicks")) view = moved(by.split(".")[0], drawn.range);
        if (view === undefined) return KEEP();
        view = view && within(view, drawn.whole);
        return JSON.stringify(view) === JSON.stringify(before.view) ? KEEP() : {span, touch, view};
    }

    function isWhole(zoom) {
        return !zoom || !zoom.view;
    }

    /* A label on the axis, moved inside if it would stick out; where it begins and ends. */
    function label(axis, place, text, name) {
        const made = document.createElement("span");
        made.textContent = text;
        made.className = name;
        axis.append(made);
        const half = made.offsetWidth / 2, middle = Math.min(Math.max(place, half), axis.clientWidth - half);
        made.style.left = middle + "px";
        return {made, from: middle - half - 6, to: middle + half + 6};
    }

    const touch = (one, other) => one.from < other.to && other.from < one.to;

    /* Times above the lanes: every second or third where there is no room for all, and none where now is. */
    function drawAxis(drawn, relayout) {
        const axis = document.getElementById("timeline-axis"), bar = document.querySelector(".topbar");
        if (!axis || !drawn) return;
        // In sight below the bar, which is higher with dates in it.
        axis.style.top = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight + "px" : 0;
        const moved = triggeredBy().some((one) => one.endsWith(".relayoutData")) && chosen(relayout);
        const [low, high] = moved || drawn.range;
        const place = (at) => (at - low) / (high - low) * axis.clientWidth;
        const isIn = (at) => at >= low && at <= high;
        axis.replaceChildren();
        const ticks = drawn.ticks.filter(([at]) => isIn(at));
        const labels = ticks.map(([at, text]) => label(axis, place(at), text, "timeline__time"));
        const fits = (every) => labels.every((one, number) => number % every || number < every || !touch(labels[number - every], one));
        let every = 1;
        while (!fits(every)) every += 1;
        const now = isIn(drawn.now) ? label(axis, place(drawn.now), "now", "timeline__now") : null;
        labels.forEach((one, number) => { if (number % every || (now && touch(now, one))) one.made.remove(); });
    }

    /* Dates in the site's zone and the browser's own way of writing. */
    function spanWords(low, high, zone) {
        const language = navigator.languages, timeZone = zone;
        const isMidnight = (at) => new Date(at).toLocaleTimeString("en-GB", {timeZone, hour: "2-digit", minute: "2-digit"}) === "00:00";
        const day = new Intl.DateTimeFormat(language, {timeZone, weekday: "short", day: "numeric", month: "short"});
        if (isMidnight(low) && isMidnight(high)) {
            const [first, last] = [day.format(low), day.format(high - 1)];
            return first === last ? first : first + " – " + last;
        }
        const seconds = (high - low) % MINUTE ? {second: "2-digit"} : {};
        const time = new Intl.DateTimeFormat(language, {timeZone, hour: "numeric", minute: "2-digit", ...seconds});
        const sameDay = day.format(low) === day.format(high);
        return day.format(low) + ", " + time.format(low) + " – " + (sameDay ? "" : day.format(high) + ", ") + time.format(high);
    }

    /* What a cell of the raster says; bars carry their own words. */
    function cellWords(point, trace, drawn) {
        const edges = trace.x, place = edges.findIndex((edge) => edge > point.x) - 1;
        const state = Math.floor((point.z - 1) / LEVELS), share = ((point.z - 1) % LEVELS) * STEP;
        const lane = drawn.lanes[Math.round(point.y)];
        if (!lane || place < 0) return null;
        return lane[1] + "\n" + STATES[state] + (share < 100 ? ", " + share + " % of the time" : "") + "\n" + spanWords(edges[place], edges[place + 1], drawn.zone);
    }

    function point(hover, figure, drawn) {
        const hidden = ["", {display: "none"}];
        const found = hover && hover.points && hover.points[0];
        const trace = found && figure && figure.data[found.curveNumber];
        if (!trace || trace.type !== "heatmap" || !found.z || !drawn) return hidden;
        const text = cellWords(found, trace, drawn), box = found.bbox;
        if (!text || !box) return hidden;
        return [text, besides(box, document.getElementById("timeline-graph").getBoundingClientRect())];
    }

    /* Below the cell, or above it where the window ends; to the left where the graph ends. */
    function besides(box, graph) {
        const above = graph.top + box.y1 + TIP_PX > window.innerHeight, left = (box.x0 + box.x1) / 2 > graph.width / 2;
        return {
            ...(above ? {bottom: graph.height - box.y0 + 4 + "px"} : {top: box.y1 + 4 + "px"}),
            ...(left ? {right: graph.width - box.x1 + "px"} : {left: box.x0 + "px"}),
        };
    }

    function open(click, drawn) {
        const found = click && click.points && click.points[0];
        if (!found || !drawn) return;
        const lane = document.querySelectorAll("#timeline-names a")[Math.round(found.y)];
        if (lane) lane.click();
    }

    function linkKind(search, id) {
        const kind = id.replace("timeline-by-", "");
        const query = new URLSearchParams(search || "");
        const here = query.get("by") === "station" ? "station" : "worker";
        query.delete("by");
        if (kind === "station") query.set("by", "station");
        const text = query.toString();
        document.getElementById(id).setAttribute("aria-current", String(here === kind));
        return ["/timeline" + (text ? "?" + text : ""), "timeline__by" + (here === kind ? " timeline__by--on" : "")];
    }

    return {zoom, isWhole, drawAxis, point, open, linkKind};
})();
