"""What went wrong on the way to a server, in words that hold nothing of the request."""


def network_words(error: Exception) -> str:
    """What the operating system said, else the kind of error."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
