"""The pinned list is whole, and nothing but the pinned content is used."""

import re
from pathlib import Path

from deploy.local import jars
from deploy.local.jars import Jar
from deploy.local.properties import render, server_properties

A_JAR = Jar("org.example", "thing", "1.0", 5, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
"""SHA-256 of ``hello``."""


def test_the_list_pins_the_version_and_names_each_jar_once() -> None:
    pinned = jars.pinned()
    names = [(jar.group, jar.artifact) for jar in pinned]
    assert len(names) == len(set(names))
    versions = {jar.version for jar in pinned if jar.group == "org.apache.kafka"}
    assert versions == {jars.KAFKA_VERSION}
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) and jar.size > 0 for jar in pinned)


def test_a_file_counts_only_with_the_pinned_content(tmp_path: Path) -> None:
    path = A_JAR.path(tmp_path)
    assert path == tmp_path / "org/example/thing/1.0/thing-1.0.jar"
    assert not A_JAR.is_intact(tmp_path)
    path.parent.mkdir(parents=True)
    for content, intact in ((b"hell", False), (b"jello", False), (b"hello", True)):
        path.write_bytes(content)
        assert A_JAR.is_intact(tmp_path) is intact


def test_the_broker_listens_on_the_loopback_address_only(tmp_path: Path) -> None:
    properties = server_properties(data=tmp_path, port=1111, controller_port=2222)
    listeners = properties["listeners"].split(",") + properties["advertised.listeners"].split(",")
    assert all("://127.0.0.1:" in listener for listener in listeners)
    assert properties["auto.create.topics.enable"] == "false"


def test_overrides_win(tmp_path: Path) -> None:
    wanted = {"num.io.threads": "9"}
    properties = server_properties(data=tmp_path, port=1, controller_port=2, overrides=wanted)
    assert "num.io.threads=9\n" in render(properties)
