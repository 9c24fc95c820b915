"""Fields, ids and times that several answers have."""

from pydantic import Field

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
TIME = 1769860800000000000
COMPONENT = Field(description="The service.", examples=["invoice-worker"])
OPERATION = Field(description="What it was doing: a span's name.", examples=["process invoice"])
SYSTEM = Field(description="Its tier: n8n, bridge, worker or other.", examples=["worker"])
FINGERPRINT = Field(
    description="Fingerprint of the error, the same on every replica.", examples=["e1-5d41402abc4b2a76"]
)
ERROR_TYPE = Field(description="The exception or error type; empty where none was told.", examples=["ValueError"])
MESSAGE = Field(description="The error's message.", examples=["currency XXX is unknown"])
SERVICES = Field(description="The services that took part, by name.", examples=[["invoice-worker", "n8n"]])
TRACE_IDS = Field(description="Traces that show it, the newest first.", examples=[[TRACE_ID]])
NEXT_CURSOR = Field(description="Give this as `cursor` for the next page; null on the last.", examples=[None])
