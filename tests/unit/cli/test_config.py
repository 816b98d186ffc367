from __future__ import annotations

from pathlib import Path

import pytest

from connectors.cli.checks import secret_files
from connectors.cli.config import load
from connectors.cli.errors import Misconfigured


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, text: str, name: str = "ioc.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_environment_wins_over_file_and_file_over_default(folder: Path) -> None:
    write(folder, "[kafka]\nport = 1111\npartitions = 7\n")

    loaded = load({"IOC_KAFKA__PORT": "2222"}, folder)

    assert loaded.settings.kafka.port == 2222
    assert loaded.settings.kafka.partitions == 7
    assert loaded.settings.kafka.replication == 1


def test_every_value_tells_where_it_came_from(folder: Path) -> None:
    path = write(folder, '[kafka]\nport = 1111\n[gateway]\nhost = "::1"\n')

    origins = {value.name: value.origin for value in load({"IOC_KAFKA__PORT": "2222"}, folder).values()}

    assert origins["kafka.port"] == "IOC_KAFKA__PORT"
    assert origins["gateway.host"] == f"{path}: gateway.host"
    assert origins["gateway.port"] == "default"


@pytest.mark.parametrize(
    ("environ", "field", "expected"),
    [
        ({"IOC_HOME": "/srv/ioc"}, "home", Path("/srv/ioc")),
        ({"IOC_LOG_LEVEL": "DEBUG"}, "log_level", "DEBUG"),
        ({"IOC_KAFKA_BOOTSTRAP": "a:1,b:2"}, "kafka.bootstrap", "a:1,b:2"),
        ({"IOC_KAFKA__BOOTSTRAP": "a:1"}, "kafka.bootstrap", "a:1"),
        ({"IOC_KAFKA_BOOTSTRAP": "a:1", "IOC_KAFKA__BOOTSTRAP": "a:1"}, "kafka.bootstrap", "a:1"),
        ({"IOC_KAFKA_BOOTSTRAP": ""}, "kafka.bootstrap", None),
        ({"IOC_WORKER__AGENTS": "incidents, intake-bts"}, "worker.agents", ("incidents", "intake-bts")),
        ({"IOC_INTAKE__LATE_HOURS": "1.5"}, "intake.late_hours", 1.5),
    ],
)
def test_variables_set_fields(environ: dict[str, str], field: str, expected: object, folder: Path) -> None:
    value: object = load(environ, folder).settings
    for part in field.split("."):
        value = getattr(value, part)
    assert value == expected


