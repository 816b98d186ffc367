"""Programs that only tests need: looked for on the path, and where packages are unpacked without being installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.system.running import lacking

_BUILD = Path(__file__).parents[1] / "build"


def found(program: str, package: str, folder: str) -> str:
    """The program; a test that misses it ends here.

    Args:
        program: Its name.
        package: The system's package that it comes with.
        folder: Below ``build``, where that package may be unpacked.

    """
    path = os.pathsep.join([os.environ.get("PATH", ""), str(_BUILD / folder / "usr" / "bin")])
    where = shutil.which(program, path=path)
    if where is None:
        lacking(f"{program} is not on the path: it comes with the system's package {package}")
    return where
