/* The charts' library: plotly.js in its cartesian build, a third of the whole one's size, which Dash would load from its own package.
   Dash sets this address by itself, later than this file runs; so it can't be set again. */
Object.defineProperty(window, "_dashPlotlyJSURL", {get: () => "/assets/charts/plotly-cartesian.min.js?m=4.1.1", set: () => {}});
