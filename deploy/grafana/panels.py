"""Panels as functions: a title, what it means in Vietnamese, queries, a unit, thresholds; the rest is house style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    geomap,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import geomap as maps
from grafana_foundation_sdk.models import heatmap as heat
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

GREEN: Final = "green"
YELLOW: Final = "yellow"
ORANGE: Final = "orange"
RED: Final = "red"
BLUE: Final = "blue"
GREY: Final = "#8e8e8e"

GAZETTEER: Final = "public/gazetteer/ioc-places.json"
"""Where Grafana finds the places of the maps: below its own folder of static files."""
COMMUNES: Final = "public/maps/ioc-communes.geojson"

DATA_SOURCE: Final = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

Step = tuple[float, str]
"""From this value on, this colour."""
Words = Mapping[str, str]
"""What people read instead of a code."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel.

    Attributes:
        expr: PromQL.
        legend: Name of its series; ``{{label}}`` is a label's value.

    """

    expr: str
    legend: str = ""


Panel = (
    stat.Panel | timeseries.Panel | bargauge.Panel | table.Panel | statetimeline.Panel | heatmap.Panel | geomap.Panel
)
P = TypeVar(
    "P",
    stat.Panel,
    timeseries.Panel,
    bargauge.Panel,
    table.Panel,
    statetimeline.Panel,
    heatmap.Panel,
    geomap.Panel,
)


def number(
    title: str,
    text: str,
    expr: str,
    *,
    unit: str = "short",
    steps: Sequence[Step] = (),
    base: str = GREEN,
    width: int = 4,
    decimals: int | None = None,
    words: Words | None = None,
) -> stat.Panel:
    """One number of now, large, with its course behind it.

    Args:
        title: In Vietnamese.
        text: What it means, in Vietnamese.
        expr: PromQL with one series, or a few.
        unit: Of Grafana's list.
        steps: Thresholds, rising.
        base: Colour below the first.
        width: In columns of 24.
        decimals: Digits behind the point.
        words: Of values.

    """
    panel = stat.Panel().graph_mode(kinds.BigValueGraphMode.AREA).color_mode(kinds.BigValueColorMode.VALUE)
    panel = panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    if words:
        panel = panel.mappings([_mapping(words)]).graph_mode(kinds.BigValueGraphMode.NONE)
    panel = _with(panel, title, text, [Query(expr)], unit=unit, steps=steps, base=base, width=width, height=4)
    return panel if decimals is None else panel.decimals(decimals)


def lines(
    title: str,
    text: str,
    *queries: Query,
    unit: str = "short",
    steps: Sequence[Step] = (),
    stacked: bool = False,
    words: Words | None = None,
    colours: Words | None = None,
    most: float | None = None,
    base: str = GREEN,
    from_zero: bool = True,
    width: int = 12,
    height: int = 8,
) -> timeseries.Panel:
    """The course of figures over time; thresholds are dashed lines.

    Args:
        title: In Vietnamese.
        text: What it means, in Vietnamese.
        queries: Each with the names of its series.
        unit: Of Grafana's list.
        steps: Thresholds, rising.
        stacked: Whether the parts of a whole are shown on top of each other.
        words: What series are called, by the name in their legend.
        colours: The same for their colours.
        most: Upper end of the axis.
        base: Colour below the first threshold.
        from_zero: Whether the axis begins at 0.
        width: In columns of 24.
        height: In rows.

    """
    panel = (
        timeseries.Panel()
        .fill_opacity(25 if stacked else 8)
        .line_width(1)
        .show_points(kinds.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.TABLE)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.DESCENDING))
    )
    if from_zero:
        panel = panel.axis_soft_min(0)
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
    if steps:
        style = common.GraphThresholdsStyleConfig().mode(kinds.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds_style(style)
    if most is not None:
        panel = panel.max(most)
    panel = _with(panel, title, text, queries, unit=unit, steps=steps, base=base, width=width, height=height)
    panel = panel.color_scheme(build.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC))
    return _renamed(panel, words or {}, colours or {})


def bars(
    title: str,
    text: str,
    query: Query,
    *,
    unit: str = "short",
    steps: Sequence[Step] = (),
    base: str = GREEN,
    words: Words | None = None,
    most: float | None = None,
    width: int = 8,
    height: int = 8,
) -> bargauge.Panel:
    """Figures of now side by side, the newest of each series; arguments as :func:`lines`."""
    panel = (
        bargauge.Panel()
        .orientation(kinds.VizOrientation.HORIZONTAL)
        .display_mode(kinds.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
        .min(0)
    )
    if most is not None:
        panel = panel.max(most)
    panel = _with(
        panel, title, text, [query], unit=unit, steps=steps, base=base, width=width, height=height, instant=True
    )
    return _renamed(panel, words or {}, {})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: Label, or ``Value #A`` of the query with that letter.
        title: In Vietnamese.
        unit: Of Grafana's list.
        steps: Thresholds of its cells' colour.
        base: Colour below the first.
        words: Of its values.

    """

    name: str
    title: str
    unit: str = ""
    steps: tuple[Step, ...] = ()
    base: str = GREEN
    words: Words | None = None


