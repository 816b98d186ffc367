"""Every operation of the contract, asked anything that the contract allows and much that it does not: never a 5xx.

Questions are made by schemathesis from ``/openapi.json`` of a real gateway with a real broker and an empty store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case

from connectors.store.database import migrate, open_writer, url_of
from deploy.local.kafka import Broker
from ioc.settings import Settings
from tests.system.gateway import Gateway, running
from tests.system.product import make_topics, province

pytestmark = pytest.mark.timeout(400)

ENDLESS = r"^/v1/stream$"
"""Does not end by itself; its parameters are tested where it is read."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, own_broker: Broker) -> Iterator[Gateway]:
    home = tmp_path_factory.mktemp("fuzz")
    asyncio.run(make_topics(own_broker.bootstrap, province()))
    engine = open_writer(url_of(Settings(home=home)))
    migrate(engine)
    engine.dispose()
    with running(Path(home), own_broker.bootstrap, rate_per_key=1e9) as found:
        yield found


def test_no_question_makes_the_gateway_fail(gateway: Gateway) -> None:
    """One test for all operations: what they are is known once the gateway answers, not when tests are collected."""
    contract: Any = schemathesis.openapi.from_url(f"http://127.0.0.1:{gateway.port}/openapi.json")
    operations = [found.ok() for found in contract.exclude(path_regex=ENDLESS).get_all_operations()]
    assert len(operations) > 50
    wrong: list[str] = []
    for operation in operations:
        ask(operation, gateway, wrong)
    assert wrong == []
    assert gateway.process is not None
    assert gateway.process.poll() is None


def ask(operation: Any, gateway: Gateway, wrong: list[str]) -> None:
    """Some questions to one operation; what was answered with a 5xx is noted, and the others are asked all the same."""

    @settings(
        max_examples=8, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate], database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def asked(case: Case) -> None:
        answer = case.call(headers={"authorization": f"Bearer {gateway.token}"}, timeout=30)
        if answer.status_code >= 500:
            wrong.append(f"{case.method} {case.formatted_path}: {answer.status_code} {answer.text[:500]}")

    asked()
