"""What the gateway has sealed is put back; what cannot be opened goes on as it is, without its reporter."""

from __future__ import annotations

import logging
from collections import Counter

from ioc.events import DecodedBatch
from ioc.ports import Batch
from ioc.privacy.personal import about, joined
from ioc.privacy.ports import HEADER, KeySource, Unsealed, VaultError
from ioc.privacy.sealing import Damaged, open_box, split_header

log = logging.getLogger(__name__)


class Unsealer:
    """Opens the boxes of a batch of reports.

    A report is acted on whatever becomes of its box: its value has the redacted words, and a fire does not wait for a
    vault. Without the box there is no pseudonym and no address.

    Args:
        keys: Where the keys are; ``None`` where no vault is configured.

    """

    def __init__(self, keys: KeySource | None) -> None:
        self._keys = keys
        self._told = ""

    def unseal(self, decoded: DecodedBatch, batch: Batch) -> Counter[Unsealed]:
        """Put back what was sealed into the batch's reports; how many boxes there were, by what became of them."""
        outcomes: Counter[Unsealed] = Counter()
        for n, index in enumerate(decoded.indexes):
            header = next((value for name, value in batch.headers[index] if name == HEADER), None)
            if header is not None:
                outcomes[self._open(decoded, n, header)] += 1
        return outcomes

    def _open(self, decoded: DecodedBatch, n: int, header: bytes) -> Unsealed:
        if self._keys is None:
            self._tell("reports are sealed, and no vault is configured here: set IOC_PRIVACY__VAULT_KEY")
            return "unavailable"
        try:
            ref, box = split_header(header)
            key = self._keys.key(ref)
            if key is None:
                return "erased"
            decoded.events[n] = joined(decoded.events[n], open_box(key, box, about(*decoded.identity(n))))
        except VaultError as error:
            self._tell(str(error))
            return "unavailable"
        except KeyError:
            self._tell("a report is sealed with a key that this vault has never had: do gateway and worker share one?")
            return "unknown"
        except (Damaged, ValueError, TypeError):
            return "damaged"
        self._told = ""
        return "opened"

    def _tell(self, why: str) -> None:
        """Log what is wrong, once until it is another thing or over."""
        if why != self._told:
            self._told = why
            log.error("reports go on without contact data: %s", why)
