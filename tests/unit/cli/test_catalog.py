"""``ioc catalog``: what is wrong with a province's files, what differs, and others put in place."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from connectors.cli import main
from connectors.cli.catalog_files import put_file, put_folder
from ioc.catalog.devices import COLUMNS

TABLES = Path(__file__).parents[2] / "data" / "second-province"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and no Kafka."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IOC_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The province's folder that the settings name."""
    found = Path(shutil.copytree(TABLES, tmp_path / "live"))
    monkeypatch.setenv("IOC_PROVINCE__FOLDER", str(found))
    return found


def edited(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def register(path: Path, **cells: str) -> Path:
    row = {"id": "d-1", "source": "sensors", "class": "gauge"} | cells
    path.write_text("\n".join([",".join(COLUMNS), ",".join(row.get(column, "") for column in COLUMNS)]))
    return path


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def kept(folder: Path) -> list[Path]:
    return sorted(folder.parent.glob(f"{folder.name}.before-*"))


def test_a_folder_that_can_be_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["catalog", "validate"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("0 devices: can be used")
    assert main.run(["catalog", "validate", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["devices"] == 0


def test_every_wrong_file_is_told_with_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register(folder / "devices.csv", interval_s="often")
    (folder / "liveness.toml").write_text('version = "1"\n[silence]\nmultiple = 0.5\n')
    (folder / "ves.toml").write_text("nonsense = 1\n")
    assert main.run(["catalog", "validate", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "devices.csv, line 2, interval_s: expected seconds above 0, found 'often'"
    assert lines[1].startswith("liveness.toml:3: silence.multiple: must be more than 1")
    assert lines[2].startswith("ves.toml:1: ")
    assert main.run(["catalog", "validate"]) == 78, "the configured one"
    capsys.readouterr()
    main.run(["catalog", "validate", "--json"])
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (first["file"], first["line"], first["column"]) == ("devices.csv", 2, "interval_s")


def test_routes_and_limits_are_held_against_the_catalogue(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited(folder, "routes.yaml", "receiver: ubnd", "receiver: nobody")
    assert main.run(["catalog", "validate", str(folder)]) == 1
    assert capsys.readouterr().out.startswith("routes.yaml, line 2: 'nobody' is neither a unit")


def test_rows_are_compared_by_their_keys(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = Path(shutil.copytree(folder, tmp_path / "new"))
    rows = (new / "departments.csv").read_text().splitlines()
    first = rows[1].split(",")
    phone = rows[0].split(",").index("phone")
    first[phone] = "0203"
    # Another order of rows is no difference.
    (new / "departments.csv").write_text("\n".join([rows[0], *rows[:1:-1], ",".join(first), "to-1,Tổ trực,,,"]) + "\n")
    edited(new, "routes.yaml", "root:", "# đổi\nroot:")
    register(new / "devices.csv")
    assert main.run(["catalog", "diff", str(new), "--json"]) == 0
    found = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert {(each["file"], each["what"], each["key"]) for each in found} == {
        ("departments.csv", "added", "to-1"),
        ("departments.csv", "changed", "/".join(part for part in (first[0], first[-2]) if part)),
        ("devices.csv", "added", "d-1"),
        ("routes.yaml", "added", "1"),
    }
    (changed,) = [each for each in found if each["what"] == "changed"]
    assert changed["cells"] == {"phone": [rows[1].split(",")[phone], "0203"]}
    assert main.run(["catalog", "diff", str(new), str(new)]) == 0
    assert capsys.readouterr().out == "Nothing differs.\n"


def test_a_folder_is_put_in_place_and_the_one_before_is_kept(
    folder: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = Path(shutil.copytree(folder, tmp_path / "new"))
    register(new / "devices.csv")
    old, wanted = content(folder), content(new)
    assert main.run(["catalog", "import", str(new)]) == 2, "nobody can be asked"
    assert content(folder) == old
    assert main.run(["catalog", "import", str(new), "--yes", "--by", "hà"]) == 0
    assert content(folder) == wanted
    (before,) = kept(folder)
    assert content(before) == old
    shown = capsys.readouterr()
    assert "+ d-1" in shown.out
    assert str(before) in shown.err
    written = "".join(path.read_text() for path in home.rglob("*") if path.is_file())
    assert '"catalog.import"' in written
    assert '"hà"' in written
    assert main.run(["catalog", "import", str(before), "--yes"]) == 0
    assert content(folder) == old
    assert main.run(["catalog", "import", str(before), "--yes"]) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert len(kept(folder)) == 2


def test_what_is_wrong_is_not_put_in_place(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = content(folder)
    devices = register(tmp_path / "devices.csv", commune="99999")
    assert main.run(["catalog", "import", str(devices), "--yes"]) == 1
    assert "line 2, commune: '99999' is no commune of communes.csv" in capsys.readouterr().out
    assert content(folder) == old
    assert kept(folder) == []


def test_a_broken_folder_can_be_mended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "communes.csv").write_text("code\n")
    assert main.run(["catalog", "import", str(TABLES), "--yes"]) == 0
    assert "could not be used" in capsys.readouterr().err
    assert main.run(["catalog", "validate"]) == 0


def test_a_file_alone_lands_where_the_settings_name_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = register(tmp_path / "register.csv")
    named.chmod(0o640)
    monkeypatch.setenv("IOC_PROVINCE__DEVICES", str(named))
    old = content(folder)
    new = register(tmp_path / "devices.csv", id="d-2")
    assert main.run(["catalog", "import", str(new), "--yes"]) == 0
    assert named.read_bytes() == new.read_bytes()
    assert stat.S_IMODE(named.stat().st_mode) == 0o640
    assert b"d-1" in kept(named)[0].read_bytes()
    assert content(folder) == old


def test_what_a_file_is_must_be_known(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = register(tmp_path / "thiet-bi.csv")
    assert main.run(["catalog", "import", str(new), "--yes"]) == 2
    assert "--as says which it is" in capsys.readouterr().err
    assert main.run(["catalog", "import", str(new), "--as", "devices.csv", "--yes"]) == 0
    assert (folder / "devices.csv").read_bytes() == new.read_bytes()


def test_boundaries_alone(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = [row.split(",")[0] for row in (folder / "communes.csv").read_text().splitlines()[1:]]
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    features = [{"type": "Feature", "properties": {"code": code}, "geometry": square} for code in codes]
    file = tmp_path / "ranh-gioi.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features[1:]}))
    assert main.run(["catalog", "import", str(file), "--yes"]) == 1
    assert f"no polygon for {codes[0]}" in capsys.readouterr().out
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert main.run(["catalog", "import", str(file), "--yes"]) == 0
    assert f"boundaries.geojson: {len(codes)} added" in capsys.readouterr().out
    assert (folder / "boundaries.geojson").read_bytes() == file.read_bytes()


def test_without_a_folder_one_is_made_under_home_and_is_the_province_from_then_on(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = register(tmp_path / "devices.csv")
    assert main.run(["catalog", "import", str(new), "--yes"]) == 0
    assert f"{home / 'province'} is the province's folder" in capsys.readouterr().err
    assert (home / "province" / "routes.yaml").is_file()
    assert main.run(["catalog", "validate"]) == 0
    assert "1 devices: can be used" in capsys.readouterr().out


def test_files_are_exchanged_where_no_step_does_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.cli.catalog_files._exchange", lambda *_: False)
    folder = tmp_path / "province"
    assert put_folder(folder, {"a": b"1"}) is None
    before = put_folder(folder, {"b": b"2"})
    assert before is not None
    assert (content(before), content(folder)) == ({"a": b"1"}, {"b": b"2"})
    assert put_file(folder / "c", b"3") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["province", before.name]
