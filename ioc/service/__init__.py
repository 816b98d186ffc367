"""How well units and centres serve: on time, returned, reopened, satisfied; by month, with a cut of one's own."""

from ioc.service.figures import Figures, Key, figures
from ioc.service.handled import Handled, Step, handled
from ioc.service.period import Cut, Period, current, month
from ioc.service.table import COLUMNS, Cell, as_csv, as_html, as_record, rows

__all__ = [
    "COLUMNS",
    "Cell",
    "Cut",
    "Figures",
    "Handled",
    "Key",
    "Period",
    "Step",
    "as_csv",
    "as_html",
    "as_record",
    "current",
    "figures",
    "handled",
    "month",
    "rows",
]
