"""The broker's jars: a pinned list with checksums, fetched once from Maven Central by jgo.

``kafka-jars.csv`` lists what jgo resolved for the pinned version. A start downloads what the cache lacks, checks every
file against its SHA-256, and asks nobody when all are there. The cache is shared by all checkouts of a user, so a
second environment starts without the network.

``python -m deploy.local.jars`` resolves the pinned version anew and rewrites the list.
"""

from __future__ import annotations

import contextlib
import csv
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

KAFKA_VERSION: Final = "4.1.2"
_ROOTS: Final = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    "org.slf4j:slf4j-simple:1.7.36",  # Kafka logs through slf4j and leaves the choice of a writer to us
)
_LIST: Final = "kafka-jars.csv"
_COLUMNS: Final = ("group", "artifact", "version", "bytes", "sha256")
_CONNECTIONS: Final = 8
_TIMEOUT_S: Final = 60

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes that are wanted."""


class JarError(RuntimeError):
    """The jars cannot be had; the text is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One file of the list."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    def path(self, cache: Path) -> Path:
        """Where it lies in a Maven repository folder."""
        folder = cache.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def is_intact(self, cache: Path) -> bool:
        """Whether the cache has the file with the pinned content: a download may have been cut short."""
        path = self.path(cache)
        return path.is_file() and path.stat().st_size == self.size and _sha256(path) == self.sha256


def default_cache() -> Path:
    """``IOC_CACHE``, else ``ioc-stream`` in the user's cache folder."""
    if given := os.environ.get("IOC_CACHE"):
        return Path(given).expanduser() / "maven"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ioc-stream" / "maven"


def pinned() -> list[Jar]:
    """The list that belongs to :data:`KAFKA_VERSION`."""
    text = files("deploy.local").joinpath(_LIST).read_text(encoding="utf-8")
    return [
        Jar(row["group"], row["artifact"], row["version"], int(row["bytes"]), row["sha256"])
        for row in csv.DictReader(text.splitlines())
    ]


def class_path(cache: Path | None = None, progress: Progress | None = None) -> list[Path]:
    """All jars of the broker, downloaded if needed and verified.

    Args:
        cache: Maven repository folder; :func:`default_cache` if not given.
        progress: Called while bytes arrive; not called when nothing is missing.

    Raises:
        JarError: the repository does not answer, the disk is full, or a file is not the pinned one.

    """
    cache = cache or default_cache()
    jars = pinned()
    try:
        if not all(jar.is_intact(cache) for jar in jars):
            with _locked(cache):
                _download([jar for jar in jars if not jar.is_intact(cache)], cache, progress)
    except OSError as error:
        raise JarError(f"Cannot keep Kafka's jars in {cache}: {error.strerror or error}.") from error
    return [jar.path(cache) for jar in jars]


def _download(missing: list[Jar], cache: Path, progress: Progress | None) -> None:
    from jgo.maven import MavenContext  # noqa: PLC0415  # takes half a second that only the first start needs

    context = MavenContext(repo_cache=cache, timeout=_TIMEOUT_S)
    wanted, there = sum(jar.size for jar in missing), 0

    def fetch(jar: Jar) -> Jar:
        shutil.rmtree(jar.path(cache).parent, ignore_errors=True)
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
        return jar

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        largest_first = sorted(missing, key=lambda jar: -jar.size)
        for done in as_completed([pool.submit(fetch, jar) for jar in largest_first]):
            try:
                jar = done.result()
            except Exception as error:  # jgo raises RuntimeError, requests' errors and OSError alike
                pool.shutdown(wait=False, cancel_futures=True)
                if isinstance(error, OSError) and error.errno is not None and not _is_network(error):
                    raise
                raise JarError(f"Cannot download Kafka's jars from Maven Central: {_reason(error)}.") from error
            if not jar.is_intact(cache):
                raise JarError(
                    f"{jar.artifact}-{jar.version}.jar from Maven Central is not the file that {_LIST} pins "
                    f"by its SHA-256; it was not used."
                )
            there += jar.size
            if progress is not None:
                progress(there, wanted)


def _is_network(error: OSError) -> bool:
    return isinstance(error, ConnectionError | TimeoutError) or type(error).__module__.startswith("requests")


def _reason(error: Exception) -> str:
    """The innermost cause, in one line."""
    cause: BaseException = error
    while cause.__cause__ is not None or cause.__context__ is not None:
        cause = cause.__cause__ or cause.__context__ or cause
    return " ".join(str(cause).split()) or type(cause).__name__


@contextlib.contextmanager
def _locked(cache: Path) -> Iterator[None]:
    """One download at a time; whoever waited finds the files there."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resolve(cache: Path) -> list[Jar]:
    """Ask jgo for the pinned version and all that it needs at run time, with the checksums of what came."""
    from jgo.maven import MavenContext  # noqa: PLC0415

    context = MavenContext(repo_cache=cache, timeout=_TIMEOUT_S)
    roots = [context.create_dependency(coordinate) for coordinate in _ROOTS]
    inputs, transitive = context.resolver.resolve(roots)
    jars = []
    for dependency in (*inputs, *transitive):
        path = dependency.artifact.resolve()
        jars.append(
            Jar(dependency.groupId, dependency.artifactId, dependency.version, path.stat().st_size, _sha256(path))
        )
    return sorted(jars, key=lambda jar: (jar.group, jar.artifact))


def main() -> int:
    """Rewrite the list beside this module."""
    jars = resolve(default_cache())
    with Path(__file__).with_name(_LIST).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows((jar.group, jar.artifact, jar.version, jar.size, jar.sha256) for jar in jars)
    print(f"{_LIST}: {len(jars)} jars, {sum(jar.size for jar in jars) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
