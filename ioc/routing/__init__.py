"""Which unit gets an incident: a tree of routes, as data."""

from ioc.routing.labels import Known, Labels
from ioc.routing.load import ROUTES_FILE, load_routes
from ioc.routing.tree import Node, Receiver, Route, RoutingTree

__all__ = ["ROUTES_FILE", "Known", "Labels", "Node", "Receiver", "Route", "RoutingTree", "load_routes"]
