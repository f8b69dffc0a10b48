/* The live stream: one EventSource a screen that carries one number, the data revision; callbacks/stream.py is its other end. */
(function () {
    "use strict";
    const NEW_STREAM_MS = 5000, BUSY_MS = 60000;
    const stream = {source: null, site: null, state: "connecting", timer: null};
    let revision = 0, pushes = 0, first = null, shown = null;
    const opened = Date.now();
    let answered = null, lastAnswer = null;

    /* Callbacks look again; `seen` differs each time, since a restarted server may tell the same revision. */
    function push(number) {
        revision = number;
        pushes += 1;
        window.dash_clientside.set_props("live-revision", {data: {revision, seen: pushes}});
    }

    /* A stream begins by telling what is there; a page that is being filled shows just that, and is read again only if it doesn't. */
    function greet(number) {
        revision = first = number;
        catchUp();
    }

    function catchUp() {
        if (first === null || shown === null) return;
        if (shown.site === stream.site && shown.revision < first) push(first);
        first = null;
    }

    function close() {
        clearTimeout(stream.timer);
        if (stream.source) stream.source.close();
        stream.source = null;
    }

    function open() {
        close();
        if (document.hidden) { stream.state = "paused"; return; }
        stream.source = new EventSource("/live/" + encodeURIComponent(stream.site));
        stream.source.onmessage = (message) => {
            const greets = stream.state === "connecting";
            stream.state = "live";
            if (greets) greet(Number(message.data)); else push(Number(message.data));
        };
        stream.source.onerror = () => {
            // Broken off, the browser tries again by itself; refused, it doesn't: there are too many screens, or no such site.
            const refused = stream.source && stream.source.readyState === EventSource.CLOSED;
            const was = stream.state;
            stream.state = refused && was !== "reconnecting" ? "polling" : "reconnecting";
            // Nobody who may listen any more? Asking for figures tells.
            if (refused && was === "reconnecting") push(revision);
            if (refused) stream.timer = setTimeout(open, was === "reconnecting" ? NEW_STREAM_MS : BUSY_MS);
        };
    }

    function listen(search) {
        if (search === null || search === undefined) return;
        const site = window.dash_clientside.factory.parse(search).site;
        if (site === stream.site) return;
        stream.site = site;
        stream.state = "connecting";
        open();
    }

    /* Time passes where nothing is pushed, too. */
    function passTime() {
        if (!document.hidden && stream.state !== "reconnecting") push(revision);
    }

    // A browser has six connections to a host: screens that nobody looks at keep none.
    document.addEventListener("visibilitychange", () => { if (stream.site !== null) open(); });

    function age(since) {
        const seconds = Math.round((Date.now() - since) / 1000);
        return seconds < 60 ? seconds + " s" : Math.floor(seconds / 60) + " min";
    }

    function showBadge(_tick, stamp) {
        if (stamp && stamp.answer !== lastAnswer) {
            lastAnswer = stamp.answer;
            answered = Date.now();
            shown = stamp;
            catchUp();
        }
        if (stream.state === "reconnecting") return ["live live--late", "reconnecting" + (answered ? " · " + age(answered) + " old" : "")];
        if (stream.state === "paused") return ["live live--waiting", "paused"];
        // The browser's own clock measures the age: it may differ from the server's.
        if (!stamp) return Date.now() - opened < 4000 ? ["live live--waiting", "loading"] : ["live live--late", "no figures yet"];
        if (stamp.progress) return ["live live--busy", "recomputing, step " + (stamp.progress[0] + 1) + " of " + stamp.progress[1]];
        if (stamp.behind) return ["live live--busy", "catching up"];
        const word = stream.state === "live" ? "live" : "every 30 s";
        return ["live live--fresh", word + " · " + age(answered) + " ago"];
    }

    Object.assign(window.dash_clientside.factory, {listen, passTime, showBadge});
})();
