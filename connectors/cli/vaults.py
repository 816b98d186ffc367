"""The vault that the settings name, joined for gateway, worker and administrators."""

from __future__ import annotations

from connectors.cli.errors import Misconfigured
from connectors.vault import ReportSealer, Vault
from connectors.vault.vault import make_vault, vault_path
from ioc.catalog import Catalogue
from ioc.classify.redact import Redactor
from ioc.privacy import MasterKeys, MasterKeysError, master_keys
from ioc.settings import Settings


def masters_of(settings: Settings) -> MasterKeys | None:
    """The master keys; ``None`` where no vault is configured.

    Raises:
        Misconfigured: they cannot be used.

    """
    privacy = settings.privacy
    if privacy.vault_key is None:
        if privacy.previous_vault_keys:
            raise Misconfigured("privacy.previous_vault_keys is set without privacy.vault_key")
        return None
    try:
        return master_keys(
            privacy.vault_key.get_secret_value(), [key.get_secret_value() for key in privacy.previous_vault_keys]
        )
    except MasterKeysError as error:
        raise Misconfigured(f"the vault keys cannot be used: {error}") from None


def open_vault(settings: Settings, *, writes: bool) -> Vault | None:
    """The vault, opened when it is first used; ``None`` where none is configured.

    Raises:
        Misconfigured: the master keys cannot be used.

    """
    masters = masters_of(settings)
    if masters is None:
        return None
    return Vault(vault_path(settings.home, settings.privacy.vault_path), masters, writes=writes)


def sealer_of(settings: Settings, catalogue: Catalogue) -> ReportSealer | None:
    """What the gateway seals with; ``None`` where no vault is configured.

    Raises:
        Misconfigured: the master keys cannot be used.

    """
    vault = open_vault(settings, writes=True)
    if vault is None:
        return None
    redactor = Redactor(catalogue.public_names)
    return ReportSealer(vault, lambda text: redactor(text).text)


def make_first(settings: Settings) -> bool:
    """Make the vault if one is configured and there is none; whether it was made.

    Raises:
        Misconfigured: the master keys cannot be used, or the folder cannot be written.

    """
    masters = masters_of(settings)
    if masters is None:
        return False
    path = vault_path(settings.home, settings.privacy.vault_path)
    try:
        make_vault(path, masters)
    except FileExistsError:
        return False
    except OSError as error:
        raise Misconfigured(f"the vault {path} cannot be made: {error.strerror}") from None
    return True
