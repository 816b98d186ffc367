"""Grafana: dashboards written in Python and committed as JSON, what it is provisioned with, and places for its maps.

Map: ``panels`` and ``board`` are the vocabulary, ``dashboards`` has one module per dashboard, ``gazetteer`` makes the
places of maps out of the province's catalogue. ``python -m deploy.grafana`` writes the files; ``json``, ``gazetteer``
and ``provisioning`` are what Grafana reads. The generator needs the Grafana Foundation SDK, which the product does not.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = "11.6.0"
"""Grafana whose schema the dashboards have: the image is ``grafana/grafana`` with this tag."""
