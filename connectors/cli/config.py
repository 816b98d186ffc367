"""Reads the settings: environment before file before default, and remembers where each value came from.

``IOC_<SECTION>__<FIELD>`` sets a field of a section, ``IOC_<FIELD>`` one of the top (``IOC_HOME``), and
``IOC_KAFKA_BOOTSTRAP`` is short for ``IOC_KAFKA__BOOTSTRAP``, ``IOC_DATABASE_URL`` for ``IOC_STORE__URL``. The file is
``IOC_CONFIG``, else ``ioc.toml`` in the working directory, else ``<home>/ioc.toml``; its tables are the sections. A
secret may stand in a file of its own: ``…_FILE`` behind the name of its variable says where (of several, one a line). A
value that is wrong is named by the variable or key that holds it, never quoted: it may be a secret.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from connectors.cli.errors import Misconfigured
from ioc.settings import Settings

Key = tuple[str, ...]
"""Path of a field: ``("home",)`` or ``("kafka", "port")``."""

PREFIX: Final = "IOC_"
CONFIG_VARIABLE: Final = "IOC_CONFIG"
FILE_NAME: Final = "ioc.toml"
OWN_PROVINCE: Final = "province"
"""Folder under the home folder that `ioc catalog import` makes."""
_FILE_SUFFIX: Final = "_file"
SHORT_FORMS: Final[dict[str, Key]] = {
    "IOC_KAFKA_BOOTSTRAP": ("kafka", "bootstrap"),
    "IOC_DATABASE_URL": ("store", "url"),
}
NOT_SETTINGS: Final = frozenset({CONFIG_VARIABLE, "IOC_KAFKA", "IOC_KEY", "IOC_URL", "IOC_CACHE", "IOC_REQUIRE_BROKER"})
"""Variables that a command, the broker's jars or the tests read themselves."""


@dataclass(frozen=True, slots=True)
class Value:
    """One effective value, as ``ioc doctor`` shows it.

    Attributes:
        name: ``section.field``.
        shown: The value in words; secrets are masked.
        origin: ``default``, the variable's name, or ``file: key``.

    """

    name: str
    shown: str
    origin: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings and where they came from.

    Attributes:
        settings: The validated tree.
        origins: Where each field came from that is not at its default.
        file: The file that was read, if any.
        ignored: Variables that begin with ``IOC_`` but set nothing: mostly typing errors.
        secret_files: Files that variables name as those of secrets.

    """

    settings: Settings
    origins: Mapping[Key, str]
    file: Path | None
    ignored: tuple[str, ...]
    secret_files: tuple[Path, ...] = ()

    def values(self) -> list[Value]:
        """Every field with its effective value and origin, in the order of the tree."""
        return [
            Value(".".join(key), _shown(value), self.origins.get(key, "default"))
            for key, value in _leaves(self.settings)
        ]


def load(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Configuration:
    """Read the configuration.

    Args:
        environ: Variables; the process's own unless given.
        folder: Where ``ioc.toml`` is looked for first; the working directory unless given.

    Raises:
        Misconfigured: a value is wrong, a key unknown, or the file unreadable.

    """
    environ = os.environ if environ is None else environ
    origins: dict[Key, str] = {}
    from_environment, ignored = _from_environment(environ)
    path = _file(environ, from_environment, folder or Path())
    tree = _from_file(path, origins) if path else {}
    for key, (name, text) in from_environment.items():
        _put(tree, key, text)
        origins[key] = name
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        raise Misconfigured(_sentence(error, origins)) from None
    settings = _with_own_province(settings, origins)
    fields = _fields()
    secret_files = [Path(environ[name]) for name, _ in from_environment.values() if _secret_of(_key(name), fields)]
    return Configuration(settings, origins, path, tuple(ignored), tuple(secret_files))


def _with_own_province(settings: Settings, origins: dict[Key, str]) -> Settings:
    """Where nothing names a folder of the province's data, the one under the home folder is it, if it is there."""
    own = settings.home / OWN_PROVINCE
    if settings.province.folder is not None or not own.is_dir():
        return settings
    origins["province", "folder"] = "there is one under home"
    return settings.model_copy(update={"province": settings.province.model_copy(update={"folder": own})})


def _fields() -> dict[Key, Any]:
    """Type of every field that can be set, by path."""
    found: dict[Key, Any] = {}
    for name, info in Settings.model_fields.items():
        annotation = info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found |= {(name, inner): field.annotation for inner, field in annotation.model_fields.items()}
        else:
            found[name,] = annotation
    return found


