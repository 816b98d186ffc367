"""Keeps what a running gateway knows of the province's places in step with its files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from connectors.cli.province import ConfiguredProvince, ProvinceError
from ioc.catalog import Catalogue, Content
from ioc.classify.redact import Redactor
from streams.watched import FolderStamp

_log = logging.getLogger(__name__)

_VES: Final = "ves.toml"


class KnownPlaces:
    """Names of places, which are nobody's names, follow the files; what else a gateway read at its start does not.

    Args:
        source: Where the files are.
        content: What they held at the start.
        catalogue: Made of it.
        redactor: Knows the names.
        followers: Hear of every catalogue that is taken up.

    """

    def __init__(
        self,
        source: ConfiguredProvince,
        content: Content,
        catalogue: Catalogue,
        redactor: Redactor,
        followers: Sequence[Callable[[Catalogue], None]] = (),
    ) -> None:
        self._source = source
        self._ves = content.files[_VES]
        self._centres = set(catalogue.centres)
        self._version = catalogue.version
        self._redactor = redactor
        self._followers = followers
        self._stamp = FolderStamp(source.paths)
        self._complaint = ""

    def look(self) -> None:
        """Take up changed files; what is wrong, or needs a restart, goes to the log once."""
        try:
            if not self._source.paths or not self._stamp.changed():
                return
            content = self._source.read()
            catalogue = self._source.catalogue(content)
        except (OSError, ProvinceError) as error:
            self._stamp.again()
            self._say("catalogue_refused", str(error))
            return
        if catalogue.version != self._version:
            self._redactor.know(catalogue.public_names)
            for know in self._followers:
                know(catalogue)
            self._version = catalogue.version
            _log.info("catalogue_taken_up", extra={"version": self._version})
        if set(catalogue.centres) != self._centres:
            self._say("restart_needed", "centres.csv has changed: run `ioc topics create`, then restart every process")
        elif content.files[_VES] != self._ves:
            self._say("restart_needed", f"{_VES} has changed")
        else:
            self._complaint = ""

    def _say(self, event: str, reason: str) -> None:
        if reason != self._complaint:
            _log.error(event, extra={"reason": reason, "version": self._version})
        self._complaint = reason
