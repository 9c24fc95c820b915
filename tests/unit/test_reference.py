"""docs/reference is what the code says."""

import importlib.util
from pathlib import Path

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
