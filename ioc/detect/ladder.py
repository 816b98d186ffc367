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
    label: str = ""
    """Its name, Vietnamese, where it has one: an alert level, a band."""
    colour: str = ""
    """Colour that its source gives it, Vietnamese."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs in the order in which a worsening value passes them.

    A rung that was reached holds until the value is back behind a ``clear``, its own where a condition may ease, else
    the first rung's: a value that swings around a limit makes one condition, not many.
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

    def held(self, value: float) -> int:
        """How many rungs the value is not back behind, once it has been beyond them; at least :meth:`reached`."""
        for count in range(len(self.rungs), 0, -1):
            clear = self.rungs[count - 1].clear
            if value > clear if self.upwards else value < clear:
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
            entry.number("limit"),
            entry.number("clear"),
            cast("Severity", entry.choice("severity", SEVERITIES)),
            label=entry.text("label", ""),
            colour=entry.text("colour", ""),
        )
        entry.done()
        side = "below" if upwards else "above"
        if sign * rung.clear > sign * rung.limit:
            raise entry.error(f"must not be beyond the limit: it ends what the limit began, so it lies {side}", "clear")
        if rungs:
            if sign * rung.limit <= sign * rungs[-1].limit:
                raise entry.error("must be beyond the limit before it, or it is never reached", "limit")
            if sign * rung.clear < sign * rungs[-1].clear:
                raise entry.error("must not lie behind the `clear` of the limit before it, which ends first", "clear")
            graver = SEVERITY_RANK[rungs[-1].severity] - SEVERITY_RANK[rung.severity]
            if graver < 0 or (graver == 0 and not rung.label):
                raise entry.error("must be graver than the one before it (as grave, if it has a `label`)", "severity")
        rungs.append(rung)
    return Ladder(tuple(rungs), upwards) if rungs else None