def grid(
    title: str,
    text: str,
    queries: Sequence[str],
    columns: Sequence[Column],
    *,
    unit: str = "short",
    width: int = 12,
    height: int = 9,
) -> table.Panel:
    """A table of now: queries side by side, joined by the labels that they have in common.

    Args:
        title: In Vietnamese.
        text: What it means, in Vietnamese.
        queries: PromQL; values of the first are ``Value #A``, of the second ``Value #B``; of a single one ``Value``.
        columns: In their order; others are left out.
        unit: Of values whose column says none.
        width: In columns of 24.
        height: In rows.

    """
    panel = _with(
        table.Panel(), title, text, [Query(expr) for expr in queries],
        unit=unit, steps=(), base=GREEN, width=width, height=height, instant=True, tables=True,
    )  # fmt: skip
    if len(queries) > 1:
        panel = panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    names = [column.name for column in columns]
    panel = panel.with_transformation(
        model.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": names}})
    ).with_transformation(
        model.DataTransformerConfig(
            id_val="organize", options={"indexByName": {name: place for place, name in enumerate(names)}}
        )
    )
    for column in columns:
        panel = panel.override_by_name(column.name, _properties(column))
    return panel


def places(
    title: str,
    text: str,
    expr: str,
    label: str,
    *,
    unit: str = "short",
    steps: Sequence[Step] = (),
    base: str = GREEN,
    width: int = 12,
    height: int = 12,
) -> geomap.Panel:
    """A map with a marker for each value of a label that the gazetteer knows.

    Args:
        title: In Vietnamese.
        text: What it means, in Vietnamese.
        expr: PromQL, one series per place.
        label: Whose values are the places' keys.
        unit: Of Grafana's list.
        steps: Thresholds of the markers' colour.
        base: Colour below the first.
        width: In columns of 24.
        height: In rows.

    """
    markers = (
        common.MapLayerOptions()
        .type("markers")
        .name(title)
        .tooltip(True)
        .location(
            common.FrameGeometrySource().mode(kinds.FrameGeometrySourceMode.LOOKUP).lookup(label).gazetteer(GAZETTEER)
        )
        .config(
            {
                "showLegend": True,
                "style": {
                    "color": {"field": "Value", "fixed": BLUE},
                    "size": {"field": "Value", "fixed": 8, "min": 8, "max": 24},
                    "opacity": 0.7,
                    "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
                    "text": {"field": label, "fixed": "", "mode": "field"},
                    "textConfig": {"fontSize": 12, "offsetX": 0, "offsetY": 14},
                },
            }
        )
    )
    communes = (
        common.MapLayerOptions()
        .type("geojson")
        .name("Đơn vị hành chính cấp xã")
        .tooltip(True)
        .config(
            {
                "src": COMMUNES,
                "style": {"color": {"fixed": GREY}, "opacity": 0.2, "size": {"fixed": 3, "min": 2, "max": 4}},
                "rules": [],
            }
        )
    )
    panel = (
        geomap.Panel()
        .basemap(common.MapLayerOptions().type("default").name("Nền").config({}))
        .layers([communes, markers])
        .view(geomap.MapViewConfig().id("fit").all_layers(True).padding(10).zoom(12))
        .controls(geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(True).show_attribution(True))
        .tooltip(geomap.TooltipOptions().mode(maps.TooltipMode.DETAILS))
    )
    return _with(
        panel, title, text, [Query(expr)],
        unit=unit, steps=steps, base=base, width=width, height=height, instant=True, tables=True,
    )  # fmt: skip


