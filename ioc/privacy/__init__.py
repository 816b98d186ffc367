"""Personal values under keys of their own: sealing, master keys, what of a report is personal. See ``README.md``."""

from __future__ import annotations

from ioc.privacy.masters import MasterKeys, MasterKeysError, master_keys
from ioc.privacy.personal import Contact, Remains, joined, parted
from ioc.privacy.plates import PlateGuard, Plates
from ioc.privacy.ports import KeySource, Sealer, Unsealed, VaultError
from ioc.privacy.sealing import KEY_BYTES, NONCE_BYTES, REF_BYTES, Damaged, open_box, seal, sealed_header, split_header
from ioc.privacy.vehicles import Vehicles

__all__ = [
    "KEY_BYTES",
    "NONCE_BYTES",
    "REF_BYTES",
    "Contact",
    "Damaged",
    "KeySource",
    "MasterKeys",
    "MasterKeysError",
    "PlateGuard",
    "Plates",
    "Remains",
    "Sealer",
    "Unsealed",
    "VaultError",
    "Vehicles",
    "joined",
    "master_keys",
    "open_box",
    "parted",
    "seal",
    "sealed_header",
    "split_header",
]
