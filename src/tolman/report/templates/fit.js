"use strict";
/* `fit(spec, width)` makes a figure fit a width: names, titles and texts on several lines, legends in as many columns
   as there is room for. It changes specifications of Vega-Lite as `report/vega.py` writes them: one view of layers, and
   names given as the order of an axis or the domain of a scale. */
const fit = (function () {
  const SIZE = 12, LINE = 15, SYMBOL = 24, GAP = 12, TICKS = 50;
  const pen = document.createElement("canvas").getContext("2d");

  function longest(lines) {
    return Math.max(0, ...lines.map(function (line) { return pen.measureText(line).width; }));
  }

  /* Parts are joined while they are no longer than `room`. */
  function joined(parts, room) {
    const lines = [];
    parts.forEach(function (part) {
      const last = lines.length - 1;
      if (last >= 0 && longest([(lines[last] + part).trimEnd()]) <= room) lines[last] += part;
      else lines.push(part);
    });
    return lines.map(function (line) { return line.trimEnd(); }).filter(Boolean);
  }

  /* Lines no longer than `room`; a word that is longer is broken anywhere. */
  function wrap(text, room) {
    const words = text.match(/[^\s\-_/.:]*[\s\-_/.:]|[^\s\-_/.:]+$/g) || [text];
    return joined(words.flatMap(function (word) {
      return longest([word.trimEnd()]) > room ? joined(Array.from(word), room) : [word];
    }), room);
  }

  function wrapAll(names, room) {
    return names.map(function (name) { return wrap(name, room); });
  }

  function most(lines) {
    return Math.max(1, ...lines.map(function (found) { return found.length; }));
  }

  /* An expression for the lines of a name. */
  function looked(names, lines, value) {
    return JSON.stringify(lines) + "[indexof(" + JSON.stringify(names) + "," + value + ")]";
  }

  /* A row is high enough for the lines of its name. */
  function heighten(spec, lines, rows) {
    spec.height = Math.max(spec.height, rows * (LINE * lines + 6));
  }

  /* Names left of the plot take at most two fifths of the width; returns what they take. */
  function fitNames(spec, encoding, width) {
    const y = encoding.y, lines = wrapAll(y.sort, Math.min(y.axis.labelLimit || 240, 0.4 * width));
    const found = looked(y.sort, lines, "datum.value");
    y.axis = Object.assign({}, y.axis, {
      labelExpr: found, labelLimit: 0, labelLineHeight: LINE, labelAngle: 0,
      labelOffset: { expr: -LINE / 2 + "*(length(" + found + ")-1)" },
    });
    heighten(spec, most(lines), y.sort.length);
    return longest(lines.flat());
  }

  /* Names below the plot stand upright where they are long or many. */
  function fitColumns(x, width, room) {
    if (longest(x.sort) <= Math.min(160, 0.3 * width) && 2 * LINE * x.sort.length <= room) return;
    x.axis = Object.assign({}, x.axis, { labelAngle: -90, labelLimit: 400, labelOverlap: "greedy" });
  }

  function fitTitle(channel, room) {
    if (typeof channel.title === "string") channel.title = wrap(channel.title, room);
  }

  function fitLegend(channel, room) {
    const names = channel.scale && channel.scale.domain;
    if (channel.legend === null || channel.type === "quantitative" || !Array.isArray(names)) return;
    const lines = wrapAll(names, room - SYMBOL - GAP);
    const entry = longest(lines.flat()) + SYMBOL + GAP;
    channel.legend = Object.assign({}, channel.legend, {
      columns: Math.max(1, Math.floor(room / entry)),
      labelExpr: looked(names, lines, "datum.value"), labelLimit: 0,
    });
  }

  /* Texts that stand in the plot, above what they name. */
  function fitTexts(spec, layer, room) {
    const field = layer.encoding.text.field, rows = spec.datasets[(layer.data || spec.data).name];
    const texts = rows.map(function (row) { return row[field]; }), lines = wrapAll(texts, room);
    const found = looked(texts, lines, "datum." + field);
    layer.transform = [{ calculate: found, as: "lines" }];
    layer.encoding.text = { field: "lines", type: "nominal" };
    layer.mark.lineHeight = LINE;
    layer.mark.dy = { expr: layer.mark.dy + "-" + LINE + "*(length(datum.lines)-1)" };
    heighten(spec, most(lines) + 1, rows.length);
  }

  /* A copy in which names that every object has, such as "constructor", end with an invisible word joiner: Vega groups
     rows by the properties of an object, and would find those. */
  function copied(value) {
    if (typeof value === "string") return value in {} ? value + "\u2060" : value;
    if (Array.isArray(value)) return value.map(copied);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(function (entry) { return [entry[0], copied(entry[1])]; }));
  }

  return function (given, width) {
    const spec = copied(given);
    spec.config.legend.layout = { bottom: { anchor: "start", bounds: "full", direction: "vertical", margin: 4 } };
    pen.font = SIZE + "px " + spec.config.font;
    const layers = spec.layer.filter(function (layer) { return layer.encoding; });
    const names = layers.map(function (layer) {
      const y = layer.encoding.y;
      return y && y.axis && Array.isArray(y.sort) ? fitNames(spec, layer.encoding, width) : 0;
    });
    const room = Math.max(100, width - Math.max(TICKS, ...names) - GAP);
    layers.forEach(function (layer) {
      const x = layer.encoding.x;
      if (x) fitTitle(x, room);
      if (x && Array.isArray(x.sort)) fitColumns(x, width, room);
      ["color", "opacity", "strokeDash"].forEach(function (name) {
        if (layer.encoding[name]) fitLegend(layer.encoding[name], room);
      });
      if (layer.encoding.text) fitTexts(spec, layer, width - GAP);
    });
    return spec;
  };
})();
