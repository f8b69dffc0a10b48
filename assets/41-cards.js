/* The figures of the KPI cards; components/kpi_card.py says what they show. As a dozen Dash components a card they took a quarter of a page's time. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.cards = (function () {
    "use strict";
    const {element, hidden} = window.factoryElements;

    /* An empty figure: its parts, by name. */
    function make(box) {
        const value = element("span", "kpi__value"), unit = element("span", "kpi__unit"), figure = element("p", "", value, unit);
        const icon = hidden(element("i", "")), change = element("span", ""), line = element("p", "", icon, change);
        const spark = hidden(element("span", "kpi__spark"));
        box.replaceChildren(figure, element("div", "kpi__foot", line, spark));
        box.parts = {value, unit, figure, icon, change, line, spark};
        return box.parts;
    }

    function fill(box, card) {
        const parts = box.parts || make(box);
        ["value", "unit", "change"].forEach((name) => { if (parts[name].textContent !== card[name]) parts[name].textContent = card[name]; });
        ["figure", "icon", "line"].forEach((name) => { parts[name].className = card[name]; });
        parts.spark.removeAttribute("style");
        Object.assign(parts.spark.style, card.spark);
    }

    function draw(stores, ids) {
        stores.forEach((cards, number) => Object.entries(cards || {}).forEach(([kpi, card]) => {
            const box = document.getElementById(JSON.stringify({kpi, scope: ids[number].scope}));
            if (box) fill(box, card);
        }));
    }

    return {draw};
})();
