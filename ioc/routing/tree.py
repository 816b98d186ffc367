"""The routing tree: which unit gets an incident, whom else to tell, and by which path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from ioc.catalog.tables import Period
from ioc.routing.labels import Labels, Moment
from ioc.routing.matchers import Matcher


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets it: a handling unit, and the centre on duty for it; ``None``: the centre of the place."""

    unit: str
    centre: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One route of the tree.

    Attributes:
        rule_id: Its id in the file.
        line: Where it begins in the file.
        receiver: Who gets what none of its own routes takes.
        matchers: All have to be fulfilled.
        goes_on: The routes after it are asked too.
        period: Local days on which it is in force.
        routes: Narrower routes, asked in order.

    """

    rule_id: str
    line: int
    receiver: Receiver
    matchers: tuple[Matcher, ...]
    goes_on: bool
    period: Period
    routes: tuple[Node, ...]

    def matches(self, labels: Labels, moment: Moment) -> bool:
        """Whether it takes something that its parent takes."""
        return moment.day in self.period and all(matcher.holds(labels, moment) for matcher in self.matchers)


class Route(NamedTuple):
    """Where something goes.

    Attributes:
        rule_id: Id of the route that decided.
        unit: Code of the unit in charge.
        centre: Centre on duty for it; ``None``: the centre of the place.
        informed: Units that are told of it too, through routes that go on.
        path: Ids from the root to the route that decided.

    """

    rule_id: str
    unit: str
    centre: str | None
    informed: tuple[str, ...]
    path: tuple[str, ...]


class RoutingTree:
    """A checked tree; the root takes what no route takes, so that nothing goes nowhere."""

    def __init__(self, root: Node, zone: tzinfo, version: str) -> None:
        self.root = root
        self.version = version
        self._zone = zone

    @property
    def size(self) -> int:
        """Number of routes, the root among them."""
        return _size(self.root)

    @property
    def last_resort(self) -> str:
        """Unit of the root: it takes what fits nowhere, and what others have returned too often."""
        return self.root.receiver.unit

    def route(self, labels: Labels) -> Route:
        """The way of something: the deepest routes that match, first those that stand first."""
        found = self.paths(labels)
        path = found[0]
        receiver = path[-1].receiver
        units = dict.fromkeys(other[-1].receiver.unit for other in found[1:])
        units.pop(receiver.unit, None)
        ids = tuple(node.rule_id for node in path)
        return Route(ids[-1], receiver.unit, receiver.centre, tuple(units), ids)

    def paths(self, labels: Labels) -> list[tuple[Node, ...]]:
        """Ways from the root to every route that gets something; at least one."""
        found: list[tuple[Node, ...]] = []
        _walk((self.root,), labels, Moment.of(labels.at.astimezone(self._zone)), found)
        return found


class LiveRoutes:
    """The tree of the moment; another may take its place between records."""

    def __init__(self, tree: RoutingTree) -> None:
        self._tree = tree

    def replace(self, tree: RoutingTree) -> None:
        """Another tree decides from now on."""
        self._tree = tree

    @property
    def version(self) -> str:
        """Of the tree that decides."""
        return self._tree.version

    @property
    def last_resort(self) -> str:
        """See :attr:`RoutingTree.last_resort`."""
        return self._tree.last_resort

    def route(self, labels: Labels) -> Route:
        """See :meth:`RoutingTree.route`."""
        return self._tree.route(labels)


def _walk(path: tuple[Node, ...], labels: Labels, moment: Moment, found: list[tuple[Node, ...]]) -> None:
    before = len(found)
    for node in path[-1].routes:
        if node.matches(labels, moment):
            _walk((*path, node), labels, moment, found)
            if not node.goes_on:
                break
    if len(found) == before:
        found.append(path)


def _size(node: Node) -> int:
    return 1 + sum(map(_size, node.routes))
