"""The job alone: no broker, no bytes moved; what any engine could reach at most on one core."""

from tests.bench.data import reports
from tests.bench.harness import BATCH, Meter, Task
from tests.bench.job import process_batch


def main() -> None:
    values = list(reports(Task.given().events))
    meter = Meter()
    meter.first()
    for start in range(0, len(values), BATCH):
        process_batch(values[start : start + BATCH])
    meter.done()


if __name__ == "__main__":
    main()
