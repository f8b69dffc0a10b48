/* Words and classes that live callbacks hand to the page; components/leaf.py says why they go past Dash. */
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.leaves = (function () {
    "use strict";

    /* Only what has come now: a page that was left may still have a store. */
    function write(stores, ids) {
        const come = new Set(window.dash_clientside.callback_context.triggered.map((one) => one.prop_id));
        stores.forEach((leaves, number) => {
            if (!leaves || !come.has(JSON.stringify(ids[number]) + ".data")) return;
            leaves.forEach(([id, property, value]) => {
                const element = document.getElementById(id);
                if (element && element[property] !== value) element[property] = value;
            });
        });
    }

    return {write};
})();
