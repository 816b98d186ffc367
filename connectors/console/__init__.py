"""The operator console: a page of plain modules that uses the gateway's HTTP interface and nothing else."""

from connectors.console.site import Site, router

__all__ = ["Site", "router"]
