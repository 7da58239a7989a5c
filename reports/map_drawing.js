"use strict";
/*
 * The drawing code of both maps: the live map and the saved one. It gets Leaflet, a Leaflet map
 * and the description of reports/map_description.py, and draws layers, panel, legend and scale.
 *
 * All text is set with textContent, painted on the canvas or escaped: names are never markup.
 */
function quantuFrame(L, map, options) {
  const SIGN_FONT = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
  const HALO_GAP_PX = 4;
  const SMALLEST_SCALE = 0.25;
  const SMALLEST_DOT_PX = 1.2;
  const SQUARE_SHARE = 0.89; // half a side, as a share of the radius of a circle of equal area
  const PANEL_MARGIN_PX = 92;
  const ROAD_ZOOM = 11; // roads are drawn wider from here on
  const panes = {
    ground: makePane("quantu-ground", 350),
    work: makePane("quantu-work", 410),
    names: makePane("quantu-names", 420),
  };
  // Only the uppermost canvas hears the mouse, so the others must let it through.
  for (const quiet of ["ground", "names"]) panes[quiet].pane.style.pointerEvents = "none";

  const state = {
    ground: null, // {description, built: Map(layer id -> Leaflet group)}
    reading: null,
    switched: new Map(), // layer id -> what the reader chose
    selected: null,
    halo: null,
  };
  let panel = null;

  function makePane(name, zIndex) {
    const pane = map.createPane(name);
    pane.style.zIndex = zIndex;
    return { pane, renderer: L.canvas({ pane: name, padding: 0.3, tolerance: 3 }) };
  }

  // ---- markers ---------------------------------------------------------------------------

  // How large dots are: full size from a zoom on at which they lie apart, smaller further out.
  function dotScale(fullZoom) {
    return Math.min(Math.max(2 ** ((map.getZoom() - fullZoom) / 2), SMALLEST_SCALE), 1);
  }

  const DotMarker = L.CircleMarker.extend({
    _project() {
      const scale = dotScale(this.options.fullZoom);
      this._radius = Math.max(this.options.dotRadius * scale, SMALLEST_DOT_PX);
      this.options.weight = this.options.dotWeight * scale;
      L.CircleMarker.prototype._project.call(this);
    },
  });

  // Settlements are round, facilities square: the shape tells them apart without colour. A square
  // grows at the zoom from which its one-character sign is readable.
  const SquareMarker = L.CircleMarker.extend({
    _signShows() {
      return this._map.getZoom() >= this.options.signZoom;
    },
    _project() {
      this._radius = this._signShows() ? this.options.signRadius : this.options.radius;
      L.CircleMarker.prototype._project.call(this);
    },
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const context = renderer._ctx;
      const { x, y } = this._point;
      const half = this._radius * SQUARE_SHARE;
      context.beginPath();
      context.roundRect(x - half, y - half, 2 * half, 2 * half, half / 3);
      renderer._fillStroke(context, this);
      if (!this._signShows()) return;
      context.globalAlpha = 1;
      context.fillStyle = this.options.signColor;
      context.font = `bold ${Math.round(half * 1.5)}px ${SIGN_FONT}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(this.options.signText, x, y + 0.5);
    },
  });

  // A name painted on the canvas, without a dot.
  const LabelMarker = L.CircleMarker.extend({
    _updateBounds() {
      const half = (this.options.labelText.length * this.options.fontSize) / 2 + 6;
      const corner = L.point(half, this.options.fontSize);
      this._pxBounds = L.bounds(this._point.subtract(corner), this._point.add(corner));
    },
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      if (this._map.getZoom() < this.options.signZoom) return;
      const context = renderer._ctx;
      context.globalAlpha = 1;
      context.font = `${this.options.fontSize}px ${SIGN_FONT}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      context.lineWidth = 3;
      context.strokeStyle = this.options.haloColor;
      context.strokeText(this.options.labelText, this._point.x, this._point.y);
      context.fillStyle = this.options.color;
      context.fillText(this.options.labelText, this._point.x, this._point.y);
    },
  });

  function styleOf(spec, properties) {
    const own = properties.unknown ? spec.unknown_style : {};
    const size = properties.radius ? { radius: properties.radius } : {};
    return {
      ...spec.style,
      ...own,
      ...size,
      renderer: panes[spec.pane].renderer,
      pane: `quantu-${spec.pane}`,
      interactive: spec.pane === "work",
    };
  }

  function pointToLayer(spec, feature, position) {
    const style = styleOf(spec, feature.properties);
    if (spec.shape === "label") {
      return new LabelMarker(position, {
        ...style,
        labelText: feature.properties.name || "",
        signZoom: spec.sign.min_zoom,
      });
    }
    if (spec.shape === "square") {
      const { text: signText, color: signColor, min_zoom: signZoom, radius: signRadius } = spec.sign;
      return new SquareMarker(position, { ...style, signText, signColor, signZoom, signRadius });
    }
    const { radius: dotRadius, weight: dotWeight } = style;
    return new DotMarker(position, { ...style, dotRadius, dotWeight, fullZoom: spec.full_zoom });
  }

  // Options for L.geoJSON. Points are styled when made; only lines and areas are styled here.
  function layerOptions(spec) {
    return {
      style: (feature) => (feature.geometry.type === "Point" ? {} : styleOf(spec, feature.properties)),
      pointToLayer: (feature, position) => pointToLayer(spec, feature, position),
    };
  }

  // ---- text ------------------------------------------------------------------------------

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function card(spec, properties) {
    const box = element("div", "quantu-card");
    const name = properties.name || spec.unnamed || spec.name;
    box.append(element("div", "quantu-card-name", name));
    let lines = (properties.lines || []).map((number) => spec.phrases[number]);
    if (spec.layer_id === "zones" && state.reading) {
      lines = state.reading.description.zone_lines[properties.id] || [];
    }
    for (const line of lines) {
      const failed = line.startsWith("未达标");
      box.append(element("div", failed ? "quantu-card-failed" : "", line));
    }
    return box;
  }

  // ---- layers ----------------------------------------------------------------------------

  // Tooltip, click and pointer of a whole layer: one handler per layer, not per feature.
  function adopt(spec, group) {
    if (spec.pane !== "work") return group;
    group.bindTooltip((layer) => card(spec, layer.feature.properties), {
      sticky: true,
      opacity: 1,
      className: "quantu-tip",
    });
    if (!spec.clickable) return group;
    if (options.popups) {
      group.bindPopup((layer) => card(spec, layer.feature.properties), { className: "quantu-popup" });
      group.on("popupopen", () => group.closeTooltip());
    }
    group.on("mouseover", () => map.getContainer().classList.add("quantu-pointing"));
    group.on("mouseout", () => map.getContainer().classList.remove("quantu-pointing"));
    group.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      const position = event.layer.getLatLng();
      send({ type: "feature", layer: spec.layer_id, id: event.layer.feature.properties.id }, position);
    });
    return group;
  }

  function send(event, position) {
    if (!options.onEvent) return;
    const place = position.wrap();
    const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
    options.onEvent({ ...event, lat: round(place.lat), lon: round(place.lng) });
  }

  function build(description) {
    const built = new Map();
    for (const spec of description.layers) {
      const group = L.geoJSON({ type: "FeatureCollection", features: spec.features }, layerOptions(spec));
      built.set(spec.layer_id, adopt(spec, group));
    }
    return { description, built };
  }

  function isOn(spec) {
    if (spec.layer_id === "study_area") return !options.basemap;
    if (state.switched.has(spec.layer_id)) return state.switched.get(spec.layer_id);
    if (spec.layer_id.startsWith("facility:") && state.reading) {
      return state.reading.description.facility_layers.includes(spec.layer_id);
    }
    return spec.visible;
  }

  function parts() {
    return [state.ground, state.reading].filter(Boolean);
  }

  // Roads keep up with the zoom: thin on the whole county, as wide as a street close by.
  function widenRoads() {
    const steps = Math.max(map.getZoom() - ROAD_ZOOM, 0);
    const factor = Math.min(1 + steps * 0.45, 3.5);
    for (const { description, built } of parts()) {
      for (const spec of description.layers) {
        if (spec.shape !== "line") continue;
        built.get(spec.layer_id).setStyle({ weight: spec.style.weight * factor });
      }
    }
  }

  // Puts exactly the layers on the map that are switched on, in their order.
  function redraw() {
    const all = parts().flatMap((part) =>
      part.description.layers.map((spec) => ({ spec, group: part.built.get(spec.layer_id) })),
    );
    all.sort((one, other) => one.spec.order - other.spec.order);
    for (const { spec, group } of all) {
      if (!isOn(spec)) map.removeLayer(group);
      else {
        map.addLayer(group);
        group.bringToFront();
      }
    }
    if (state.halo) state.halo.bringToFront();
  }

  function setGround(part) {
    replace("ground", part);
  }

  function setReading(part) {
    replace("reading", part);
  }

  function replace(slot, part) {
    const old = state[slot];
    if (old === part) return;
    if (old) old.built.forEach((group) => map.removeLayer(group));
    state[slot] = part;
    if (slot === "ground") widenRoads();
    map.getContainer().classList.remove("quantu-pointing");
    map.closePopup();
    map.eachLayer((layer) => layer instanceof L.Tooltip && map.removeLayer(layer));
    redraw();
    drawHalo();
    fillPanel();
  }

  // ---- selection -------------------------------------------------------------------------

  function select(selected) {
    const before = JSON.stringify(state.selected);
    state.selected = selected || null;
    const layer = drawHalo();
    const changed = before !== JSON.stringify(state.selected);
    if (layer && changed && !map.getBounds().contains(layer.getLatLng())) map.panTo(layer.getLatLng());
  }

  function drawHalo() {
    if (state.halo) map.removeLayer(state.halo);
    state.halo = null;
    const layer = findSelected();
    if (!layer) return null;
    state.halo = L.circleMarker(layer.getLatLng(), {
      ...styleOf({ style: {}, unknown_style: {}, pane: "work" }, {}),
      radius: Math.max(layer.options.radius, layer.options.signRadius || 0) + HALO_GAP_PX,
      color: "#111827",
      weight: 2.5,
      fill: false,
      interactive: false,
    }).addTo(map);
    return layer;
  }

  // A settlement moves between the layers when the standard changes, so the id alone is looked up
  // where the layer no longer has it.
  function findSelected() {
    if (!state.selected) return null;
    const { layer, id } = state.selected;
    const settlement = ["gaps", "covered", "not_counted", "uncertain", "disputed"];
    const places = settlement.includes(layer) ? settlement : [layer];
    for (const part of parts()) {
      for (const place of places) {
        const group = part.built.get(place);
        const found = group && group.getLayers().find((one) => one.feature.properties.id === id);
        if (found) return found;
      }
    }
    return null;
  }

  // ---- panel -----------------------------------------------------------------------------

  const GROUPS = ["检查", "服务情况", "设施", "底图"];

  function addPanel() {
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const box = element("div", "quantu-panel");
      const head = element("button", "quantu-panel-head", "图层与图例");
      head.type = "button";
      head.setAttribute("aria-expanded", "true");
      const body = element("div", "quantu-panel-body");
      head.addEventListener("click", () => {
        const open = box.classList.toggle("quantu-closed") === false;
        head.setAttribute("aria-expanded", String(open));
      });
      box.append(head, body);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      panel = body;
      return box;
    };
    control.addTo(map);
  }

  function fillPanel() {
    if (!panel) return;
    const scrolled = panel.scrollTop;
    panel.replaceChildren();
    if (options.readings && options.readings.length > 1) panel.append(readingChoice());
    const specs = parts().flatMap((part) => part.description.layers);
    for (const name of GROUPS) {
      const rows = specs.filter((spec) => spec.group === name);
      if (!rows.length) continue;
      rows.sort((one, other) => (name === "设施" ? one.order - other.order : other.order - one.order));
      const section = element("section");
      section.append(element("h4", "", name));
      for (const spec of rows) section.append(layerRow(spec), ...sizeRows(spec));
      panel.append(section);
    }
    for (const note of state.ground ? state.ground.description.notes : []) {
      panel.append(element("p", "quantu-note", note));
    }
    panel.scrollTop = scrolled;
  }

  function readingChoice() {
    const section = element("section", "quantu-readings");
    section.append(element("h4", "", "标准与口径"));
    const standards = new Set();
    for (const part of options.readings) {
      const { reading_id: id, standard_name: standard, reading_name: name } = part.description;
      if (!standards.has(standard)) section.append(element("div", "quantu-standard", standard));
      standards.add(standard);
      const label = element("label", "quantu-row");
      const input = element("input");
      input.type = "radio";
      input.name = "quantu-reading";
      input.checked = state.reading === part;
      input.dataset.reading = id;
      input.addEventListener("change", () => options.onReading(part));
      label.append(input, element("span", "quantu-row-name", name));
      section.append(label);
    }
    return section;
  }

  function layerRow(spec) {
    const label = element("label", "quantu-row");
    const input = element("input");
    input.type = "checkbox";
    input.checked = isOn(spec);
    input.dataset.layer = spec.layer_id;
    input.addEventListener("change", () => {
      state.switched.set(spec.layer_id, input.checked);
      redraw();
    });
    label.append(input, swatch(spec), element("span", "quantu-row-name", spec.name));
    if (spec.count) label.append(element("span", "quantu-row-count", spec.count));
    return label;
  }

  function swatch(spec) {
    const place = element("span", "quantu-swatch");
    const mark = element("span", `quantu-mark-${spec.shape}`);
    const style = spec.style;
    if (spec.shape === "line") {
      mark.style.height = `${Math.max(style.weight, 1.2)}px`;
      mark.style.background = style.color;
    } else if (spec.shape === "label") {
      mark.textContent = "名";
      mark.style.color = style.color;
    } else {
      const radius = spec.sign.radius || Math.max(style.radius || 0, 4.5);
      if (spec.shape !== "area") mark.style.width = mark.style.height = `${2 * radius}px`;
      mark.style.background = translucent(style.fillColor, style.fillOpacity);
      mark.style.border = `${Math.max(style.weight, 1)}px ${style.dashArray ? "dashed" : "solid"} ${style.color}`;
      mark.textContent = spec.sign.text || "";
      mark.style.color = spec.sign.color || "";
    }
    place.append(mark);
    return place;
  }

  function translucent(colour, opacity) {
    const part = (start) => parseInt(colour.slice(start, start + 2), 16);
    return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${opacity})`;
  }

  function sizeRows(spec) {
    const rows = [];
    if (spec.detail) rows.push(element("div", "quantu-sizes", spec.detail));
    if (spec.size_key.length) {
      const row = element("div", "quantu-sizes");
      const scale = dotScale(spec.full_zoom);
      for (const [full, text] of spec.size_key) {
        const radius = Math.max(full * scale, SMALLEST_DOT_PX);
        const sample = element("span", "quantu-size");
        const circle = element("span", "quantu-mark-dot");
        circle.style.width = circle.style.height = `${2 * radius}px`;
        circle.style.background = translucent(spec.style.fillColor, spec.style.fillOpacity);
        sample.append(circle, element("span", "", text));
        row.append(sample);
      }
      rows.push(row);
    }
    if (spec.unknown_style.color) {
      const row = element("div", "quantu-sizes");
      const sample = element("span", "quantu-size");
      const circle = element("span", "quantu-mark-dot");
      circle.style.width = circle.style.height = `${2 * spec.unknown_style.radius}px`;
      circle.style.border = `2px solid ${spec.unknown_style.color}`;
      sample.append(circle, element("span", "", "人口未知"));
      row.append(sample);
      rows.push(row);
    }
    return rows;
  }

  // ---- controls --------------------------------------------------------------------------

  const MetricScale = L.Control.Scale.extend({
    _updateMetric(widest) {
      const metres = this._getRoundNum(widest);
      const text = metres < 1000 ? `${metres} 米` : `${metres / 1000} 公里`;
      this._updateScale(this._mScale, text, metres / widest);
    },
  });

  function addControls() {
    L.control.zoom({ position: "topleft", zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
    const whole = L.control({ position: "topleft" });
    whole.onAdd = () => {
      const bar = element("div", "leaflet-bar");
      const button = element("a", "quantu-whole", "全");
      button.href = "#";
      button.title = "全图";
      button.setAttribute("role", "button");
      button.setAttribute("aria-label", "全图");
      L.DomEvent.disableClickPropagation(bar);
      L.DomEvent.on(button, "click", (event) => {
        L.DomEvent.preventDefault(event);
        showWhole();
      });
      bar.append(button);
      return bar;
    };
    whole.addTo(map);
    new MetricScale({ position: "bottomleft", imperial: false, maxWidth: 140 }).addTo(map);
  }

  function addAttribution(lines) {
    const control = L.control.attribution({ position: "bottomright", prefix: false });
    for (const line of lines) control.addAttribution(escaped(line));
    control.addTo(map);
    return control;
  }

  // The attribution control takes markup, so text is escaped by the browser itself.
  function escaped(text) {
    return element("span", "", text).innerHTML;
  }

  // The widest view that keeps the study area clear of the panel.
  function showWhole() {
    if (!state.ground) return;
    const size = map.getSize();
    const right = size.x > 700 ? 268 : 12;
    map.fitBounds(state.ground.description.bounds, {
      paddingTopLeft: [48, 34],
      paddingBottomRight: [right, 28],
      animate: false,
    });
  }

  // The panel scrolls inside rather than growing out of the map.
  function fitPanel() {
    const height = Math.max(map.getSize().y - PANEL_MARGIN_PX, 120);
    map.getContainer().style.setProperty("--quantu-panel-height", `${height}px`);
  }

  addControls();
  addPanel();
  fitPanel();
  map.on("resize", fitPanel);
  map.on("zoomend", () => {
    widenRoads();
    fillPanel(); // the sample circles follow the zoom
  });
  map.getContainer().classList.add("quantu-map-frame");
  map.on("click", (event) => send({ type: "map" }, event.latlng));
  map.on("popupopen", (event) => {
    const button = event.popup.getElement().querySelector(".leaflet-popup-close-button");
    if (button) button.setAttribute("aria-label", "关闭");
  });

  return { adopt, addAttribution, build, layerOptions, select, setGround, setReading, showWhole, state };
}
