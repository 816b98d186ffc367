"""The benchmark compares engines only if all of them do the same work: the job's two forms give the same answers."""

import orjson

from tests.bench.data import reports
from tests.bench.job import SPEC, classify, process, process_batch

REPORTS = list(reports(4000))


def test_both_forms_give_the_same_alerts_in_order() -> None:
    one_by_one = [alert for alert in map(process, REPORTS) if alert is not None]
    assert process_batch(REPORTS) == one_by_one


def test_about_three_of_ten_reports_make_an_alert() -> None:
    assert 0.27 < len(process_batch(REPORTS)) / len(REPORTS) < 0.33


def test_the_data_is_the_same_for_the_same_seed_and_of_the_size_that_is_said() -> None:
    assert list(reports(200)) == REPORTS[:200]
    assert list(reports(200, seed=23)) != REPORTS[:200]
    assert 200 <= sum(map(len, REPORTS)) / len(REPORTS) <= 250


def test_a_broken_record_makes_no_alert_and_spoils_no_neighbour() -> None:
    good = next(value for value in REPORTS if process(value) is not None)
    for broken in (b"", b"{", b"[]", b"null", good[:-1], good.replace(b'"lat":', b'"late":'), good + b"}"):
        assert process(broken) is None
        assert process_batch([good, broken, good]) == [process(good)] * 2


def test_the_category_of_highest_rank_wins_and_severe_phrases_add_up() -> None:
    first, second = SPEC["categories"][0], SPEC["categories"][1]
    text = f"{second['phrases'][0]} và {first['phrases'][0]}".upper()
    assert classify(text) == (first["code"], 1)
    assert classify(f"{second['phrases'][0]}, {SPEC['severe'][0]}") == (second["code"], 2)
    assert classify(", ".join(SPEC["severe"][:3]))[1] == 3
    assert classify("xin chào") == (SPEC["other"]["code"], 1)


def test_an_alert_carries_the_report_to_its_centre() -> None:
    report = {
        "id": "r-1",
        "occurred_at": "2026-11-01T07:00:03+07:00",
        "text": "Cây đổ chắn ngang đường",
        "commune": "10007",
        "lat": 21.0,
        "lon": 107.25,
    }
    alert = process(orjson.dumps(report))
    assert alert is not None
    assert alert[0] == b"r-1"
    assert orjson.loads(alert[1]) == {
        "alert_id": "a-r-1",
        "report_id": "r-1",
        "category": "traffic",
        "severity": 2,
        "unit": "traffic-police",
        "centre": "centre-1",
        "at_ms": 1_793_491_203_000,
        "lat": 21.0,
        "lon": 107.25,
        "text": "Cây đổ chắn ngang đường",
    }
