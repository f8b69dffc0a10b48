/* What table cells look like, and where a row leads. Numbers are rounded here, for the eye; sorting and filtering see them whole. */
(function () {
    "use strict";
    const EMPTY = "—";
    const isMissing = (value) => value === null || value === undefined;
    const fixed = (digits) => {
        const format = new Intl.NumberFormat(navigator.languages, {minimumFractionDigits: digits, maximumFractionDigits: digits});
        return (value) => (isMissing(value) ? EMPTY : format.format(value));
    };
    const hours = fixed(1), rate = fixed(1), whole = fixed(0), confidence = fixed(2);
    const plain = (value) => (isMissing(value) ? EMPTY : String(value));
    const percent = (value) => (isMissing(value) ? EMPTY : rate(value) + " %");

    const addressOf = (page, id) => "/" + page + "/" + encodeURIComponent(id) + window.location.search;
    const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

    /* A click on a row, or Enter on one of its cells, opens the row's own page; a link in it goes its own way. */
    function openRow(params, page) {
        const event = params.event;
        if (!params.data || !event || !isPlain(event) || event.target.closest("a")) return;
        if (event.type === "keydown" && event.key !== "Enter") return;
        // Whoever drags over text means to copy it.
        if (event.type === "click" && !window.getSelection().isCollapsed) return;
        window.dash_clientside.factory.go(addressOf(page, params.data.id));
    }

    window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {hours, rate, whole, confidence, plain, percent, openRow});

    const element = (...parts) => window.React.createElement(...parts);

    /* The query string of the page, for links that keep it: a grid doesn't draw a cell again whose value stayed the same. */
    function useSearch() {
        const [search, setSearch] = window.React.useState(window.location.search);
        window.React.useEffect(() => {
            const follow = () => setSearch(window.location.search);
            window.addEventListener("_dashprivate_historychange", follow);
            return () => window.removeEventListener("_dashprivate_historychange", follow);
        }, []);
        return search;
    }

    function LinkCell(props) {
        useSearch();
        const id = props.data[props.of];
        if (isMissing(id)) return props.value;
        const address = addressOf(props.page, id);
        const title = props.value === id ? id : props.value + " (" + id + ")";
        return element("a", {className: "cell-name", href: address, title, tabIndex: -1, draggable: false, "data-page": ""}, props.value);
    }

    window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
        LinkCell,
        StateCell: (props) =>
            element("span", {className: "cell-state cell-state--" + props.data.state},
                element("span", {className: "cell-state__dot", "aria-hidden": true}), props.value),
        BarCell: (props) => {
            if (isMissing(props.value)) return EMPTY;
            const width = Math.max(0, Math.min(100, props.value)) + "%";
            return element("span", {className: "cell-bar"},
                element("span", {className: "cell-bar__track", "aria-hidden": true},
                    element("span", {className: "cell-bar__fill", style: {width}})),
                element("span", {className: "cell-bar__value"}, props.valueFormatted || props.value));
        },
    });
})();
