from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import pytest

from ioc.tomlfile import ConfigError
from ioc.ves.mapping import Place, load_ves_mapping, plain, shipped_ves_mapping

RAW = (files("ioc.catalog") / "common" / "ves.toml").read_bytes()


def test_the_shipped_mapping_says_what_the_guide_says() -> None:
    mapping = shipped_ves_mapping()
    assert mapping.site == (Place("header", "sourceName"),)
    assert mapping.operator == (Place("additional", "operator"), Place("publisher"))
    assert mapping.default_technology == "4G"
    assert mapping.technologies[plain("eNodeB")] == "4G"
    assert mapping.severities["thresholdCrossingAlert"]["CRITICAL"] == "major"


def replaced(old: str, new: str) -> Callable[[], bytes]:
    text = RAW.decode()
    assert old in text
    return lambda: text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("change", "key", "problem"),
    [
        (replaced('["header.sourceName"]', '["header.sequence"]'), "site.from", "is no text of"),
        (replaced('["header.sourceName"]', '["sourceName"]'), "site.from", "is no place"),
        (replaced('["header.sourceName"]', "[]"), "site.from", "at least one place"),
        (replaced('"publisher"]', '"publisher.x"]'), "operator.from", "is no place"),
        (replaced('default = "4G"', 'default = "6G"'), "technology.default", "must be one of"),
        (replaced('"GERAN"', '"LTE"'), "technology.spellings.4G", "another technology"),
        (replaced('NORMAL = "normal"', 'NORMAL = "fine"'), "severity.fault.NORMAL", "must be one of"),
        (replaced('"rsrq", ', '"rsrp", '), "figures[1].names", "another figure"),
        (replaced('"rsrq", ', '"--", '), "figures[1].names", "letters or digits"),
        (replaced("scale = 0.01", "scale = 0"), "figures[4].scale", "more than 0"),
        (replaced('of_several = "sum"', 'of_several = "mean"'), "figures[5].of_several", "must be one of"),
        (replaced('field = "users"', 'field = "user"'), "figures[5].field", "must be one of"),
        (replaced("no_value =", "novalue ="), "no_value", "is missing"),
        (replaced("[site]", "[site]\nfrm = 1"), "site.frm", "is not known here"),
    ],
)
def test_a_mistake_is_refused_with_its_key(change: Callable[[], bytes], key: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_ves_mapping(change())
    assert refused.value.key == key
    assert problem in refused.value.problem
