"""Lists of stories."""

from pydantic import Field

from correlator.serve.schemas.fields import SERVICES, TIME, TRACE_ID
from correlator.serve.schemas.schema import Schema


class StorySummary(Schema):
    """One line of a list of stories."""

    story_id: str = Field(description="The least of its trace ids.", examples=[TRACE_ID])
    trace_ids: tuple[str, ...] = Field(description="Its traces.", examples=[[TRACE_ID]])
    name: str = Field(description="Name of its earliest span.", examples=["workflow.execute"])
    service_name: str = Field(description="Service of its earliest span.", examples=["n8n"])
    system: str = Field(description="Tier of its earliest span.", examples=["n8n"])
    start_time_unix_nano: int = Field(description="Earliest start, unix nanoseconds.", examples=[TIME])
    end_time_unix_nano: int = Field(description="Latest end, unix nanoseconds.", examples=[TIME + 900_000_000])
    spans: int = Field(description="How many spans.", examples=[7])
    errors: int = Field(description="How many of them tell of an error.", examples=[3])
    services: tuple[str, ...] = SERVICES
    execution_ids: tuple[str, ...] = Field(description="The n8n executions that its records name.", examples=[["17"]])
    job_ids: tuple[str, ...] = Field(description="The jobs that its records name.", examples=[["job-17"]])


class StoryList(Schema):
    """Stories, newest start first."""

    stories: tuple[StorySummary, ...] = Field(description="At most `limit`.")
