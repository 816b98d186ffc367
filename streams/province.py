"""The catalogue in force: a changed folder is read beside the work, and takes over between two rounds or is refused.

A catalogue is in everything that agents are made of. So nothing of theirs is exchanged: other agents are made of the
new one, and open every partition from its committed state, as after a restart. No round sees two catalogues.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from prometheus_client import CollectorRegistry

from ioc import metrics
from ioc.catalog import Catalogue, Content
from ioc.routing import ROUTES_FILE
from streams.metrics import gauge
from streams.transport import BatchAgent
from streams.watched import FolderStamp

log = logging.getLogger(__name__)

_BY_THEMSELVES: Final = (ROUTES_FILE,)
"""Files that are watched one by one: they are exchanged without the rest."""


class ProvinceSource(Protocol):
    """Where the province's files are."""

    @property
    def paths(self) -> Sequence[Path]:
        """Files and folders that may change; none: nothing is watched."""
        ...

    def read(self) -> Content:
        """What they hold now.

        Raises:
            ValueError: it cannot be used; says why.

        """
        ...

    def catalogue(self, content: Content) -> Catalogue:
        """The catalogue of it.

        Raises:
            ValueError: with file, line, column and reason.

        """
        ...


@dataclass(frozen=True, slots=True)
class Generation:
    """What is made of one catalogue.

    Attributes:
        catalogue: The catalogue.
        agents: They do the work.
        looks: What keeps their files, such as the routes, in step.

    """

    catalogue: Catalogue
    agents: Sequence[BatchAgent]
    looks: Sequence[Callable[[], None]]


class CatalogueWatch:
    """Keeps the worker's agents in step with the province's files.

    ``look`` is for a thread beside the work, ``successors`` for the engine.

    Args:
        source: Where the files are.
        content: What the generation in force was made of.
        first: The generation in force.
        make: Makes a generation and tries it out: what is wrong shows there, as ``ValueError`` or ``OSError``.
        registry: What metrics are shown of.

    """

    def __init__(
        self,
        source: ProvinceSource,
        content: Content,
        first: Generation,
        make: Callable[[Catalogue, Content], Generation],
        registry: CollectorRegistry,
    ) -> None:
        self._source = source
        self._make = make
        self._stamp = FolderStamp(source.paths, _BY_THEMSELVES)
        self._where = ", ".join(map(str, source.paths)) or "the package"
        self._newest = first
        self._digest = content.digest(_BY_THEMSELVES)
        self._waiting: deque[Generation] = deque(maxlen=1)
        self._complaint = ""
        self._up = gauge(metrics.CATALOGUE_UP, registry)
        self._info = gauge(metrics.CATALOGUE_INFO, registry)
        self._shown = ""
        self._up.set(1)
        self._announce(first.catalogue)

    def look(self) -> None:
        """Take up changed files; what is wrong with them is said once."""
        try:
            changed = self._stamp.changed() if self._source.paths else False
        except OSError as error:
            self._unreadable(error)
            changed = False
        if changed is None:
            return
        if changed:
            self._read()
        for look in self._newest.looks:
            look()

    def successors(self) -> Sequence[BatchAgent] | None:
        """Agents of a catalogue that was taken up since this was asked last; they are at work from here on."""
        if not self._waiting:
            return None
        generation = self._waiting.pop()
        self._announce(generation.catalogue)
        return generation.agents

    def _read(self) -> None:
        try:
            content = self._source.read()
            digest = content.digest(_BY_THEMSELVES)
            if digest != self._digest:
                catalogue = self._source.catalogue(content)
                _same_province(self._newest.catalogue, catalogue)
                self._newest = self._make(catalogue, content)
                self._digest = digest
                self._waiting.append(self._newest)
        except ValueError as error:
            self._complain(str(error))
        except OSError as error:
            self._unreadable(error)
        except Exception as error:
            log.exception("no check foresaw what is wrong with the province's data")
            self._complain(f"nothing can be made of the province's data ({type(error).__name__})")
        else:
            self._complaint = ""
            self._up.set(1)

    def _announce(self, catalogue: Catalogue) -> None:
        log.info("catalogue %s is in force, read from %s", catalogue.version, self._where)
        self._info.labels(catalogue.version).set(1)
        if self._shown not in {"", catalogue.version}:
            self._info.remove(self._shown)
        self._shown = catalogue.version

    def _unreadable(self, error: OSError) -> None:
        self._stamp.again()
        self._complain(f"{error.filename} cannot be read: {error.strerror}")

    def _complain(self, why: str) -> None:
        if why != self._complaint:
            log.error("refused: %s; catalogue %s stays in force", why, self._shown)
        self._complaint = why
        self._up.set(0)


def _same_province(old: Catalogue, new: Catalogue) -> None:
    """Refuse what a running system cannot follow.

    Raises:
        ValueError: the province, its time zone or its centres are others.

    """
    if (old.province_code, old.timezone) != (new.province_code, new.timezone):
        raise ValueError("province.toml: another province or time zone needs a restart of every process")
    if others := sorted(set(old.centres) ^ set(new.centres)):
        raise ValueError(
            f"centres.csv: {', '.join(others)} came or went; centres have topics and streams of their own: "
            "run `ioc topics create` and restart every process"
        )
