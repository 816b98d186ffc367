"""Known vulnerabilities of the pinned packages: ``python -m deploy.audit [REQUIREMENTS]``.

Exit codes: 0 every package was asked for and none has a known hole; 1 at least one has; 3 none that was asked for has,
but not all could be: an audit that was not made is not a clean one, and whoever calls decides what that means.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, NamedTuple

HOLES, NOT_ASKED = 1, 3


class Verdict(NamedTuple):
    """What came out of it.

    Attributes:
        code: Exit code.
        lines: What is said, for people.

    """

    code: int
    lines: list[str]


def verdict(dependencies: list[dict[str, Any]]) -> Verdict:
    """Judge the ``dependencies`` of pip-audit's JSON: each has ``vulns``, or a ``skip_reason``."""
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no release'}"
        for each in dependencies
        for hole in each.get("vulns", ())
    ]
    unknown = sum("skip_reason" in each for each in dependencies)
    asked = len(dependencies) - unknown
    lines = [*holes, f"{asked} of {len(dependencies)} pinned packages were audited, {len(holes)} known vulnerabilities"]
    if unknown or not dependencies:
        lines.append("The vulnerability service gave no answer for the others: for them this says nothing")
    code = HOLES if holes else NOT_ASKED if unknown or not dependencies else 0
    return Verdict(code, lines)


def audit(requirements: str) -> Verdict:
    """Ask the service that pip-audit asks for every pin of a lock file."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    told = subprocess.run([*command, "--requirement", requirements], capture_output=True, text=True, check=False)
    try:
        return verdict(json.loads(told.stdout)["dependencies"])
    except (ValueError, KeyError):
        reason = (told.stderr.strip().splitlines() or ["no reason given"])[-1]
        return Verdict(NOT_ASKED, [f"Nothing was audited: {reason}"])


def main() -> int:
    """Read the command line; say what was found."""
    found = audit(*(sys.argv[1:] or ["requirements.lock"]))
    print("\n".join(found.lines))
    return found.code


if __name__ == "__main__":
    sys.exit(main())
