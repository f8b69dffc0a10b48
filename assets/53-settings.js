/* The settings page, what of it runs in the browser alone; callbacks/settings names the inputs and outputs. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.settings = (function () {
    "use strict";
    let unsaved = false, pressed = null;
    window.addEventListener("beforeunload", (event) => {
        if (unsaved) event.preventDefault();
    });

    /* Who closes the window with something unsaved is asked by the browser. */
    function guard(drafts) {
        unsaved = Object.keys(drafts || {}).length > 0;
    }

    document.addEventListener("click", (event) => {
        const button = event.target.closest && event.target.closest('[id^=\'{"edit":\']');
        if (button) pressed = JSON.parse(button.id);
    }, true);

    const within = (selector, scope) => [...(scope || document).querySelectorAll(selector)].pop();
    const button = (edit, row) => document.getElementById(JSON.stringify({edit, row}));

    /* Where the cursor belongs after a row was added or taken away. */
    function place({edit, row}) {
        const added = (part, rows) => within("[id*='" + part + "'][id*='" + rows + "']");
        const owner = row.includes("-") ? row.slice(0, row.lastIndexOf("-")) : "all";
        switch (edit) {
        case "add-shift": return added('"shift":"name"', row === "all" ? '"row":"w' : '"row":"' + row + "-");
        case "add-break": return added('"break":"start"', '"row":"' + row + "-");
        case "add-exception": return added('"exception":"date"', '"row":"x');
        default: return button(edit.replace("remove", "add"), owner);
        }
    }

    /* The rows that an edit has drawn anew have lost the cursor. */
    function enter() {
        if (!pressed) return;
        const edit = pressed;
        pressed = null;
        window.requestAnimationFrame(() => {
            const found = place(edit);
            if (found) found.focus();
        });
    }

    /* Dash hides from screen readers what the Tab key comes to first in its lists of choices. */
    function nameChoices() {
        window.setTimeout(() => {
            document.querySelectorAll(".settings .dash-dropdown-focus-target[aria-hidden], .new-site .dash-dropdown-focus-target[aria-hidden]").forEach((target) => {
                target.removeAttribute("aria-hidden");
                target.setAttribute("aria-label", target.closest("[role=group]").getAttribute("aria-label"));
            });
        });
    }

    return {guard, enter, nameChoices};
})();

/* The stations that a worker may be at home at. */
window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    homeStations: () => {
        const values = [""];
        window.dash_ag_grid.getApi("register-station-grid").forEachNode((node) => values.push(node.data.id));
        return {values};
    },
});
