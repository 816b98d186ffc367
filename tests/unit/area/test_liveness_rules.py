"""Rules of liveness as data: the shipped ones, and what is refused."""

from __future__ import annotations

import re

import pytest

from ioc.area.liveness import load_liveness
from ioc.area.liveness.memory import Times
from ioc.area.liveness.roll import Roll
from ioc.tomlfile import ConfigError
from tests.unit.area.liveness_support import SHIPPED, Places, device, rules

TEXT = SHIPPED.read_text()


def test_the_shipped_rules_say_where_their_figures_are_from() -> None:
    shipped = rules()
    assert (shipped.multiple, shipped.area_share, shipped.least) == (3, 0.5, 2)
    assert "VES" in shipped.source
    assert shipped.device(("school",)) == shipped.device(()) == "normal"
    assert shipped.device(("school", "hospital")) == "high"


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("multiple = 3", "multiple = 1", "multiple", "more than 1"),
        ("recover = 2", "recover = 0.5", "recover", "at least 1"),
        ("gap_s = 60", "gap_s = 0.5", "gap_s", "at least 1"),
        ("clear_share = 0.3", "clear_share = 0.5", "clear_share", "below `share`"),
        ("share = 0.5\nclear", "share = 1\nclear", "share", "below 1"),
        ("least = 5", "least = 1", "least", "at least 2"),
        ('site = "normal"', 'site = "grave"', "site", "must be one of"),
        ('hospital = "high"', 'hospital = "normal"', "hospital", "graver"),
        ('flatline = "stuck"', 'flatline = "online"', "flatline", "must be one of"),
        ("settle_s = 60", "setle_s = 60", "settle_s", "is 'setle_s' meant"),
    ],
)
def test_a_wrong_rule_is_refused_with_file_line_and_key(old: str, new: str, key: str, problem: str) -> None:
    broken = TEXT.replace(old, new, 1)
    assert broken != TEXT
    with pytest.raises(ConfigError, match=re.escape(problem)) as caught:
        load_liveness(broken.encode(), "here/liveness.toml")
    assert caught.value.file == "here/liveness.toml"
    assert caught.value.key.endswith(key)
    if "set" not in new:
        changed = next(n for n, lines in enumerate(zip(TEXT.split("\n"), broken.split("\n"), strict=True), 1)
                       if lines[0] != lines[1])  # fmt: skip
        assert caught.value.line == changed


def test_times_of_devices_survive_and_damaged_ones_are_refused() -> None:
    roll = Roll([device(f"d-{n}") for n in range(200)], Places(), 3, 15_000)
    times, entries = Times(roll), {}
    times.meet(5)
    for slot in range(0, 200, 2):
        times.hear(slot, 1000 + slot)

    class Store:
        def put(self, key: bytes, value: bytes) -> None:
            entries[key] = value

        def delete(self, key: bytes) -> None:
            raise AssertionError(key)

    times.write(Store())
    assert len(entries) <= 64
    fewer = Roll([device(f"d-{n}") for n in range(100, 300)], Places(), 3, 15_000)
    again = Times(fewer)
    for value in entries.values():
        again.load(value)
    found = {each.id: again.raw[slot] for slot, each in enumerate(fewer.devices)}
    known = {each.id: times.raw[slot] for slot, each in enumerate(roll.devices)}
    assert found == {name: known.get(name, 0) for name in found}
    with pytest.raises(ValueError, match="16 bytes"):
        again.load(b"12345")
