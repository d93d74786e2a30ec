"use strict";
/* Draws each figure when it first has a width: those in closed details wait until they are opened.
   `ast` evaluates Vega's expressions without `eval`, which the page's policy forbids. */
(function () {
  const options = {
    renderer: "svg",
    ast: true,
    actions: { export: true, source: false, compiled: false, editor: false },
  };
  function draw(place, spec) {
    vegaEmbed(place, spec, options).catch(function (error) {
      place.textContent = "This figure could not be drawn: " + error.message;
    });
  }
  function arrange(script) {
    const place = document.getElementById(script.dataset.for);
    const spec = JSON.parse(script.textContent);
    if (place.clientWidth) return draw(place, spec);
    const observer = new ResizeObserver(function () {
      if (!place.clientWidth) return;
      observer.disconnect();
      draw(place, spec);
    });
    observer.observe(place);
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
