/* The documentation page: shows this server's own document, with this server's address in the examples. */
(function () {
    "use strict";
    const WRITTEN_FOR = "http://127.0.0.1:5000";
    const root = document.getElementById("documentation");

    function show(text) {
        window.SwaggerUIBundle({
            spec: JSON.parse(text.replaceAll(WRITTEN_FOR, window.location.origin)),
            domNode: root,
            deepLinking: true,
            defaultModelsExpandDepth: 0,
            docExpansion: "list",
            displayRequestDuration: true,
            requestSnippetsEnabled: false,
            tryItOutEnabled: false,
            validatorUrl: null, // nothing is asked of another host
        });
    }

    document.documentElement.classList.toggle("dark-mode", window.factoryTheme.chosen() === "dark");
    fetch(root.dataset.document)
        .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(`the server answered ${answer.status}`))))
        .then(show)
        .catch((error) => { root.textContent = `The documentation can't be shown: ${error.message}.`; });
})();
