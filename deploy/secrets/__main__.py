"""``python -m deploy.secrets FOLDER``: make the secrets of an installation; again: what is missing.

What is there is never replaced unless ``--rotate`` names it. The last lines say what has to follow a rotation.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from deploy.secrets.installation import IMAGE_USER, ROTATABLE, USERS, Installation, Place

_FOLLOWS: Final = {
    "certificates": "start Kafka, PostgreSQL and Mosquitto again; clients trust the same authority",
    "users": "`ioc access apply --passwords FOLDER/users`, then start the product's processes again",
    "mqtt": "start Mosquitto and the bridge again",
    "postgres": "give the database the new passwords (ALTER ROLE), then start store and gateway again",
    "grafana": "`grafana cli admin reset-admin-password` with the new one",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, 1 and a sentence on stderr when the folder cannot be used, 2 for a wrong command line."""
    chosen = _parser().parse_args(arguments)
    place = Place(PurePosixPath(chosen.at), PurePosixPath(chosen.data), chosen.kafka, chosen.postgres, chosen.mqtt)
    installation = Installation(chosen.folder, place)
    try:
        made = installation.make(chosen.rotate)
        if os.geteuid() == 0:
            installation.give_to(chosen.user, chosen.user)
        ending = installation.ending(datetime.now(UTC))
    except (OSError, ValueError) as error:
        print(f"{chosen.folder} cannot be used: {error}", file=sys.stderr)
        return 1
    for name in made:
        print(name)
    print(f"{len(made)} files written in {chosen.folder}.", file=sys.stderr)
    for name in ending:
        print(f"{name} ends within a month: --rotate certificates", file=sys.stderr)
    for name in dict.fromkeys("users" if each in USERS else each for each in chosen.rotate):
        print(f"Now: {_FOLLOWS[name]}.", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    usual = Place()
    parser = argparse.ArgumentParser(prog="python -m deploy.secrets", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where they are kept; nobody but its owner may look into it")
    parser.add_argument(
        "--rotate", action="append", default=[], metavar="NAME", choices=(*ROTATABLE, *USERS),
        help=f"make these anew; repeatable: {', '.join((*ROTATABLE, *USERS))}",
    )  # fmt: skip
    parser.add_argument("--at", default=usual.at, help="where the processes see the folder (%(default)s)")
    parser.add_argument("--data", default=usual.data, help="where Kafka keeps its records (%(default)s)")
    parser.add_argument("--kafka", default=usual.kafka, help="name of Kafka for everybody (%(default)s)")
    parser.add_argument("--postgres", default=usual.postgres, help="name of the database (%(default)s)")
    parser.add_argument("--mqtt", default=usual.mqtt, help="name of the MQTT broker (%(default)s)")
    parser.add_argument(
        "--user", type=int, default=IMAGE_USER, help="who owns the files when root makes them (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
