"""Assignment by partition number: number n of every topic goes to the same worker.

So co-partitioned topics meet in one state, whatever their names, and a worker that is restarted in its slot gets the
same numbers back, which the others then keep.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

from streams.transport.backoff import Backoff

log = logging.getLogger(__name__)

_LONGEST_RETRY_S: Final = 10.0


def assign_by_number(
    partitions: Mapping[str, Iterable[int]], members: Mapping[str, tuple[str, frozenset[str]]]
) -> dict[str, dict[str, list[int]]]:
    """Share partitions among members.

    Args:
        partitions: Partition numbers of each topic.
        members: For each member id its slot and the topics it reads.

    Returns:
        For each member id, partition numbers by topic; every member is there.

    """
    shares: dict[str, dict[str, list[int]]] = {member: defaultdict(list) for member in members}
    ordered = sorted(members, key=lambda member: (members[member][0], member))
    for topic in sorted(partitions):
        readers = [member for member in ordered if topic in members[member][1]]
        for number in sorted(partitions[topic]):
            if readers:
                shares[readers[number % len(readers)]][topic].append(number)
    return {member: dict(share) for member, share in shares.items()}


class ByNumberAssignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """The group protocol around ``assign_by_number``; the slot travels as user data."""

    name = "ioc-by-number"
    version = 0

    def __init__(self, slot: str) -> None:
        self._slot = slot
        self._retry = Backoff(_LONGEST_RETRY_S)
        self.again: Callable[[], None] = lambda: None
        """Asks for fresh metadata and another rebalance."""

    def metadata(self, topics: Iterable[str]) -> Any:
        return ConsumerProtocolMemberMetadata(self.version, sorted(topics), self._slot.encode())

    def assign(self, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        topics = {topic for metadata in members.values() for topic in metadata.subscription}
        partitions = {topic: cluster.partitions_for_topic(topic) or () for topic in topics}
        if unknown := sorted(topic for topic, numbers in partitions.items() if not numbers):
            # Just after a broker's start, or a mistake: without this the group would rest until metadata grows old.
            log.warning("no partitions of %s are known yet; assigning again soon", ", ".join(unknown))
            asyncio.get_running_loop().call_later(self._retry.next(), self.again)
        else:
            self._retry.reset()
        shares = assign_by_number(
            partitions,
            {
                member: ((metadata.user_data or b"").decode(), frozenset(metadata.subscription))
                for member, metadata in members.items()
            },
        )
        return {
            member: ConsumerProtocolMemberAssignment(self.version, sorted(share.items()), b"")
            for member, share in shares.items()
        }

    def on_assignment(self, assignment: Any) -> None:
        """Nothing to remember."""
