"""Alerts of several partitions are shown in order of time."""

from connectors.gateway.hub import Line, in_time
from connectors.gateway.sieve import Traits


def line(partition: int, offset: int, at_ms: int) -> Line:
    return Line("ioc.alerts.x", partition, offset, at_ms, Traits("high"), b"{}")


def test_partitions_are_merged_by_time() -> None:
    lines = [line(0, 0, 10), line(0, 1, 30), line(1, 0, 20), line(1, 1, 40)]
    assert [each.at_ms for each in in_time(lines)] == [10, 20, 30, 40]


def test_a_partition_keeps_its_own_order_whatever_its_clocks_say() -> None:
    lines = [line(0, 0, 50), line(0, 1, 10), line(1, 0, 20)]
    merged = in_time(lines)
    assert [each.offset for each in merged if each.partition == 0] == [0, 1]
    assert merged[0].partition == 1
