/*
 * The live map: a Streamlit component (v2) around Leaflet. Every rerun of the page calls the
 * default function again with the same element; the Leaflet map stays, so zoom and position stay.
 * Descriptions are fetched once by the hash of their content; a rerun brings only the hash.
 */
const KEPT_DESCRIPTIONS = 12;
const maps = new WeakMap(); // element -> live map
const descriptions = new Map(); // hash -> promise of a description
let leaflet = null;

function loadLeaflet(url) {
  leaflet ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${url}/leaflet.js`;
    script.addEventListener("load", () => resolve(window.L));
    script.addEventListener("error", () => {
      leaflet = null;
      script.remove();
      reject(new Error("leaflet"));
    });
    document.head.append(script);
  });
  return leaflet;
}

function loadStyles(root, url) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error("styles")));
    link.href = `${url}/leaflet.css`;
    root.prepend(link);
  });
}

async function fetchDescription(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`map ${answer.status}`);
  return answer.json();
}

function description(mapsUrl, hash) {
  let kept = descriptions.get(hash);
  if (!kept) {
    kept = fetchDescription(`${mapsUrl}/${hash}.json`);
    kept.catch(() => descriptions.delete(hash));
  }
  descriptions.delete(hash);
  descriptions.set(hash, kept);
  if (descriptions.size > KEPT_DESCRIPTIONS) descriptions.delete(descriptions.keys().next().value);
  return kept;
}

class LiveMap {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector(".quantu-live-canvas");
    this.label = root.querySelector(".quantu-live-label");
    this.message = root.querySelector(".quantu-live-message");
    this.parts = new Map(); // hash -> built part
    this.wanted = null;
    this.ground = null;
    this.sites = new Map(); // state and id -> {marker, content, dragging}
    this.marked = []; // what brings every restyled village back
    root.quantuLive = this; // for the browser tests
  }

  // Only the newest call may draw: answers of older ones come too late and are dropped.
  async update(data, send) {
    this.send = send;
    this.wanted = data;
    this.root.style.height = `${data.height}px`;
    try {
      const [L, ground, reading] = await Promise.all([
        loadLeaflet(data.leaflet_url),
        description(data.maps_url, data.ground),
        description(data.maps_url, data.reading),
        (this.styles ??= loadStyles(this.root, data.leaflet_url)),
      ]);
      if (this.wanted !== data || !this.root.isConnected) return;
      this.start(L, data);
      this.show(data, ground, reading);
      this.say("");
    } catch (error) {
      if (this.wanted !== data) return;
      this.styles = null;
      console.error(error);
      this.say("地图数据没有读到，请刷新页面。");
    }
  }

  start(L, data) {
    if (this.map) return;
    // Leaflet focuses its frame on the first press; the page must not scroll under the pointer.
    this.canvas.focus = () => HTMLElement.prototype.focus.call(this.canvas, { preventScroll: true });
    this.map = L.map(this.canvas, {
      attributionControl: false,
      maxZoom: 18,
      minZoom: 4,
      preferCanvas: true,
      zoomControl: false,
      zoomSnap: 0.25,
    });
    this.map.setView([36, 117], 7);
    this.frame = quantuFrame(L, this.map, {
      basemap: Boolean(data.basemap),
      onEvent: (event) => this.send(event),
    });
    if (data.basemap) {
      L.tileLayer(data.basemap.url, { maxZoom: 18 }).addTo(this.map);
      this.frame.addAttribution([data.basemap.attribution]);
    }
    this.resizing = new ResizeObserver(() => this.map.invalidateSize({ animate: false }));
    this.resizing.observe(this.canvas);
  }

  show(data, ground, reading) {
    this.map.invalidateSize({ animate: false });
    const fresh = this.ground !== data.ground;
    if (fresh) {
      this.parts.clear();
      this.credit?.remove();
      this.credit = this.frame.addAttribution(ground.attribution);
      this.label.textContent = ground.label;
      this.label.hidden = !ground.label;
    }
    this.frame.setGround(this.part(data.ground, ground));
    this.frame.setReading(this.part(data.reading, reading));
    if (fresh) this.frame.showWhole();
    this.ground = data.ground;
    this.frame.select(data.selected);
    this.drawOver(data.overlay);
    this.root.dataset.ground = data.ground;
    this.root.dataset.reading = data.reading;
  }

  // What changes from click to click: shapes above everything that are not clickable (a route, a
  // road being drawn), grounds below the villages, a pin, sites, and villages in another style.
  drawOver(shapes) {
    const of = (...kinds) => shapes.filter((shape) => kinds.includes(shape.kind));
    this.drawSites(of("site"));
    this.markFeatures(of("marks"));
    const drawn = of("line", "dot", "pin", "area");
    const key = JSON.stringify(drawn);
    if (key === this.overlayKey) return;
    this.overlayKey = key;
    this.overlay?.remove();
    const L = window.L;
    this.quietPane("over", 640);
    this.quietPane("reach", 380);
    const style = (shape, pane = "over") => ({ ...shape.style, pane, interactive: false });
    const layers = drawn.map((shape) => {
      if (shape.kind === "line") return L.polyline(shape.positions, style(shape));
      if (shape.kind === "area") return L.polygon(shape.positions, style(shape, "reach"));
      if (shape.kind === "pin") return this.pin(shape.positions[0]);
      return L.circleMarker(shape.positions[0], style(shape));
    });
    this.overlay = L.layerGroup(layers).addTo(this.map);
    const pin = shapes.find((shape) => shape.kind === "pin");
    // The map stays under a pin that was dropped on it, and goes to one that was put elsewhere.
    if (pin && String(pin.positions[0]) !== this.dropped) this.goTo(pin.positions[0]);
    this.dropped = pin && String(pin.positions[0]);
  }

  quietPane(name, zIndex) {
    if (this.map.getPane(name)) return;
    const pane = this.map.createPane(name);
    pane.style.zIndex = zIndex;
    pane.style.pointerEvents = "none";
  }

  // Sites stay from one call to the next: only what differs is touched, never one being dragged.
  drawSites(shapes) {
    const wanted = new Map(shapes.map((shape) => [`${shape.sign.state}:${shape.shape_id}`, shape]));
    for (const [key, site] of this.sites) {
      if (wanted.has(key)) continue;
      site.marker.remove();
      this.sites.delete(key);
    }
    for (const [key, shape] of wanted) {
      const content = JSON.stringify(shape);
      const kept = this.sites.get(key);
      if (kept?.content === content || kept?.dragging) continue;
      kept?.marker.remove();
      const site = { content, dragging: false };
      site.marker = this.site(shape, site).addTo(this.map);
      this.sites.set(key, site);
    }
  }

  site(shape, site) {
    const L = window.L;
    const { text, fill, colour, state, chosen } = shape.sign;
    const icon = document.createElement("div");
    icon.className = `quantu-site quantu-site-${state}${chosen ? " quantu-site-chosen" : ""}`;
    icon.style.background = fill;
    icon.style.color = colour;
    icon.textContent = text;
    const box = document.createElement("div");
    box.append(icon);
    if (shape.label) {
      const label = document.createElement("span");
      label.className = "quantu-site-label";
      label.textContent = shape.label;
      box.append(label);
    }
    const live = state !== "gone";
    const marker = L.marker(shape.positions[0], {
      icon: L.divIcon({ className: "quantu-site-box", html: box, iconSize: [26, 26] }),
      draggable: live && state !== "closed",
      interactive: live,
      autoPan: true,
      alt: shape.label || shape.shape_id,
      zIndexOffset: { gone: -1000, closed: -500 }[state] || (chosen ? 500 : 0),
    });
    if (!live) return marker;
    const tell = (type) => {
      const place = marker.getLatLng().wrap();
      const round = (degrees) => Math.round(degrees * 1e7) / 1e7;
      const [lat, lon] = [round(place.lat), round(place.lng)];
      this.send({ type, layer: "site", id: shape.shape_id, lat, lon });
    };
    marker.on("click", () => tell("feature"));
    marker.on("dragstart", () => { site.dragging = true; });
    marker.on("dragend", () => {
      // Drawn anew by the page's answer, also where it leaves the site at its old place.
      Object.assign(site, { dragging: false, content: "" });
      tell("moved");
    });
    return marker;
  }

  // Villages with another verdict: their own dots take another style, and their tooltips say so.
  markFeatures(shapes) {
    const key = JSON.stringify(shapes);
    const reading = this.frame.state.reading;
    if (key === this.marksKey && reading === this.markedPart) return;
    for (const restore of this.marked) restore();
    Object.assign(this, { marksKey: key, markedPart: reading, marked: [] });
    const shapeOf = new Map(shapes.flatMap((shape) => shape.feature_ids.map((id) => [id, shape])));
    if (!shapeOf.size) return;
    for (const spec of reading.description.layers) {
      if (!["gaps", "covered"].includes(spec.layer_id)) continue;
      for (const dot of reading.built.get(spec.layer_id).getLayers()) {
        const shape = shapeOf.get(dot.feature.properties.id);
        if (shape) this.marked.push(this.mark(dot, shape, spec));
      }
    }
  }

  mark(dot, shape, spec) {
    const { properties } = dot.feature;
    const before = { ...dot.options };
    const lines = properties.lines;
    // A dot takes its size from these two whenever the zoom changes.
    const size = {
      dotRadius: Math.max(shape.style.radius || 0, before.dotRadius),
      dotWeight: shape.style.weight || before.dotWeight,
    };
    const draw = (options) => {
      Object.assign(dot.options, options);
      // Without a map there is nothing to draw yet: the layer is switched off.
      if (dot._map) dot.redraw();
    };
    draw({ ...shape.style, ...size });
    if (shape.label) {
      const said = spec.phrases.indexOf(shape.label);
      const number = said >= 0 ? said : spec.phrases.push(shape.label) - 1;
      properties.lines = [number, ...(lines || [])];
    }
    return () => {
      properties.lines = lines;
      draw(before);
    };
  }

  // A marker that tells where it was dropped.
  pin(position) {
    const L = window.L;
    const icon = L.divIcon({ className: "quantu-pin", iconSize: [26, 26], iconAnchor: [13, 31] });
    const marker = L.marker(position, { icon, draggable: true, autoPan: true, title: "拖动改位置" });
    marker.on("dragend", () => {
      // Drawn anew by the page's answer, also where it leaves the pin at its old place.
      this.overlayKey = null;
      const place = marker.getLatLng().wrap();
      const round = (degrees) => Math.round(degrees * 1e7) / 1e7;
      const [lat, lon] = [round(place.lat), round(place.lng)];
      this.dropped = String([lat, lon]);
      this.send({ type: "moved", lat, lon });
    });
    return marker;
  }

  goTo(position) {
    const CLOSE_ZOOM = 14;
    this.map.setView(position, Math.max(this.map.getZoom(), CLOSE_ZOOM), { animate: false });
  }

  part(hash, content) {
    if (!this.parts.has(hash)) this.parts.set(hash, this.frame.build(content));
    return this.parts.get(hash);
  }

  say(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  remove() {
    this.resizing?.disconnect();
    this.map?.remove();
    this.map = null;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".quantu-live");
  if (!maps.has(root)) maps.set(root, new LiveMap(root));
  const live = maps.get(root);
  live.update(data, (event) => setTriggerValue("event", event));
  return () => {
    // Streamlit may call this for an outdated rerun while the element is still on the page.
    setTimeout(() => {
      if (root.isConnected) return;
      live.remove();
      maps.delete(root);
    });
  };
}
