"""A cluster that does not answer: which node, and why, without what the client's error may quote, such as a header."""

from typing import Any

from elastic_transport import TransportError, Urllib3HttpNode


class NamedNode(Urllib3HttpNode):
    """The client's own, but its errors carry its URL as a note."""

    def perform_request(self, *args: Any, **kwargs: Any) -> Any:  # a type that the library does not export
        """As the client's own."""
        try:
            return super().perform_request(*args, **kwargs)
        except TransportError as error:
            error.add_note(f"at {self.base_url}")
            raise


def silence_of(error: TransportError) -> str:
    """`does not answer at http://127.0.0.1:9200 (Connection refused)`"""
    return " ".join(["does not answer", *getattr(error, "__notes__", ()), f"({cause_of(error)})"])


def cause_of(error: TransportError) -> str:
    """In the system's words, else the kind of error."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    return (cause and cause.strerror) or type(error).__name__
