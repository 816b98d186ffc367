"""Files of automatic monitoring stations (Thông tư 10/2021/TT-BTNMT): bytes in, readings and faults out."""

from __future__ import annotations

from ioc.stations.lines import STATUSES, Fault, Line, Lines, read_lines
from ioc.stations.names import is_data_file, made_at, station_of
from ioc.stations.readings import Content, Key, Reading, StationReader, once
from ioc.stations.symbols import Symbols, read_symbols, shipped_symbols

__all__ = [
    "STATUSES",
    "Content",
    "Fault",
    "Key",
    "Line",
    "Lines",
    "Reading",
    "StationReader",
    "Symbols",
    "is_data_file",
    "made_at",
    "once",
    "read_lines",
    "read_symbols",
    "shipped_symbols",
    "station_of",
]
