"""The README's examples are configuration that loads."""

from __future__ import annotations

import re
from pathlib import Path

import ioc.detect
from ioc.detect import load_rules
from tests.unit.detect.support import SHIPPED, ZONE

README = Path(ioc.detect.__file__).parent / "README.md"


def test_the_examples_load_beside_what_ships() -> None:
    examples = re.findall(r"^```toml\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    limits = load_rules("\n".join([SHIPPED.read_text(), *examples]).encode(), ZONE).sensors
    (noise,) = limits.sets["noise-school"]["noise"].limits
    assert (noise.samples, noise.timing.hold_us, noise.timing.quiet_us) == (3, 300_000_000, 900_000_000)
    assert noise.timing.eases
    assert noise.note == "đã được quy định khác thay thế"
    assert limits.by_device["song-vi-du"]["water_level"].limits[0].rung(3).label == "báo động III"
    permit = limits.by_device["nuoc-thai-7"]["tss"].limits[0]
    assert permit.rung(1).limit == 40 * 0.9 * 1.1
    assert limits.by_class["river-station"] == ("surface-health",)
