"""A dashboard: its variables, its rows of panels, its links to the others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from deploy.grafana.panels import DATA_SOURCE, Panel

TAG: Final = "ioc"
EVERY: Final = ".+"
"""What a variable stands for while all of its values are chosen."""
_WIDTH: Final = 24


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a dashboard: values of a label.

    Attributes:
        name: ``$name`` in queries, always within ``=~``.
        title: In Vietnamese.
        metric: That has the label.
        label: Whose values are offered; as the name unless given.

    """

    name: str
    title: str
    metric: str
    label: str = ""


CENTRE: Final = Variable("centre", "Trung tâm", "ioc_incidents_open")
SOURCE: Final = Variable("source", "Nguồn dữ liệu", "ioc_events_total")


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading; they wrap at 24 columns."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard.

    Attributes:
        uid: Names its file and its address.
        title: In Vietnamese.
        text: Whom it is for, in Vietnamese.
        variables: What can be chosen.
        rows: From top to bottom.
        since: How far back it looks at first, such as ``6h``.
        alerts: Whether it leads to the list of alerts of the Alertmanager data source.

    """

    uid: str
    title: str
    text: str
    variables: Sequence[Variable]
    rows: Sequence[Row]
    since: str = "6h"
    alerts: bool = False

    def build(self) -> dict[str, Any]:
        """The dashboard as Grafana's JSON."""
        made = (
            build.Dashboard(self.title)
            .uid(self.uid)
            .description(self.text)
            .tags([TAG])
            .timezone("browser")
            .refresh("30s")
            .time(f"now-{self.since}", "now")
            .tooltip(model.DashboardCursorSync.CROSSHAIR)
            .readonly()
            .link(
                build.DashboardLink("Các bảng IOC")
                .type(model.DashboardLinkType.DASHBOARDS)
                .tags([TAG])
                .as_dropdown(True)
                .include_vars(True)
                .keep_time(True)
            )
        )
        if self.alerts:
            made = made.link(
                build.DashboardLink("Cảnh báo theo nhóm")
                .type(model.DashboardLinkType.LINK)
                .url("/alerting/groups?alertmanager=IOC%20Alertmanager")
                .icon("bell")
            )
        made = made.with_variable(
            build.DatasourceVariable("datasource").label("Prometheus").type("prometheus").multi(False)
        )
        for variable in self.variables:
            made = made.with_variable(_variable(variable))
        for row in self.rows:
            made = made.with_row(build.Row(row.title).collapsed(False))
            for panel in row.panels:
                made = made.with_panel(panel)
        tree: dict[str, Any] = json.loads(json.dumps(made.build(), cls=JSONEncoder))
        _place(tree["panels"])
        return tree


def _variable(variable: Variable) -> build.QueryVariable:
    label = variable.label or variable.name
    return (
        build.QueryVariable(variable.name)
        .label(variable.title)
        .datasource(DATA_SOURCE)
        .query({"query": f"label_values({variable.metric}, {label})", "refId": variable.name})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(EVERY)
        .current(model.VariableOption(selected=True, text="All", value="$__all"))
    )


def _place(panels: list[dict[str, Any]]) -> None:
    """Number the panels and set them in rows: the SDK leaves numbers out and does not wrap before the edge."""
    x = y = height = 0
    for number, panel in enumerate(panels, start=1):
        at, wide = panel["gridPos"], panel["gridPos"]["w"]
        if panel["type"] == "row" or x + wide > _WIDTH:
            x, y, height = 0, y + height, 0
        at["x"], at["y"] = x, y
        x, height = x + wide, max(height, at["h"])
        panel["id"] = number
