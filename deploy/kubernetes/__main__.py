"""``python -m deploy.kubernetes [FOLDER]``: write users and topics of the Kafka cluster for kustomize.

Another province's come from its folder: ``python -m deploy.kubernetes overlays/mine --province /srv/province``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.kubernetes.resources import topics, users
from ioc.catalog import CatalogueError, load_catalogue, load_folder, shipped_province
from ioc.settings import WorkerSettings

BASE: Final = Path(str(files("deploy.kubernetes"))) / "base"
_HEAD: Final = "# Made by `python -m deploy.kubernetes` of {source}; changes belong there.\n"


def texts(province: Path | None = None) -> dict[str, str]:
    """Name and text of every file that is made.

    Args:
        province: Folder of the province's data; the shipped one unless given.

    Raises:
        CatalogueError: the province's data cannot be used.

    """
    content = load_folder(province or shipped_province())
    centres = list(load_catalogue(content).centres)
    return {
        "kafka-users.yaml": _text(users(centres, WorkerSettings().group), "ioc/access.py"),
        "kafka-topics.yaml": _text(topics(centres), "ioc/topics.py"),
    }


def _text(resources: Sequence[Mapping[str, Any]], source: str) -> str:
    dumped = yaml.safe_dump_all(resources, sort_keys=False, width=120, explicit_start=True)
    return _HEAD.format(source=source) + dumped


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 and a sentence when the province's data or the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m deploy.kubernetes")
    parser.add_argument("folder", type=Path, nargs="?", default=BASE, help="where to write (%(default)s)")
    parser.add_argument("--province", type=Path, help="folder of the province's data; the shipped one unless given")
    chosen = parser.parse_args(arguments)
    try:
        for name, text in texts(chosen.province).items():
            (chosen.folder / name).write_text(text, encoding="utf-8")
            print(chosen.folder / name)
    except (CatalogueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
