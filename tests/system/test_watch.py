"""``ioc watch`` on the running product: at a real terminal with its keys, and for scripts."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ioc.vocabulary import Source
from tests.system.running import Running
from tests.system.words import new_word
from tests.terminal import PATIENCE_S, CutLine, Terminal

pytestmark = [pytest.mark.usefixtures("running"), pytest.mark.timeout(400)]

_WATCH = (sys.executable, "-m", "connectors.cli.main", "watch")
CENTRE = "uong-bi"
WHERE = "phường Uông Bí"


def environment(running: Running) -> dict[str, str]:
    return {**running.environment(), "PYTHONPATH": str(Path(__file__).parents[2]), "LC_ALL": "C.UTF-8"}


def watching(running: Running, *arguments: str, columns: int = 150, lines: int = 20) -> Terminal:
    command = [*_WATCH, "--centre", CENTRE, "--history", "0", *arguments]
    return Terminal(command, environment(running), running.folder, columns=columns, lines=lines)


def lines(running: Running, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and alerts of a watch for a script."""
    done = subprocess.run(
        [*_WATCH, "--json", "--centre", CENTRE, *arguments], env=environment(running), cwd=running.folder,
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def report(running: Running, text: str) -> None:
    """What somebody tells."""
    source: Source = "reports"
    body = {"id": secrets.token_hex(8), "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "text": text}
    answer = running.post(f"/v1/{source}", body)
    assert answer["results"][0]["status"] == "accepted"


def selected(running: Running, name: str) -> dict[str, Any]:
    """The incident that a word stands in, from the store."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := running.get(f"/v1/incidents?text={name}")["incidents"]):
        assert time.monotonic() < deadline
    incident: dict[str, Any] = found[0]
    return incident


def test_an_incident_is_selected_acknowledged_and_commented_by_key(running: Running) -> None:
    one, other = new_word(), new_word()
    with watching(running) as terminal:
        terminal.shows("no alert yet")
        report(running, f"Cây đổ ở ngõ {one}, {WHERE}")
        terminal.shows(one)
        terminal.press("a")
        terminal.shows("select a row first")
        terminal.press("\x1b[B")
        report(running, f"Mất trộm xe máy ở ngõ {other}, {WHERE}")
        terminal.shows(other)  # stands above; the row that was selected stays so
        terminal.press("a")
        shown = terminal.until(lambda shown: "acknowledge: xong" in shown and "✓" in shown)
        (row,) = [line for line in shown.split("\n") if "✓" in line]
        assert one in row

        terminal.press("c")
        terminal.shows("reason (Enter, Esc)")
        terminal.press("Đã gọi độii\x7f cây xanh\r")
        terminal.shows("comment: xong")

        terminal.press("\r")
        terminal.shows("đã nhận · seen by")
        terminal.press("?")
        terminal.shows("Phím tắt · Keys")
        terminal.press("\x1b")
        terminal.until(lambda shown: "ioc watch" in shown and "Keys" not in shown)
        terminal.press("q")
        assert terminal.ends() == 0
        assert terminal.attributes() == terminal.before
    incident = running.get(f"/v1/incidents/{selected(running, one)['incident_id']}")
    assert incident["acknowledged_by"]
    assert [each["reason"] for each in incident["history"] if each["action"] == "comment"] == ["Đã gọi đội cây xanh"]
    assert selected(running, other)["acknowledged_at"] is None


def test_the_table_goes_with_the_size_of_the_window(running: Running) -> None:
    name = new_word()
    with watching(running, columns=150, lines=20) as terminal:
        terminal.shows("no alert yet")
        report(running, f"Ổ gà sâu ở ngõ {name}, {WHERE}")
        assert "incident" in terminal.shows(name), "the wide table has a head for ids"
        terminal.resize(60, 9)
        shown = terminal.until(lambda shown: max(map(len, shown.split("\n"))) <= 60 and "ioc watch" in shown)
        assert len(shown.split("\n")) <= 9
        terminal.resize(150, 20)
        terminal.until(lambda shown: max(map(len, shown.split("\n"))) > 60)
        terminal.process.terminate()
        assert terminal.ends() == 143
        assert terminal.attributes() == terminal.before


def test_a_cut_line_is_told_at_once_and_what_came_meanwhile_comes_once(running: Running) -> None:
    before, meanwhile, after = new_word(), new_word(), new_word()
    with CutLine(int(running.url.rpartition(":")[2])) as line:
        url = f"http://127.0.0.1:{line.port}"
        with watching(running, "--url", url) as terminal:
            terminal.shows("no alert yet")
            report(running, f"Cây đổ ở ngõ {before}, {WHERE}")
            terminal.shows(before)
            terminal.press("j")
            line.cut()
            terminal.shows("connection lost since then")
            report(running, f"Rò rỉ nước sạch ở ngõ {meanwhile}, {WHERE}")
            terminal.press("a")  # is sent when there is a line again
            terminal.shows("sending")
            line.mend()
            terminal.shows(meanwhile)
            terminal.until(lambda shown: "connection lost" not in shown and "✓" in shown)
            report(running, f"Đèn đường hỏng ở ngõ {after}, {WHERE}")
            shown = terminal.shows(after)
            assert [shown.count(each) for each in (before, meanwhile, after)] == [1, 1, 1]
            assert "3 incidents, 3 alerts" in shown
            terminal.press("\x03")
            assert terminal.ends() == 130
            assert terminal.attributes() == terminal.before
    steps = running.get(f"/v1/incidents/{selected(running, before)['incident_id']}")["history"]
    assert [each["action"] for each in steps].count("acknowledge") == 1


@pytest.mark.parametrize(
    ("way", "troubles"),
    [
        ((), ("Rác chưa thu gom", "Chó thả rông", "Loa kéo ồn ào")),
        (("--kafka",), ("Nắp cống bị mất", "Mất nước sạch", "Đánh nhau")),
    ],
    ids=["gateway", "kafka"],
)
def test_a_script_goes_on_where_it_ended(
    running: Running, tmp_path: Path, way: tuple[str, ...], troubles: tuple[str, ...]
) -> None:
    place = str(tmp_path / "place")
    assert lines(running, "--resume", place, "--no-follow", *way) == (0, [])
    names = [new_word() for _ in troubles]
    for name, trouble in zip(names, troubles, strict=True):
        report(running, f"{trouble} ở ngõ {name}, {WHERE}")
        selected(running, name)
    code, first = lines(running, "--resume", place, "--count", "1", "--timeout", "30", *way)
    assert (code, len(first)) == (0, 1)
    code, rest = lines(running, "--resume", place, "--no-follow", "--history", "50", *way)
    assert (code, len(rest)) == (0, 2)
    told = [alert["title"] for alert in first + rest]
    assert all(sum(name in title for title in told) == 1 for name in names)
    assert lines(running, "--resume", place, "--no-follow", *way) == (0, [])
    Path(place).write_text("something else")
    assert lines(running, "--resume", place, *way)[0] == 2


def test_filters_choose_alike_from_the_gateway_and_from_kafka(running: Running) -> None:
    fire, tree = new_word(), new_word()
    report(running, f"Cháy nhà ở ngõ {fire}, {WHERE}, có người mắc kẹt")
    report(running, f"Cây đổ ở ngõ {tree}, {WHERE}")
    incidents = {name: selected(running, name) for name in (fire, tree)}
    for filters in (
        ("--category", incidents[tree]["category"], "--reason", "opened"),
        ("--unit", incidents[fire]["unit"]),
        ("--commune", incidents[fire]["commune"], "--severity", "critical"),
        ("--commune", "00000"),
    ):
        found = [lines(running, "--no-follow", "--history", "50", *filters, *way) for way in ((), ("--kafka",))]
        assert found[0] == found[1]
        assert found[0][0] == 0
        expected = {
            name
            for name, each in incidents.items()
            if (filters[0] == "--commune" and filters[1] == each["commune"] and each["severity"] == "critical")
            or (filters[0] == "--unit" and filters[1] == each["unit"])
            or (filters[0] == "--category" and filters[1] == each["category"])
        }  # fmt: skip
        told = " ".join(alert["title"] for alert in found[0][1])
        assert {name for name in incidents if name in told} == expected
    assert lines(running, "--category", "nonsense")[0] == 2
    assert lines(running, "--reason", "because")[0] == 2


def test_it_ends_quietly_when_its_reader_has_gone(running: Running) -> None:
    report(running, f"Cây đổ ở ngõ {new_word()}, {WHERE}")
    report(running, f"Cây đổ ở ngõ {new_word()}, {WHERE}")
    process = subprocess.Popen(
        [*_WATCH, "--json", "--centre", CENTRE, "--history", "1"], env=environment(running), cwd=running.folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["centre"] == CENTRE
        process.stdout.close()
        report(running, f"Mất điện ở ngõ {new_word()}, {WHERE}")
        assert process.wait(PATIENCE_S) == 141
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
