"""Kibana's own parser of KQL (npm), and an independent writer's schemas of dashboards (PyPI, Python 3.12 and later)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.e2e.npm_packages import install
from tests.e2e.promtool import LAB

FOLDER: Final = LAB / "kibana-packages"
NPM_PACKAGES: Final = {"kbn-es-query": "1.0.7"}
"""Kibana 8.9's @kbn/es-query, which Elastic does not publish, built from its source; the language has not changed since."""
PYTHON_PACKAGES: Final = ("kb-dashboard-core==0.4.1",)
OLDEST_PYTHON: Final = (3, 12)
SHAPES: Final = Path(__file__).with_name("kibana_shapes.py")
_TRANSLATE: Final = """const { kbnEsQuery } = require("kbn-es-query");
const queries = JSON.parse(require("fs").readFileSync(0));
const translated = queries.map((query) => {
  try { return kbnEsQuery.toElasticsearchQuery(kbnEsQuery.fromKueryExpression(query)); }
  catch (error) { return { mistake: error.message.split("\\n")[0] }; }
});
process.stdout.write(JSON.stringify(translated));
"""


def python312() -> str | None:
    """A Python that is new enough, if there is one: this one, those on the path, those of pyenv."""
    return next((each for each in _pythons() if _version(each) >= OLDEST_PYTHON), None)


def translated(queries: Iterable[str]) -> list[dict[str, Any]]:
    """Each query as Kibana itself writes it for Elasticsearch, or {"mistake": why it is none}."""
    install(FOLDER, NPM_PACKAGES)
    given = json.dumps(list(queries))
    done = subprocess.run(
        ["node", "-e", _TRANSLATE], cwd=FOLDER, input=given, capture_output=True, text=True, timeout=60, check=True
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def mistakes(file: Path, python: str) -> list[str]:
    """What the independent writer's schemas say of the dashboards of a file."""
    done = subprocess.run(
        [str(_environment(python)), str(SHAPES), str(file)], capture_output=True, text=True, timeout=120, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


def _pythons() -> Iterator[str]:
    yield sys.executable
    for minor in range(19, OLDEST_PYTHON[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            yield found
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from (str(each) for each in sorted(root.glob("versions/3.*/bin/python3"), reverse=True))


def _version(python: str) -> tuple[int, ...]:
    """Nothing where it does not run: pyenv puts names on the path whose version is not in use."""
    done = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, timeout=30
    )
    return tuple(int(part) for part in done.stdout.split()) if done.returncode == 0 else ()


def _environment(python: str) -> Path:
    """The interpreter of a virtual environment with the packages. Raises CalledProcessError."""
    folder = FOLDER / f"python-{'.'.join(map(str, _version(python)))}"
    stamp, wanted, interpreter = folder / "installed.json", json.dumps(PYTHON_PACKAGES), folder / "bin" / "python"
    if not (stamp.is_file() and stamp.read_text() == wanted):
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True, capture_output=True, timeout=120)
        command = [str(interpreter), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PYTHON_PACKAGES]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        stamp.write_text(wanted, encoding="utf-8")
    return interpreter
