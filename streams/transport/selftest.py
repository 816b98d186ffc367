"""Are the private names there that the transport lives on? Asked when it is imported, to fail loudly and at once."""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import Any, Final

_WRITTEN_FOR: Final = {"aiokafka": "0.14.0", "faust-streaming": "0.15.3"}

_METHODS: Final = {
    "aiokafka.client:AIOKafkaClient": "bootstrap send coordinator_lookup force_metadata_update add_topic close "
    "fetch_all_metadata _wait_on_metadata",
    "aiokafka.consumer.fetcher:Fetcher": "seek_to _create_fetch_waiter _notify",
    "aiokafka.consumer.fetcher:PartitionRecords": "_consume_aborted_up_to _contains_abort_marker",
    "aiokafka.consumer.group_coordinator:GroupCoordinator": "_do_fetch_commit_offsets _send_req "
    "ensure_coordinator_known coordinator_dead request_rejoin",
    "aiokafka.consumer.subscription_state:Assignment": "tps state_value",
    "aiokafka.consumer.subscription_state:TopicPartitionState": "has_valid_position position consumed_to pause",
    "aiokafka.consumer.subscription_state:SubscriptionState": "subscription reassignment_in_progress",
    "aiokafka.record.default_records:DefaultRecordBatchBuilder": "append set_producer_state build",
    "faust.transport.consumer:Consumer": "_drain_messages on_partitions_revoked on_partitions_assigned perform_seek "
    "verify_event_path",
    "faust.transport.drivers.aiokafka:Producer": "_ensure_producer",
    "faust.app.base:App": "_create_directories on_rebalance_start",
    "faust.topics:Topic": "_compile_decode _create_event",
    "faust.worker:Worker": "install_signal_handlers",
}
_ATTRIBUTES: Final = {
    "aiokafka.client:AIOKafkaClient": "_conns cluster",
    "aiokafka.consumer.consumer:AIOKafkaConsumer": "_client _fetcher _coordinator _subscription _closed",
    "aiokafka.consumer.fetcher:Fetcher": "_records _wait_consume_future _isolation_level "
    "_fetch_min_bytes _fetch_max_wait_ms",
    "aiokafka.consumer.fetcher:FetchResult": "_partition_records _assignment",
    "aiokafka.consumer.fetcher:FetchError": "_error",
    "aiokafka.consumer.fetcher:PartitionRecords": "_tp _records _aborted_producers _check_crcs _isolation_level "
    "next_fetch_offset",
    "aiokafka.consumer.group_coordinator:GroupCoordinator": "generation member_id group_id coordinator_id "
    "_group_instance_id",
    "aiokafka.consumer.subscription_state:TopicPartitionState": "lso",
    "faust.transport.consumer:Consumer": "callback can_resume_flow app",
}


def check() -> None:
    """Raise ImportError if a name that the transport uses is gone."""
    missing = []
    for where, names in _METHODS.items():
        owner = _find(where)
        missing += [f"{where}.{name}" for name in names.split() if not hasattr(owner, name)]
    for where, names in _ATTRIBUTES.items():
        owner = _find(where)
        known = set(owner.__init__.__code__.co_names) if owner is not None else set()
        missing += [f"{where}.{name}" for name in names.split() if name not in known and not hasattr(owner, name)]
    if missing:
        have = ", ".join(f"{name} {version(name)} (written for {wanted})" for name, wanted in _WRITTEN_FOR.items())
        raise ImportError(f"the batch transport does not fit the installed libraries: {have}; gone: {missing}")


def _find(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name, None)
