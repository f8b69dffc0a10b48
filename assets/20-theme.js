/* Light or dark, before the first paint: the reader's last choice, else what the system prefers. */
window.factoryTheme = (function () {
    "use strict";
    const KEY = "factory-theme";

    function chosen() {
        try {
            const kept = window.localStorage.getItem(KEY);
            if (kept === "light" || kept === "dark") return kept;
        } catch (error) { /* storage may be forbidden: then the system decides */ }
        return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    }

    function show(theme) {
        document.documentElement.dataset.bsTheme = theme;
        document.body.dataset.agThemeMode = theme;
        return theme;
    }

    function toggle() {
        const theme = chosen() === "dark" ? "light" : "dark";
        try { window.localStorage.setItem(KEY, theme); } catch (error) { /* shown now, forgotten at reload */ }
        return show(theme);
    }

    show(chosen());
    return {chosen, show, toggle};
})();
