/* Brings the saved page to life: the drawing frame, the layers folium made, the title bar. */
function quantuSavedMap(L, map) {
  const descriptions = JSON.parse(document.getElementById("quantu-parts").textContent);
  const readings = [];
  const frame = quantuFrame(L, map, { popups: true, readings, onReading: show });

  function spec(key) {
    const [part, layer] = key.split("/").map(Number);
    return descriptions[part].layers[layer];
  }

  function show(part) {
    const { standard_name: standard, reading_name: name, summary } = part.description;
    document.querySelector(".quantu-title-reading").textContent = `${standard} · ${name}`;
    document.querySelector(".quantu-title-summary").textContent = summary.join("；");
    frame.setReading(part);
  }

  function finish(layers) {
    const parts = descriptions.map((description) => ({ description, built: new Map() }));
    for (const [key, group] of Object.entries(layers)) {
      const described = spec(key);
      const part = parts[Number(key.split("/")[0])];
      part.built.set(described.layer_id, frame.adopt(described, group));
    }
    const [ground, ...others] = parts;
    readings.push(...others);
    document.querySelector(".quantu-title h1").textContent = ground.description.title;
    const label = document.querySelector(".quantu-title-label");
    label.textContent = ground.description.label;
    label.hidden = !ground.description.label;
    frame.addAttribution(ground.description.attribution);
    frame.setGround(ground);
    show(readings[0]);
    map.invalidateSize({ animate: false });
    frame.showWhole();
  }

  return { finish, frame, options: (key) => frame.layerOptions(spec(key)) };
}
