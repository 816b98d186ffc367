"""Which unit gets an incident: a tree of routes, as data."""

from ioc.routing.labels import MODES, Known, Labels, Mode
from ioc.routing.load import ROUTES_FILE, load_routes
from ioc.routing.tree import LiveRoutes, Node, Receiver, Route, RoutingTree

__all__ = [
    "MODES",
    "ROUTES_FILE",
    "Known",
    "Labels",
    "LiveRoutes",
    "Mode",
    "Node",
    "Receiver",
    "Route",
    "RoutingTree",
    "load_routes",
]