def states(
    title: str,
    text: str,
    query: Query,
    *,
    words: Words,
    steps: Sequence[Step],
    base: str,
    width: int = 12,
    height: int = 7,
) -> statetimeline.Panel:
    """What was in force when: a bar per series, coloured by its value."""
    panel = statetimeline.Panel().merge_values(True).show_value(kinds.VisibilityMode.AUTO).mappings([_mapping(words)])
    return _with(panel, title, text, [query], unit="none", steps=steps, base=base, width=width, height=height)


def buckets(title: str, text: str, expr: str, *, unit: str = "s", width: int = 12, height: int = 9) -> heatmap.Panel:
    """A histogram over time: how many fell in which bucket; ``expr`` keeps the label ``le``."""
    panel = (
        heatmap.Panel()
        .calculate(False)
        .cell_gap(1)
        .show_legend()
        .color(
            heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.SCHEME).scheme("Oranges").steps(64).exponent(0.5)
        )
        .y_axis(heatmap.YAxisConfig().unit(unit))
    )
    panel = _with(panel, title, text, [], unit="short", steps=(), base=GREEN, width=width, height=height)
    return panel.with_target(
        prometheus.Dataquery()
        .expr(expr)
        .range()
        .format(PromQueryFormat.HEATMAP)
        .legend_format("{{le}}")
        .ref_id("A")
        .datasource(DATA_SOURCE)
    )


def _with(
    panel: P,
    title: str,
    text: str,
    queries: Sequence[Query],
    *,
    unit: str,
    steps: Sequence[Step],
    base: str,
    width: int,
    height: int,
    instant: bool = False,
    tables: bool = False,
) -> P:
    """What every panel has."""
    thresholds = [model.Threshold(value=None, color=base), *(model.Threshold(*step) for step in steps)]
    panel = (
        panel.title(title)
        .description(text)
        .datasource(DATA_SOURCE)
        .unit(unit)
        .span(width)
        .height(height)
        .no_value("chưa có dữ liệu")
        .thresholds(build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(thresholds))
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )
    for place, query in enumerate(queries):
        target = prometheus.Dataquery().expr(query.expr).ref_id("ABCDEFGH"[place]).datasource(DATA_SOURCE)
        target = target.legend_format(query.legend or "__auto")
        target = target.instant() if instant else target.range()
        if tables:
            target = target.format(PromQueryFormat.TABLE)
        panel = panel.with_target(target)
    return panel


def _renamed(panel: P, words: Words, colours: Words) -> P:
    for name in {**words, **colours}:
        properties = []
        if name in words:
            properties.append(model.DynamicConfigValue("displayName", words[name]))
        if name in colours:
            properties.append(model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colours[name]}))
        panel = panel.override_by_name(name, properties)
    return panel


def _mapping(words: Words) -> model.ValueMap:
    return model.ValueMap({value: model.ValueMappingResult(text=word) for value, word in words.items()})


def _properties(column: Column) -> list[model.DynamicConfigValue]:
    found: list[model.DynamicConfigValue] = [model.DynamicConfigValue("displayName", column.title)]
    if column.unit:
        found.append(model.DynamicConfigValue("unit", column.unit))
    if column.words:
        found.append(model.DynamicConfigValue("mappings", [_mapping(column.words)]))
    if column.steps:
        steps = [
            {"value": None, "color": column.base},
            *({"value": value, "color": colour} for value, colour in column.steps),
        ]
        found += [
            model.DynamicConfigValue("thresholds", {"mode": "absolute", "steps": steps}),
            model.DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
        ]
    return found
