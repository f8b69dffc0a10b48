/* How the browser's own language writes numbers and dates, told to the server in a cookie: components/locale.py reads it. */
(function () {
    "use strict";
    const language = (navigator.languages && navigator.languages[0]) || navigator.language || "en-GB";
    const latin = language + "-u-nu-latn-ca-gregory";
    const UTC = {timeZone: "UTC"};
    const MONDAY = Date.UTC(2024, 0, 1), DAY_MS = 86400000;

    /* "{weekday}, {day} {month}" */
    function template(options, moment) {
        const parts = new Intl.DateTimeFormat(latin, {...UTC, ...options}).formatToParts(moment);
        return parts.map((part) => (part.type === "literal" ? part.value : "{" + part.type + "}")).join("");
    }

    function part(type, options, moment) {
        const found = new Intl.DateTimeFormat(latin, {...UTC, ...options}).formatToParts(moment).find((one) => one.type === type);
        return found ? found.value : "";
    }

    function told() {
        const numbers = new Intl.NumberFormat(latin).formatToParts(1234567.8);
        const symbol = (type) => (numbers.find((one) => one.type === type) || {value: ""}).value;
        const day = {weekday: "short", day: "numeric", month: "short"}, time = {hour: "numeric", minute: "2-digit"};
        const seconds = {...time, second: "2-digit"};
        return {
            decimal: symbol("decimal") || ".",
            group: symbol("group"),
            weekdays: [0, 1, 2, 3, 4, 5, 6].map((number) => part("weekday", day, MONDAY + number * DAY_MS)),
            months: [...Array(12).keys()].map((month) => part("month", day, Date.UTC(2024, month, 15))),
            day: template(day, MONDAY),
            day_year: template({...day, year: "numeric"}, MONDAY),
            clock: template(time, MONDAY),
            clock_seconds: template(seconds, MONDAY),
            halves: [1, 13].map((hour) => part("dayPeriod", time, MONDAY + hour * 3600000)),
        };
    }

    try {
        document.cookie = "factory-locale=" + encodeURIComponent(JSON.stringify(told())) + "; path=/; max-age=31536000; samesite=strict";
    } catch (error) { /* a language that the browser itself doesn't know: English then */ }
})();
