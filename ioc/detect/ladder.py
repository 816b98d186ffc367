"""Limits of rising severity, with hysteresis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITIES, SEVERITY_RANK, Severity


@dataclass(frozen=True, slots=True)
class Rung:
    """One limit: beyond it (strictly) the condition holds with this severity."""

    limit: float
    clear: float
    severity: Severity


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs in the order in which a worsening value passes them.

    The highest rung that was reached holds until the value is back behind the first rung's ``clear``: a value that
    swings around a limit makes one condition, not many.
    """

    rungs: tuple[Rung, ...]
    upwards: bool = True

    def reached(self, value: float) -> int:
        """How many rungs the value is beyond."""
        for count in range(len(self.rungs), 0, -1):
            limit = self.rungs[count - 1].limit
            if value > limit if self.upwards else value < limit:
                return count
        return 0

    def cleared(self, value: float) -> bool:
        """Whether the value is back far enough to end the condition."""
        clear = self.rungs[0].clear
        return value <= clear if self.upwards else value >= clear


def read_ladder(table: Table, key: str) -> Ladder | None:
    """Read ``above`` or ``below``; none if the key is absent.

    Raises:
        ConfigError: a rung that can never be reached, or one that contradicts another.

    """
    upwards = key == "above"
    sign = 1.0 if upwards else -1.0
    rungs: list[Rung] = []
    for entry in table.tables(key):
        rung = Rung(
            entry.number("limit"), entry.number("clear"), cast("Severity", entry.choice("severity", SEVERITIES))
        )
        entry.done()
        side = "below" if upwards else "above"
        if sign * rung.clear > sign * rung.limit:
            raise entry.error(f"must not be beyond the limit: it ends what the limit began, so it lies {side}", "clear")
        if rungs:
            if sign * rung.limit <= sign * rungs[-1].limit:
                raise entry.error("must be beyond the limit before it, or it is never reached", "limit")
            if SEVERITY_RANK[rung.severity] >= SEVERITY_RANK[rungs[-1].severity]:
                raise entry.error("must be graver than the one before it", "severity")
        rungs.append(rung)
    return Ladder(tuple(rungs), upwards) if rungs else None
