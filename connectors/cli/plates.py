"""What takes number plates out of camera events, joined for the edges; the worker makes the same hashes."""

from __future__ import annotations

import secrets
from datetime import timedelta

from connectors.cli.errors import Misconfigured
from ioc.classify.redact import Redactor
from ioc.privacy import PlateGuard, Plates
from ioc.settings import Settings
from streams.secrets import SecretsError, plates


def trial_guard(settings: Settings, redactor: Redactor) -> PlateGuard:
    """A guard for trying something out: its key is made up, and nothing is written."""
    trial = Plates(secrets.token_bytes(32), timedelta(hours=settings.privacy.plate_hours))
    return PlateGuard(trial, lambda text: redactor(text).text)


def guard_of(settings: Settings, redactor: Redactor) -> PlateGuard:
    """The guard with the key that the settings name.

    Raises:
        Misconfigured: the key cannot be used, or its file not be read or made.

    """
    try:
        return PlateGuard(plates(settings), lambda text: redactor(text).text)
    except SecretsError as error:
        raise Misconfigured(str(error)) from None
    except OSError as error:
        raise Misconfigured(f"the plate key {error.filename} cannot be used: {error.strerror}") from None
