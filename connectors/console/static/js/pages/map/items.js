// What stands on the map, of every layer alike: {key, layer, lat, lon, rank (0: the worst), state, mark, title, lines, …}.

export const LAYERS = ["incidents", "gates", "stations", "sites"];
export const SITE_STATES = ["out_of_service", "degraded", "maintenance", "unknown", "in_service"];
export const GATE_STATES = ["critical", "high", "normal", "low", "calm"];
const SEVERITIES = ["critical", "high", "normal", "low"];

const rank = (order, value) => {
  const place = order.indexOf(value);
  return place < 0 ? order.length : place;
};

/** Open incidents; one without a position stands at its commune's point of reference, or nowhere. */
export function incidentItems(app, centre) {
  const { communes } = app.names.tables.get();
  const found = [];
  for (const incident of app.live.incidents.values()) {
    if (incident.parent || (centre && incident.centre !== centre && incident.centre_also !== centre)) continue;
    const exact = incident.lat !== null && incident.lat !== undefined;
    const commune = exact ? null : communes.get(incident.commune);
    found.push({
      key: `incidents/${incident.incident_id}`,
      layer: "incidents",
      id: incident.incident_id,
      lat: exact ? incident.lat : (commune?.lat ?? null),
      lon: exact ? incident.lon : (commune?.lon ?? null),
      exact,
      rank: rank(SEVERITIES, incident.severity),
      state: incident.severity,
      title: incident.title,
      at: Date.parse(incident.opened_at),
      version: `${incident.version} ${exact || !!commune}`,
      row: incident,
    });
  }
  return found.sort((a, b) => a.rank - b.rank || b.at - a.at);
}

/** Stations, sites and gates; `devices` is of `useDevices`. */
export function deviceItems(devices, centre) {
  const near = (row) => !centre || row.centre === centre || row.centre_also === centre;
  const item = (layer, row, more) => ({
    key: `${layer}/${row.id}`, layer, id: row.id, lat: row.lat, lon: row.lon, exact: true, title: row.name, state: row.state,
    version: JSON.stringify(row), row, ...more,
  });
  const worst = (a, b) => a.rank - b.rank || a.title.localeCompare(b.title, "vi");
  return {
    stations: devices.stations.filter(near).map((row) => item("stations", row, { rank: -row.index })).sort(worst),
    gates: devices.gates.filter(near).map((row) => item("gates", row, { rank: rank(GATE_STATES, row.state) })).sort(worst),
    sites: devices.sites.filter(near).map((row) => item("sites", row, { rank: rank(SITE_STATES, row.state) })).sort(worst),
  };
}

/** What of a gate is waiting in all directions; null where nobody knows. */
export function waitingAt(gate) {
  const known = gate.directions.map((each) => each.waiting).filter((each) => each !== undefined);
  return known.length ? known.reduce((sum, each) => sum + each, 0) : null;
}

/** Black or white, whichever reads better on a colour. */
export function inkOn([r, g, b]) {
  const linear = [r, g, b].map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return light > 0.179 ? "#000000" : "#ffffff";
}
