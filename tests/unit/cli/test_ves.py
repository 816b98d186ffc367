from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from connectors.cli.checks import province
from connectors.cli.errors import Misconfigured
from connectors.cli.ves import load_ves
from ioc.catalog import shipped_province
from ioc.settings import ProvinceSettings, Settings
from ioc.ves import shipped_ves_mapping

SHIPPED = (files("ioc.catalog") / "common" / "ves.toml").read_text()


def settings(folder: Path, ves: str) -> Settings:
    """A province that is the shipped one but for its ``ves.toml``."""
    for file in shipped_province().iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "ves.toml").write_text(ves)
    return Settings(province=ProvinceSettings(folder=folder))


def test_a_province_may_say_itself_where_things_stand_in_ves_events(tmp_path: Path) -> None:
    assert load_ves(Settings()) == shipped_ves_mapping()
    assert load_ves(settings(tmp_path, SHIPPED.replace('default = "4G"', 'default = "5G"'))).default_technology == "5G"


def test_a_mistake_in_it_is_told_with_file_line_and_key(tmp_path: Path) -> None:
    wrong = settings(tmp_path, SHIPPED.replace("header.sourceName", "header.sourcename"))
    with pytest.raises(Misconfigured, match=r"ves\.toml:\d+: site\.from: 'sourcename' is no text"):
        load_ves(wrong)
    (finding,) = province(wrong)
    assert (finding.state, "site.from" in finding.says) == ("wrong", True)