@pytest.mark.parametrize(
    ("environ", "text", "words"),
    [
        ({"IOC_KAFKA__PORT": "ninety"}, "", ("IOC_KAFKA__PORT", "valid integer")),
        ({"IOC_KAFKA__PORT": "0"}, "", ("IOC_KAFKA__PORT", "greater than or equal to 1")),
        ({"IOC_KAFKA__PROT": "1"}, "", ("IOC_KAFKA__PROT", "did you mean kafka.port?")),
        ({"IOC_LOG_LEVEL": "LOUD"}, "", ("IOC_LOG_LEVEL", "'DEBUG'")),
        ({"IOC_KAFKA_BOOTSTRAP": "a:1", "IOC_KAFKA__BOOTSTRAP": "b:1"}, "", ("IOC_KAFKA__BOOTSTRAP", "differently")),
        ({"IOC_CONFIG": "/nowhere/ioc.toml"}, "", ("IOC_CONFIG", "/nowhere/ioc.toml")),
        ({}, "[kafka]\nprot = 1\n", ("ioc.toml", "kafka.prot", "did you mean kafka.port?")),
        ({}, "[kafak]\nport = 1\n", ("ioc.toml", "kafak.port")),
        ({}, "surprise = 1\n", ("ioc.toml", "surprise")),
        ({}, "kafka = 1\n", ("ioc.toml", "kafka is a section")),
        ({}, "[kafka]\nport = 'x'\n", ("ioc.toml: kafka.port", "valid integer")),
        ({}, "[worker]\nagents = 'incidents'\n", ("worker.agents is a list",)),
        ({}, "[kafka\n", ("ioc.toml", "not TOML")),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_it(
    environ: dict[str, str], text: str, words: tuple[str, ...], folder: Path
) -> None:
    if text:
        write(folder, text)
    with pytest.raises(Misconfigured) as caught:
        load(environ, folder)
    assert caught.value.exit_code == 78
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_secret_is_shown_masked_and_never_quoted_in_an_error(folder: Path) -> None:
    environ = {"IOC_KAFKA__SASL_PASSWORD": "hunter2", "IOC_PRIVACY__PSEUDONYM_KEY": "hunter3-hunter3-hunter3"}
    shown = {value.name: value.shown for value in load(environ, folder).values()}
    assert "hunter" not in str(shown)
    assert shown["kafka.sasl_password"] == "••••••••"

    write(folder, "[kafka]\nsasl_password = 815\n")
    with pytest.raises(Misconfigured) as caught:
        load({}, folder)
    assert "815" not in str(caught.value)


def test_the_file_is_looked_for_in_the_working_folder_before_the_home_folder(folder: Path) -> None:
    write(folder / "data", "[kafka]\nport = 1\n")
    environ = {"IOC_HOME": "data"}
    assert load(environ, folder).settings.kafka.port == 1
    write(folder, "[kafka]\nport = 2\n")
    assert load(environ, folder).settings.kafka.port == 2
    chosen = write(folder, "[kafka]\nport = 3\n", "other.toml")
    assert load({**environ, "IOC_CONFIG": str(chosen)}, folder).settings.kafka.port == 3


def test_variables_that_set_nothing_are_told_but_stop_nothing(folder: Path) -> None:
    assert load({"IOC_HOMME": "/x", "IOC_KEY": "k", "IOC_URL": "u"}, folder).ignored == ("IOC_HOMME",)


def test_a_secret_may_stand_in_a_file_of_its_own(folder: Path) -> None:
    (folder / "key").write_text("a key in a file\n")
    (folder / "older").write_text("the oldest key, of all\n\nthe one after it\n")
    environ = {
        "IOC_PRIVACY__VAULT_KEY_FILE": str(folder / "key"),
        "IOC_PRIVACY__PREVIOUS_PSEUDONYM_KEYS_FILE": str(folder / "older"),
    }
    loaded = load(environ, folder)

    privacy = loaded.settings.privacy
    assert privacy.vault_key is not None
    assert privacy.vault_key.get_secret_value() == "a key in a file"
    older = [key.get_secret_value() for key in privacy.previous_pseudonym_keys]
    assert older == ["the oldest key, of all", "the one after it"]
    shown = {value.name: value for value in loaded.values()}
    assert shown["privacy.vault_key"].origin == "IOC_PRIVACY__VAULT_KEY_FILE"
    assert "oldest" not in shown["privacy.previous_pseudonym_keys"].shown
    assert loaded.secret_files == (folder / "older", folder / "key")
    for path in loaded.secret_files:
        path.chmod(0o600)
    (folder / "key").chmod(0o640)
    (finding,) = secret_files(loaded)
    assert (finding.state, finding.advice) == ("note", f"chmod 600 {folder / 'key'}")


@pytest.mark.parametrize("name", ["IOC_PRIVACY__VAULT_KEY_FILE", "IOC_KAFKA__SASL_PASSWORD_FILE"])
def test_a_secret_s_file_that_is_missing_or_empty_is_named(folder: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match=f"{name} names a file that cannot be read"):
        load({name: str(folder / "nowhere")}, folder)
    (folder / "empty").write_text("\n")
    with pytest.raises(Misconfigured, match=f"{name} names an empty file"):
        load({name: str(folder / "empty")}, folder)


def test_only_secrets_stand_in_files(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="IOC_KAFKA__PORT_FILE sets nothing"):
        load({"IOC_KAFKA__PORT_FILE": str(folder)}, folder)


def test_a_secret_is_set_once_by_value_or_by_file(folder: Path) -> None:
    (folder / "key").write_text("one")
    environ = {"IOC_PRIVACY__VAULT_KEY": "another", "IOC_PRIVACY__VAULT_KEY_FILE": str(folder / "key")}
    with pytest.raises(Misconfigured, match="set the same value differently"):
        load(environ, folder)


def test_a_province_under_home_is_the_one_unless_another_is_named(tmp_path: Path) -> None:
    own = tmp_path / "province"
    environ = {"IOC_HOME": str(tmp_path)}
    assert load(environ, tmp_path).settings.province.folder is None
    own.mkdir()
    loaded = load(environ, tmp_path)
    assert loaded.settings.province.folder == own
    (shown,) = [value for value in loaded.values() if value.name == "province.folder"]
    assert shown.origin == "there is one under home"
    other = load({**environ, "IOC_PROVINCE__FOLDER": "/data"}, tmp_path)
    assert other.settings.province.folder == Path("/data")
