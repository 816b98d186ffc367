"""What takes number plates out of camera and gate events, joined for the edges; the worker makes the same hashes."""

from __future__ import annotations

import secrets
from datetime import timedelta

from connectors.cli.errors import Misconfigured
from ioc.classify.pseudonym import Pseudonyms
from ioc.classify.redact import Redactor
from ioc.privacy import PlateGuard, Plates, Vehicles
from ioc.settings import Settings
from streams.secrets import SecretsError, plates, pseudonyms


def trial_guard(settings: Settings, redactor: Redactor) -> PlateGuard:
    """A guard for trying something out: its key is made up, and nothing is written."""
    trial = Plates(secrets.token_bytes(32), timedelta(hours=settings.privacy.plate_hours))
    vehicles = Vehicles(Pseudonyms([secrets.token_bytes(32)]))
    return PlateGuard(trial, lambda text: redactor(text).text, vehicles)


def guard_of(settings: Settings, redactor: Redactor) -> PlateGuard:
    """The guard with the keys that the settings name.

    Raises:
        Misconfigured: a key cannot be used, or its file not be read or made.

    """
    try:
        return PlateGuard(plates(settings), lambda text: redactor(text).text, Vehicles(pseudonyms(settings)))
    except SecretsError as error:
        raise Misconfigured(str(error)) from None
    except OSError as error:
        raise Misconfigured(f"the key {error.filename} cannot be used: {error.strerror}") from None
