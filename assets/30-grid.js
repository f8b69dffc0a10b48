/* What table cells look like. Numbers are rounded here, for the eye; sorting and filtering see them whole. */
(function () {
    "use strict";
    const EMPTY = "—";
    // The page speaks English, so numbers do too, here as in components/wording.py.
    const fixed = (digits) => {
        const format = new Intl.NumberFormat("en-GB", {minimumFractionDigits: digits, maximumFractionDigits: digits});
        return (value) => (value === null || value === undefined ? EMPTY : format.format(value));
    };
    const hours = fixed(1), rate = fixed(1), whole = fixed(0);
    const percent = (value) => (value === null || value === undefined ? EMPTY : rate(value) + " %");

    window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {hours, rate, whole, percent});

    const element = (...parts) => window.React.createElement(...parts);

    window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
        NameCell: (props) => element("span", {className: "cell-name", title: props.value === props.data.id ? props.value : props.value + " (" + props.data.id + ")"}, props.value),
        StateCell: (props) =>
            element("span", {className: "cell-state cell-state--" + props.data.state},
                element("span", {className: "cell-state__dot", "aria-hidden": true}), props.value),
        BarCell: (props) => {
            if (props.value === null || props.value === undefined) return EMPTY;
            const width = Math.max(0, Math.min(100, props.value)) + "%";
            return element("span", {className: "cell-bar"},
                element("span", {className: "cell-bar__track", "aria-hidden": true},
                    element("span", {className: "cell-bar__fill", style: {width}})),
                element("span", {className: "cell-bar__value"}, props.valueFormatted || props.value));
        },
    });
})();
