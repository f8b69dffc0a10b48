/* The session ends in the midst of looking: back to the door, and from there to where the reader was. */
(function () {
    "use strict";
    const fetched = window.fetch;
    let leaving = false;
    window.fetch = async function (...given) {
        const answer = await fetched.apply(this, given);
        if (answer.status === 401 && !leaving) {
            leaving = true;
            window.location.assign("/sign-in?next=" + encodeURIComponent(window.location.pathname + window.location.search));
        }
        return answer;
    };

    /* What the reader may do at the site shown; assets/92-access.css hides the rest. */
    window.dash_clientside.factory.permit = function (stamp) {
        if (stamp) Object.assign(document.body.dataset, { may: stamp.may.join(" "), shows: stamp.shows, sites: stamp.many ? "many" : "one" });
    };
})();
