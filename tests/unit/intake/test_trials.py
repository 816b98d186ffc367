from __future__ import annotations

from datetime import timedelta

from ioc.catalog.programme import Trial
from ioc.intake.trials import TrialWatch
from tests.unit.detect.support import NOON, after
from tests.unit.intake.network import device, sample

TRIALS = {"5g-a": Trial("5g-a", "Khu A", "5G")}
NOON_MS = round(NOON.timestamp() * 1000)


def test_figures_of_a_registered_trial_site_are_shown_while_they_are_fresh() -> None:
    watch = TrialWatch(TRIALS, [device("QN-1", tags=("5g-a",)), device("QN-2")])
    assert watch.watches
    for one in (
        sample(0, rsrp=-90, sinr=12, users=40, site="QN-1", technology="5G"),
        sample(-1, rsrp=-60, site="QN-1", technology="5G"),  # late
        sample(1, rsrp=-70, site="QN-1", technology="4G"),
        sample(1, rsrp=-71, site="QN-2", technology="5G"),
        sample(1, rsrp=-72, site="QN-1", technology="5G", measured_by="handset"),
        sample(2, users=41, site="QN-1", technology="5G"),
    ):
        assert watch.take(one, one.observed_at.timestamp(), 0) is None
    assert watch.gauges(NOON_MS) == {
        ("ioc_bts_trial_rsrp_dbm", "5g-a"): -90,
        ("ioc_bts_trial_sinr_db", "5g-a"): 12,
        ("ioc_bts_trial_users", "5g-a"): 41,
    }
    assert watch.gauges(round((after(0) + timedelta(hours=4)).timestamp() * 1000)) == {}


def test_without_a_tag_in_the_register_nothing_is_watched() -> None:
    assert not TrialWatch(TRIALS, [device("QN-1", tags=("5g-b",))]).watches
