"""What GET patterns answers, field by field. Mirrors correlator.pipeline.patterns.patterns; made by `listing_of`."""

from pydantic import BaseModel, Field

from correlator.pipeline.patterns import patterns
from correlator.serve.schemas.fields import TIME, TRACE_ID
from correlator.serve.schemas.pattern_matches import PatternMatch
from correlator.serve.schemas.schema import Schema

FILE = Field(description="Its file.", examples=["/etc/correlator/patterns/relay.yaml"])
LINE = Field(description="The line in it, from 1.", examples=[12])


class Rule(BaseModel):
    """A rule in force."""

    rule_id: str = Field(description="Its id.", examples=["outer-timeout-first"])
    title: str = Field(description="The way of failing that it names.", examples=["n8n gave up before the bridge"])
    severity: str = Field(description="critical, error, warning or info.", examples=["error"])
    scope: str = Field(description="What it looks at together: story, service or dependency.", examples=["story"])
    file: str = FILE
    line: int = LINE
    matches: int = Field(description="How often it fit within the last hour.", examples=[3])


class Mistake(Schema):
    """Why files are not in force."""

    file: str = FILE
    line: int = LINE
    message: str = Field(
        description="What is wrong, and what to do.", examples=["unknown key 'mesage'; did you mean 'message'?"]
    )


class ReloadFailure(Schema):
    """Files that were not taken: the rules before them stay in force."""

    at_unix_nano: int = Field(description="When that was found, unix nanoseconds.", examples=[TIME])
    mistakes: tuple[Mistake, ...] = Field(description="By file and line.")


class SeenMatch(Schema):
    """A match that was found while watching."""

    match: PatternMatch = Field(description="The rule and what it fits.")
    scope: str = Field(description="story, service or dependency.", examples=["story"])
    subject: str = Field(description="Trace id, service or dependency, as `scope` says.", examples=[TRACE_ID])
    found_at_unix_nano: int = Field(description="When it was found, unix nanoseconds.", examples=[TIME])


class PatternList(BaseModel):
    """The rules in force, and what they fit of late."""

    loaded_at_unix_nano: int = Field(
        description="Since when these rules are in force, unix nanoseconds.", examples=[TIME]
    )
    rules: tuple[Rule, ...] = Field(description="The shipped ones first, then by folder and file.")
    failure: ReloadFailure | None = Field(
        description="Why the files as they are now are not in force; null where they are."
    )
    matches: tuple[SeenMatch, ...] = Field(description="Of the last hour, the newest first, at most 1,000.")


def listing_of(listing: patterns.Listing) -> PatternList:
    """The answer for what the pipeline lists."""
    return PatternList(
        loaded_at_unix_nano=listing.loaded_at_unix_nano,
        rules=tuple(_rule(each) for each in listing.rules),
        failure=None if listing.failure is None else ReloadFailure.model_validate(listing.failure),
        matches=tuple(SeenMatch.model_validate(each) for each in listing.matches),
    )


def _rule(listed: patterns.ListedRule) -> Rule:
    rule = listed.written.rule
    return Rule(
        rule_id=rule.rule_id,
        title=rule.title,
        severity=rule.severity,
        scope=rule.scope,
        file=listed.written.file,
        line=listed.written.line,
        matches=listed.matches,
    )
