"use strict";
/* Draws each figure when it has a width, and again when it has another: those in closed details wait until they are
   opened.
   `ast` evaluates Vega's expressions without `eval`, which the page's policy forbids. */
(function () {
  const options = {
    renderer: "svg",
    ast: true,
    actions: { export: true, source: false, compiled: false, editor: false },
  };
  function draw(place, spec) {
    return Promise.resolve().then(function () {
      return vegaEmbed(place, fit(spec, place.clientWidth), options);
    }).catch(function (error) {
      place.textContent = "This figure could not be drawn: " + error.message;
    });
  }
  function arrange(script) {
    const place = document.getElementById(script.dataset.for);
    const spec = JSON.parse(script.textContent);
    let drawn = 0, drawing = Promise.resolve();
    new ResizeObserver(function () {
      drawing = drawing.then(function (last) {
        if (!place.clientWidth || place.clientWidth === drawn) return last;
        drawn = place.clientWidth;
        if (last) last.finalize();
        return draw(place, spec);
      });
    }).observe(place);
  }
  document.querySelectorAll("script.spec").forEach(arrange);
  let closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.from(document.querySelectorAll("details.condition:not([open])"));
    closed.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (part) { part.open = false; });
  });
})();
