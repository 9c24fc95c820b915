"""The frames of a stack trace that belong to the application: Python, JavaScript and Java.

A frame is `module path:function`, without line numbers; of a path its last two parts, so that the folder of an
installation does not count. Libraries and runtimes are left out: their frames change with every upgrade.
"""

import re
from collections.abc import Iterable
from typing import Final

FRAMES: Final = 3
"""The innermost frames only: further out, the same error is reached on many ways."""
STACK_CHARACTERS: Final = 65_536

# No pattern may take more than its line: a stack is a stranger's text, and unbounded they cost the square of its length.
_PYTHON: Final = re.compile(r'^[ \t]*File "(?P<path>[^"\n]+)", line \d+(?:, in (?P<function>[^\n]+))?', re.MULTILINE)
_PYTHON_BLOCK: Final = "Traceback (most recent call last)"
_JAVA: Final = re.compile(
    r"^[ \t]*at (?P<path>[\w$./@-]+)\.(?P<function>[\w$<>-]+)\((?:[\w$-]+\.(?:java|kt|scala|groovy)(?::\d+)?|Native Method|Unknown Source)\)",
    re.MULTILINE,
)
_JAVA_CAUSE: Final = re.compile(r"^Caused by: ", re.MULTILINE)
_JAVASCRIPT: Final = re.compile(
    r"^[ \t]*at (?:async )?(?:(?P<function>[^\n()]{1,256}?) (?:\[as [^\]\n]{1,256}\] )?\()?"
    r"(?P<path>[^\s()]{1,1024}?)(?::\d{1,9}){1,2}\)?$",
    re.MULTILINE,
)
_LIBRARY: Final = re.compile(
    r"node_modules/|site-packages/|dist-packages/|^node:|^internal/|^<frozen |^<string>|/lib/python\d|^native$"
    r"|^(?:java|javax|jakarta|sun|jdk|kotlin|scala|com\.sun|org\.springframework|org\.apache|io\.netty)[./]"
)


def in_app_frames(stacktrace: str) -> tuple[str, ...]:
    """At most FRAMES frames of the application, innermost first; none where there is no stack, or only libraries'."""
    text = stacktrace[-STACK_CHARACTERS:] if _PYTHON_BLOCK in stacktrace else stacktrace[:STACK_CHARACTERS]
    frames = (f"{_tail(path)}:{function}" for path, function in _frames(text) if not _LIBRARY.search(path))
    return tuple(frame for _, frame in zip(range(FRAMES), frames, strict=False))


def _frames(text: str) -> Iterable[tuple[str, str]]:
    """(path, function), innermost first, of the exception that the trace is told of, not of those that it wraps."""
    python = list(_PYTHON.finditer(text.rpartition(_PYTHON_BLOCK)[2]))
    java = list(_JAVA.finditer(_JAVA_CAUSE.split(text)[0]))
    for match in python[::-1] or java or _JAVASCRIPT.finditer(text):
        yield match["path"].replace("\\", "/").removeprefix("file://"), (match["function"] or "<anonymous>").strip()


def _tail(path: str) -> str:
    return "/".join(path.rsplit("/", 2)[-2:])
