/* Clientside callbacks of the pages about all sites; callbacks/sites.py and callbacks/compare.py name their inputs and outputs. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.sites = (function () {
    "use strict";
    const KEEP = () => window.dash_clientside.no_update;
    const {element, hidden, linkTo, set, write, draw} = window.factoryElements;
    const DEFAULT_METRIC = "average_utilization_percentage";

    function emptyFigure() {
        const words = {value: element("span", "site-card__value"), unit: element("span", "site-card__unit"), hint: element("span", "site-card__hint")};
        words.label = element("dt", "");
        const box = element("div", "site-card__figure", words.label, element("dd", "", words.value, words.unit, words.hint));
        box.fill = (figure) => { set(box, "title", figure.meaning); write(words, figure); };
        return box;
    }

    function emptyCard() {
        const words = {name: linkTo("site-card__name"), called: element("span", "site-card__called"), clock: element("strong", "site-card__clock")};
        Object.assign(words, {day: element("span", ""), zone: element("span", ""), shift: element("span", "site-card__shift")});
        Object.assign(words, {seen: element("p", ""), keeps: element("p", ""), forwards: element("p", ""), shows: element("p", "site-card__shows")});
        const named = element("div", "", element("h2", "", words.name), words.called);
        const time = element("div", "site-card__time", words.clock, words.day, words.zone, words.shift);
        const figures = element("dl", "site-card__figures");
        const open = linkTo("site-card__open", "Open the overview ", hidden(element("i", "bi bi-arrow-right")));
        const foot = element("footer", "site-card__foot", words.seen, words.keeps, words.forwards, words.shows, open);
        const box = element("li", "card-box site-card", element("header", "site-card__head", named, time), figures, foot);
        box.fill = (card) => {
            [words.name, open].forEach((link) => {
                if (!card.path) link.removeAttribute("href");
                else if (link.getAttribute("href") !== card.path) link.setAttribute("href", card.path);
            });
            set(open, "hidden", !card.path);
            set(open, "ariaLabel", "Open the overview of " + card.name);
            write(words, card);
            draw(figures, card.figures.map((figure) => ({id: figure.label, ...figure})), emptyFigure);
        };
        return box;
    }

    function drawCards(cards, listId) {
        draw(document.getElementById(listId), cards, emptyCard);
    }

    function emptyCell() {
        const words = {text: element("span", ""), beside: element("span", "")};
        const box = element("td", "compare__figure", words.text, words.beside);
        box.fill = (cell) => { write(words, cell); set(words.text, "className", cell.text_look); set(words.beside, "className", cell.beside_look); };
        return box;
    }

    function emptyLine() {
        const words = {rank: element("td", "compare__rank"), about: element("span", "compare__about")}, cells = [];
        const head = element("th", "compare__name"), link = linkTo("compare__link"), plain = element("span", "");
        head.scope = "row";
        head.append(link, plain, words.about);
        const box = element("tr", "", words.rank, head);
        box.fill = (line) => {
            set(box, "className", line.look);
            write(words, line);
            if (line.path && link.getAttribute("href") !== line.path) link.setAttribute("href", line.path);
            set(link, "hidden", !line.path);
            set(link, "textContent", line.path ? line.name : "");
            set(plain, "textContent", line.path ? "" : line.name);
            while (cells.length < line.cells.length) { const made = emptyCell(); cells.push(made); box.append(made); }
            line.cells.forEach((cell, place) => cells[place].fill(cell));
        };
        return box;
    }

    function drawLines(lines, bodyId) {
        draw(document.getElementById(bodyId), lines, emptyLine);
    }

    /* The address says by which figure sites are ranked, and the choice follows it; the CSV file too. */
    function chooseMetric(search, chosen) {
        const {parse, format, go} = window.dash_clientside.factory, filters = parse(search || ""), inForce = filters.metric || DEFAULT_METRIC;
        const byHand = window.dash_clientside.callback_context.triggered.some((one) => one.prop_id === "compare-metric.value");
        if (byHand && chosen && chosen !== inForce && window.location.pathname === "/compare") {
            go("/compare" + format({...filters, metric: chosen === DEFAULT_METRIC ? null : chosen}));
            return [KEEP(), KEEP()];
        }
        return [inForce === chosen ? KEEP() : inForce, "/export/sites.csv" + (search || "")];
    }

    function linkTab(search, id) {
        return window.dash_clientside.factory.addressOf("/" + id.split("-").pop(), search || "");
    }

    function print(clicks) {
        if (clicks) window.print();
    }

    return {drawCards, drawLines, chooseMetric, linkTab, print};
})();

/* Charts know nothing of paper: they are drawn anew in its width and in dark on white, and after it as they were. */
(function () {
    "use strict";
    const INK = "#1c2430", LINE = "#e4e7eb";
    const COLORED = ["font.color", ...["xaxis", "yaxis"].flatMap((axis) => [axis + ".color", axis + ".gridcolor", axis + ".linecolor"])];
    const HALF_PX = 470, WHOLE_PX = 980;
    let before = [];

    const onPaper = (width) => ({
        width, autosize: false, ...Object.fromEntries(COLORED.map((name) => [name, /grid|line/.test(name) ? LINE : INK]))
    });

    window.addEventListener("beforeprint", () => {
        before = [...document.querySelectorAll(".compare .js-plotly-plot")].filter((graph) => graph.layout).map((graph) => {
            const colors = COLORED.map((name) => { const [of, color] = name.split("."); return [name, graph.layout[of][color]]; });
            const kept = {width: null, autosize: true, ...Object.fromEntries(colors)};
            window.Plotly.relayout(graph, onPaper(graph.closest(".compare__charts") ? HALF_PX : WHOLE_PX));
            return [graph, kept];
        });
    });
    window.addEventListener("afterprint", () => {
        before.forEach(([graph, kept]) => { if (document.contains(graph)) window.Plotly.relayout(graph, kept); });
        before = [];
    });
})();
