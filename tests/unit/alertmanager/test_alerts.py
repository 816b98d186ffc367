from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from ioc.alertmanager import Shown, alert, configuration, fingerprint, groups, read_filter, status
from ioc.alertmanager.alerts import STANDS, labels, notes
from ioc.records import encode
from tests.system import stored

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def incident(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(encode(stored.incident(**changes)))
    return found


def told(*, silenced: tuple[str, ...] = (), inhibited: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    record = incident(**changes)
    return alert(
        record, NOW, named=labels(record, "normal"), silenced_by=[*silenced], inhibited_by=[*inhibited],
        link="http://here/v1/incidents/" + record["incident_id"],
    )  # fmt: skip


def test_labels_are_codes_and_words_are_annotations() -> None:
    record = incident(title="Cháy nhà ở phường Bãi Cháy", unit="", subcategory="house_fire", acknowledged_at=NOW)
    found = labels(record, "emergency")
    assert (found["alertname"], found["incident"]) == ("house_fire", record["incident_id"])
    assert (found["mode"], found["acknowledged"], found["overdue"]) == ("emergency", "true", "false")
    assert "unit" not in found, "what is empty is not there"
    assert all(value and len(value) <= 64 and value.isascii() for value in found.values())
    assert notes(record)["summary"] == "Cháy nhà ở phường Bãi Cháy"
    assert all(isinstance(value, str) and value for value in notes(record).values())


def test_without_a_subcategory_the_category_names_the_alert() -> None:
    assert labels(incident(subcategory=""), "normal")["alertname"] == incident()["category"]


def test_a_fingerprint_is_of_sixteen_digits_and_outlives_every_change() -> None:
    one, other = told(severity="high"), told(severity="critical", status="accepted")
    assert one["fingerprint"] == other["fingerprint"] == fingerprint(one["labels"]["incident"])
    assert fingerprint("x") == "e7ac1acb1ca5563d", "FNV-1a of the one label's name and value, each with 0xff after it"


def test_what_nothing_holds_back_is_active_and_ends_later_than_now() -> None:
    found = told()
    assert found["status"] == {"state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": []}
    assert found["endsAt"] == NOW + STANDS > NOW
    assert found["receivers"] == [{"name": found["labels"]["centre"]}]
    assert datetime.fromisoformat(found["startsAt"]) <= datetime.fromisoformat(found["updatedAt"])


@pytest.mark.parametrize(
    ("shown", "which"),
    [
        (Shown(), {"active", "silenced", "inhibited"}),
        (Shown(active=False), {"silenced", "inhibited"}),
        (Shown(silenced=False), {"active", "inhibited"}),
        (Shown(inhibited=False), {"active", "silenced"}),
        (Shown(silenced=False, inhibited=False), {"active"}),
        (Shown(read_filter(['severity="low"'])), set()),
    ],
)
def test_alerts_are_chosen_by_state_and_labels(shown: Shown, which: set[str]) -> None:
    made = {
        "active": told(),
        "silenced": told(silenced=("22-silence-a",)),
        "inhibited": told(inhibited=("0" * 16,)),
    }
    assert {name for name, each in made.items() if shown.fits(each)} == which


def test_groups_are_of_a_centre_and_a_category_and_may_leave_out_what_is_held_back() -> None:
    found = [told(centre="south"), told(centre="north"), told(centre="north", silenced=("s",))]
    made = groups(found, muted=True)
    assert [(each["receiver"]["name"], len(each["alerts"])) for each in made] == [("north", 2), ("south", 1)]
    assert made[0]["labels"] == {"category": found[0]["labels"]["category"], "centre": "north"}
    assert groups([told(silenced=("s",))], muted=False) == []


def test_the_configuration_sends_each_centre_its_own_and_the_rest_to_the_province() -> None:
    written = configuration(["north", "province"])
    assert written.startswith('route:\n  receiver: "province"\n')
    assert "matchers: ['centre=\"north\"']" in written
    assert configuration(["north"]).startswith('route:\n  receiver: "north"\n')
    assert status(["north"], "1.2.3", NOW - timedelta(hours=1))["versionInfo"]["version"] == "1.2.3"
