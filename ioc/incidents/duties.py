"""What the incidents need to know of the province: how fast what is handled, and by whom. The catalogue fulfils it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from ioc.clocks import Target
from ioc.routing import Labels, Route
from ioc.vocabulary import Category, Severity


class Duty(Protocol):
    """The target time, and whether a photo has to show what was done."""

    @property
    def target(self) -> Target: ...
    @property
    def evidence(self) -> bool: ...


class Unit(Protocol):
    """A unit that handles incidents."""

    @property
    def name(self) -> str: ...


class Commune(Protocol):
    """A commune and the second centre that has a part in it."""

    @property
    def name(self) -> str: ...
    @property
    def centre_also(self) -> str | None: ...


class Routes(Protocol):
    """The routes, as far as they are asked; which tree is behind them may change between records."""

    @property
    def version(self) -> str: ...
    @property
    def last_resort(self) -> str:
        """Code of the unit that takes what others have returned too often."""

    def route(self, labels: Labels) -> Route:
        """The way of something; there always is one."""


class Duties(Protocol):
    """The catalogue, as far as it is asked."""

    @property
    def version(self) -> str: ...
    @property
    def departments(self) -> Mapping[str, Unit]: ...
    @property
    def communes(self) -> Mapping[str, Commune]: ...
    def duty(self, category: Category, subcategory: str, severity: Severity, at: datetime) -> Duty:
        """By when this is to be handled, by the tables in force at an instant; there always is a target."""