def _from_environment(environ: Mapping[str, str]) -> tuple[dict[Key, tuple[str, Any]], list[str]]:
    fields = _fields()
    found: dict[Key, tuple[str, Any]] = {}
    ignored: list[str] = []
    for name in sorted(environ):
        text = environ[name]
        if not name.startswith(PREFIX) or name in NOT_SETTINGS or not text:
            continue  # an empty variable is an unset one: that is what compose files and shells produce
        lines: list[str] = []
        key = SHORT_FORMS.get(name) or _key(name)
        if key not in fields and (secret := _secret_of(key, fields)):
            key, lines = secret, _secret(name, Path(text))
        if key not in fields:
            if len(key) > 1:
                raise Misconfigured(f"{name} sets nothing: {_unknown(key, fields)}")
            ignored.append(name)
            continue
        if lines:
            value: Any = lines if _is_list(fields[key]) else lines[0]
        else:
            value = _listed(text, fields[key])
        if key in found and found[key][1] != value:
            raise Misconfigured(f"{found[key][0]} and {name} set the same value differently: leave one of them out")
        found[key] = (name, value)
    return found, ignored


def _key(variable: str) -> Key:
    return tuple(variable[len(PREFIX) :].lower().split("__"))


def _secret_of(key: Key, fields: Mapping[Key, Any]) -> Key | None:
    """The secret whose file a variable names."""
    *above, name = key
    secret = (*above, name.removesuffix(_FILE_SUFFIX))
    is_secret = name.endswith(_FILE_SUFFIX) and SecretStr in _types(fields.get(secret))
    return secret if is_secret else None


def _types(annotation: object) -> set[object]:
    """A type with all that it is made of."""
    return {annotation, *(inner for part in get_args(annotation) for inner in _types(part))}


def _secret(name: str, path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{name} names a file that cannot be read: {path} ({type(error).__name__})") from None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise Misconfigured(f"{name} names an empty file: {path}")
    return lines


def _listed(text: str, annotation: object) -> Any:
    """Split a list: variables hold it with commas."""
    if _is_list(annotation):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) in {tuple, list}


def _file(environ: Mapping[str, str], found: Mapping[Key, tuple[str, Any]], folder: Path) -> Path | None:
    if given := environ.get(CONFIG_VARIABLE):
        path = Path(given)
        if not path.is_file():
            raise Misconfigured(f"{CONFIG_VARIABLE} names a file that does not exist: {path}")
        return path
    home = Path(found["home",][1]) if ("home",) in found else Settings().home
    candidates = (folder / FILE_NAME, folder / home / FILE_NAME)
    return next((path for path in candidates if path.is_file()), None)


def _from_file(path: Path, origins: dict[Key, str]) -> dict[str, Any]:
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{path} is not TOML: {error}") from None
    fields = _fields()
    sections = {key[0] for key in fields if len(key) > 1}
    for key, value in _file_keys(tree):
        if len(key) == 1 and key[0] in sections:
            raise Misconfigured(f"{path}: {key[0]} is a section: write [{key[0]}] and its values below")
        if key not in fields:
            raise Misconfigured(f"{path}: unknown key {'.'.join(key)}: {_unknown(key, fields)}")
        origins[key] = f"{path}: {'.'.join(key)}"
        if get_origin(fields[key]) is tuple and isinstance(value, str):
            raise Misconfigured(f'{path}: {".".join(key)} is a list: write ["…", "…"]')
    return tree


def _file_keys(tree: Mapping[str, Any]) -> Iterator[tuple[Key, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            if not value:
                yield (name, ""), None
            for inner, leaf in value.items():
                yield (name, inner), leaf
        else:
            yield (name,), value


def _unknown(key: Key, fields: Mapping[Key, Any]) -> str:
    near = get_close_matches(".".join(key), [".".join(known) for known in fields], n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else "no such setting; `ioc doctor` lists all"


def _put(tree: dict[str, Any], key: Key, value: object) -> None:
    for part in key[:-1]:
        tree = tree.setdefault(part, {})
    tree[key[-1]] = value


def _sentence(error: ValidationError, origins: Mapping[Key, str]) -> str:
    first, *others = error.errors(include_input=False, include_url=False)
    where: Key = tuple(str(part) for part in first["loc"])
    while where and where not in origins:
        where = where[:-1]
    name = origins.get(where, ".".join(str(part) for part in first["loc"]))
    reason = first["msg"][:1].lower() + first["msg"][1:]
    more = f" (and {len(others)} more)" if others else ""
    return f"{name} is wrong: {reason}{more}"


def _leaves(model: BaseModel, above: Key = ()) -> Iterator[tuple[Key, Any]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _shown(value: object) -> str:
    if value is None or value == ():
        return "—"
    if isinstance(value, SecretStr):
        return "••••••••"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value)
