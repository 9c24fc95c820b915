"""What may wait for targets, and what is kept of what they refused."""

import pytest

from correlator.errors import SettingsError
from correlator.settings import load_settings

SECTIONS = {"forward": "FORWARD", "elasticsearch.export": "ELASTICSEARCH__EXPORT"}
DEFAULTS = {"waiting_size": 4 * 2**30, "waiting_age": 86_400, "dead_letter_size": 2**28, "dead_letter_age": 30 * 86_400}


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_has_bounds_of_its_own(section: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same defaults; the environment sets one and leaves the other."""
    given = "1KiB" if name.endswith("size") else "1h"
    monkeypatch.setenv(f"CORRELATOR_{SECTIONS[section]}__{name.upper()}", given)
    settings = load_settings(None, {})
    found = {"forward": settings.forward, "elasticsearch.export": settings.elasticsearch.export}
    values = {each: getattr(found[each], name) for each in SECTIONS}
    other = next(each for each in SECTIONS if each != section)
    assert values == {section: 1024 if name.endswith("size") else 3600, other: DEFAULTS[name]}


def test_a_bound_of_nothing_is_refused_by_its_whole_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """For nothing would ever be delivered."""
    monkeypatch.setenv("CORRELATOR_ELASTICSEARCH__EXPORT__WAITING_SIZE", "0B")
    with pytest.raises(SettingsError, match=r"elasticsearch\.export\.waiting_size"):
        load_settings(None, {})
