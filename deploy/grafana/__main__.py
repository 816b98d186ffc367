"""``python -m deploy.grafana``: write the dashboards as JSON; ``places FOLDER``: the maps' places of a province.

The dashboards are the same for every province. The places are committed for the shipped one; another province, or one
with a register of devices, has its own made with ``--province`` and ``--devices``, where Grafana serves them from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from deploy.grafana.gazetteer import as_text, communes, places
from ioc.catalog import DEVICES_FILE, CatalogueError, load_catalogue, load_folder, shipped_province

_HERE: Final = Path(str(files("deploy.grafana")))
JSON: Final = _HERE / "json"
PUBLIC: Final = _HERE / "public"
"""As Grafana's own folder of static files, which these are put beside."""


def dashboards() -> Iterator[tuple[str, str]]:
    """Name and text of every dashboard's file."""
    from deploy.grafana.dashboards import BOARDS  # noqa: PLC0415 - needs the SDK, which places do not

    for board in BOARDS:
        yield f"{board.uid}.json", json.dumps(board.build(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def public(province: Path | None = None, devices: Path | None = None) -> Iterator[tuple[str, str]]:
    """Name and text of the files that the maps need.

    Args:
        province: Folder of the province's data; the shipped one unless given.
        devices: Register of devices, if it is not in that folder.

    Raises:
        CatalogueError: a file of the province is wrong.

    """
    content = dict(load_folder(province or shipped_province()))
    if devices is not None:
        content[DEVICES_FILE] = devices.read_bytes()
    catalogue = load_catalogue(content)
    yield "gazetteer/ioc-places.json", as_text(places(catalogue))
    yield "maps/ioc-communes.geojson", as_text(communes(catalogue))


def write(folder: Path, written: Iterator[tuple[str, str]]) -> list[Path]:
    """Put files into a folder; returns where they are."""
    found = []
    for name, text in written:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        found.append(path)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.grafana", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command")
    asked = commands.add_parser("places", help="only the places of the maps, of a province")
    asked.add_argument("folder", type=Path, help="where Grafana finds them: its folder `public`, or one mounted there")
    asked.add_argument("--province", type=Path, help="folder of the province's data; the shipped one unless given")
    asked.add_argument("--devices", type=Path, help="register of devices (devices.csv)")
    given = parser.parse_args(arguments)
    try:
        if given.command == "places":
            paths = write(given.folder, public(given.province, given.devices))
        else:
            paths = [*write(JSON, dashboards()), *write(PUBLIC, public())]
    except (CatalogueError, OSError) as error:
        print(error, file=sys.stderr)
        return 78
    for path in paths:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
