/* Elements that the browser makes by itself, past Dash. */
window.factoryElements = (function () {
    "use strict";

    function element(tag, className, ...children) {
        const made = document.createElement(tag);
        made.className = className;
        made.append(...children);
        return made;
    }

    /* Not for screen readers: what it says is said in words beside it. */
    function hidden(made) {
        made.setAttribute("aria-hidden", "true");
        return made;
    }

    const set = (of, name, value) => { if (of[name] !== value) of[name] = value; };
    const write = (parts, shown) => Object.keys(parts).forEach((name) => { if (name in shown) set(parts[name], "textContent", shown[name]); });

    /* Under the query string that the page has now. */
    function leadTo(link, path) {
        const address = window.dash_clientside.factory.addressOf(path, window.location.search);
        if (link.getAttribute("href") !== address) link.setAttribute("href", address);
    }

    /* A link that opens without loading the app anew. */
    function linkTo(className, ...children) {
        const link = element("a", className, ...children);
        link.dataset.page = "";
        return link;
    }

    /* What is drawn for an id stays, also its focus, and only what has changed is written. make: an empty box with `fill(item)`. */
    function draw(list, items, make) {
        if (!list || !items) return;
        const drawn = new Map([...list.children].map((box) => [box.dataset.id, box]));
        const wanted = items.map((item) => {
            const box = drawn.get(item.id) || make();
            box.dataset.id = item.id;
            box.fill(item);
            return box;
        });
        const same = wanted.length === list.children.length && wanted.every((box, place) => box === list.children[place]);
        if (!same) list.replaceChildren(...wanted);
    }

    return {element, hidden, linkTo, leadTo, set, write, draw};
})();
