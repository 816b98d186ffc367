"""Kafka clients of other people that are programs: Java's console tools, and kcat."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from deploy.local import jars, java

TOOLS = jars.Jar(
    "org.apache.kafka", "kafka-tools", jars.KAFKA_VERSION, 615_926,
    "cb7aedcd2e418b86079c4b35257c8e37800eea84723c78c8b90f535bd589888e",
)  # fmt: skip
"""The console tools, which the broker does without; size and digest are those of the broker's version."""
CLASSES = {
    "kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-console-producer.sh": "org.apache.kafka.tools.ConsoleProducer",
}

_UNPACKED = Path(__file__).parents[1] / "build" / "kcat" / "usr" / "bin"


def console_tools(folder: Path) -> Path:
    """Put Java's console tools into a folder, under the names that they have in Kafka's own."""
    cache = jars.default_cache()
    try:
        class_path = [*jars.class_path(), TOOLS.path(cache)]
        with jars._locked(cache):
            jars._download([jar for jar in (TOOLS,) if not jar.is_intact(cache)], cache, None)
        command = [str(java.runtime()), "-Xmx128m", "-cp", os.pathsep.join(map(str, class_path))]
    except (jars.JarError, java.NoJavaError) as error:
        _lacking(str(error))
    for name, main in CLASSES.items():
        _put(folder / name, f"exec {shlex.join([*command, main])}")
    return folder


def kcat_in(folder: Path) -> Path:
    """Put kcat into a folder; it finds its libraries where the package was only unpacked."""
    found = shutil.which("kcat") or shutil.which("kcat", path=str(_UNPACKED))
    if found is None:
        _lacking("the test needs kcat: .ci/run gets it from the system's packages")
    libraries = os.pathsep.join(map(str, Path(found).parents[2].glob("usr/lib/*-linux-gnu")))
    _put(folder / "kcat", f"LD_LIBRARY_PATH={shlex.quote(libraries)} exec {shlex.quote(found)}")
    return folder


def _put(path: Path, start: str) -> None:
    path.write_text(f'#!/bin/sh\n{start} "$@"\n')
    path.chmod(0o755)


def _lacking(what: str) -> NoReturn:
    if os.environ.get("CI") or os.environ.get("IOC_REQUIRE_BROKER"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)
