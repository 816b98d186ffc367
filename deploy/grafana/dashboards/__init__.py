"""The dashboards, one module each."""

from __future__ import annotations

from typing import Final

from deploy.grafana.board import Board
from deploy.grafana.dashboards import base_stations, duty, environment, gate, pipeline, quality, service

BOARDS: Final[tuple[Board, ...]] = (
    duty.BOARD,
    service.BOARD,
    environment.BOARD,
    base_stations.BOARD,
    gate.BOARD,
    quality.BOARD,
    pipeline.BOARD,
)
"""In the order of a day: who is on duty first, who looks after the machinery last."""
