"""docs/reference is what the code says."""

import importlib.util
import re
from pathlib import Path

from correlator.settings import load_settings

GENERATOR = Path(__file__).parents[2] / "docs" / "reference" / "generate.py"


def test_the_reference_is_current() -> None:
    """Run `make docs` when this fails."""
    specification = importlib.util.spec_from_file_location("generate", GENERATOR)
    assert specification is not None
    assert specification.loader is not None
    generator = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(generator)
    for name, text in generator.pages().items():
        assert (GENERATOR.parent / name).read_text(encoding="utf-8") == text, f"{name}: run make docs"


def test_the_example_of_a_settings_file_is_read(tmp_path: Path) -> None:
    """As it stands in settings.md."""
    page = (GENERATOR.parent / "settings.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "correlator.yaml"
    file.write_text(example, encoding="utf-8")
    assert load_settings(file).store.retention_size == 20 * 2**30
