"""The jam's bar, on a simulated clock: told while all who wait could still cross within four hours."""

from __future__ import annotations

from datetime import datetime

import pytest

from connectors.simulator.jam import LENGTH_S
from tests.scenario.conftest import Play

# A minute of CPU in one go, of which a busy machine makes several.
pytestmark = pytest.mark.timeout(600)


def test_the_first_alert_comes_while_the_backlog_is_below_four_hours(play: Play) -> None:
    jam = play("border-jam", scale=0.01, hours=LENGTH_S / 3600)
    alerts = [(at, alert) for at, alert in jam.written.alerts if alert["subcategory"] == "border_queue"]
    assert jam.truth["peak"]["waiting"] > 1_350
    assert alerts[0][0] < datetime.fromisoformat(jam.truth["backlog_4_h_at"])
    assert {alert["reason"] for _, alert in alerts} >= {"opened", "worsened"}
    assert len({alert["incident_id"] for _, alert in alerts}) == 1
