"""What joins and explains stories: how far they are looked for, how sure joins are, the patterns in force."""

from importlib.resources import files

from correlator.correlate.stitch import parse_precisions
from correlator.model.precisions import Precisions
from correlator.pipeline.patterns.files import PatternFiles
from correlator.pipeline.patterns.patterns import Patterns
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.stories.story import StoryBounds
from correlator.settings import Settings
from correlator.store.contract import Reader
from correlator.telemetry.metrics import EngineMetrics


def make_patterns(reader: Reader, settings: Settings, metrics: EngineMetrics) -> Patterns:
    """The rules of the shipped folder and the settings', read now; a broken file is logged and counted."""
    given = settings.patterns
    return Patterns(PatternFiles(given.folders, metrics, with_shipped=given.shipped), reader, metrics)


def make_investigator(reader: Reader, settings: Settings, patterns: Patterns) -> Investigator:
    """What explains stories, with the precisions that this version was measured at."""
    return Investigator(reader, read_precisions(), make_story_bounds(settings), patterns.told)


def make_story_bounds(settings: Settings) -> StoryBounds:
    """How far a story is looked for."""
    given = settings.stitch
    return StoryBounds(
        given.window, given.payload_window, given.max_traces, given.records_per_key, given.records_per_payload
    )


def read_precisions() -> Precisions:
    """The precisions that are installed with the stitcher. Raises SettingsError where the file is damaged."""
    return parse_precisions(
        files("correlator.correlate.stitch").joinpath("precisions.json").read_text(encoding="utf-8")
    )
