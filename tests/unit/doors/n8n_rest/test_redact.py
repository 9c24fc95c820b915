"""Nothing goes on from a document but what is meant to."""

import json
import time
from copy import deepcopy
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.doors.n8n_rest import redact
from tests.unit.doors.n8n_rest.recorded import UNTRACED, documents, requests_of
from tests.unit.doors.n8n_rest.test_translate import paths, replace_at

SECRET: Final = "hunter2-Zx9Qw8Er7Ty6"

TOLD: Final = {
    ("id",), ("status",), ("mode",), ("retryOf",), ("workflowId",), ("workflowVersionId",),
    ("tracingContext", "tracestate"), ("workflowData", "name"), ("data", "parentExecution", "executionId"),
}  # fmt: skip
"""Names and ids, which are told as they are."""
NAMES: Final = {"name", "id", "type", "executionStatus"}
TEXTS: Final = {"message", "description", "stack", "messages", "uri", "url", "error"}
"""Error texts and URLs, which go on bounded and cut."""

DOCUMENTS: Final = [*documents().values(), *documents(UNTRACED).values()]


def is_untold(path: tuple[Any, ...]) -> bool:
    """Whether nothing of what stands there may go on."""
    if path in TOLD or path[-1] in NAMES | TEXTS:
        return False
    return not any(step == "messages" for step in path)


def told(document: Any) -> bytes:
    requests = requests_of(document)
    return (requests.traces or b"") + (requests.logs or b"")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_secret_planted_anywhere_but_in_names_and_error_texts_never_goes_on(data: st.DataObject) -> None:
    """Headers, bodies, queries, parameters, items, credentials, contexts, the resume token: none of them is read."""
    document = deepcopy(data.draw(st.sampled_from(DOCUMENTS)))
    places = [path for path in paths(document, depth=20) if is_untold(path)]
    for path in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        shape = data.draw(st.sampled_from([SECRET, {"x-thing": SECRET}, [SECRET], f"Bearer {SECRET}"]))
        try:
            replace_at(document, path, shape)
        except (KeyError, IndexError, TypeError):
            continue  # a place within one that was replaced before
    assert SECRET.encode() not in told(document)


def test_a_secret_where_names_go_on_would_be_seen() -> None:
    """The test above looks where it should: a name is told as it is."""
    document = deepcopy(documents()["44"])
    document["workflowData"]["name"] = SECRET
    assert SECRET.encode() in told(document)


@pytest.mark.parametrize(
    "text",
    [
        f"401 - token={SECRET} is wrong",
        f'500 - "{{\\"error\\": \\"no\\", \\"api_key\\": \\"{SECRET}\\"}}"',
        json.dumps({"password": SECRET, "user": "x"}),
        json.dumps({"passwords": [SECRET, SECRET]}),
        json.dumps({"credentials": {"a": SECRET}}),
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Basic {SECRET}==",
        f"authorization: AWS4 Credential=a, Signature={SECRET}",
        f"Cookie: a=1; session={SECRET}; b={SECRET}",
        f"set-cookie: sid={SECRET}; Path=/",
        f"GET https://user:{SECRET}@host/path failed",
        f"GET https://host/path?x={SECRET}&y=1 failed",
        f"GET https://host/path#{SECRET} failed",
        f"GET /path?api_key={SECRET} failed",
        f"postgres://app:{SECRET}@db:5432/orders refused",
        f"https://hooks.example.com/services/T0001/B0001/{SECRET}{SECRET}",
        f"client_secret = '{SECRET}'",
        f"X-Auth-Token:{SECRET}",
        f"pwd={SECRET};host=db",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_cut_out_of_an_error_text(text: str) -> None:
    """Callees answer with what they were sent."""
    assert SECRET not in redact.text(text)
    document = deepcopy(documents()["44"])
    for error in errors(document):
        error |= {"message": text, "description": text, "stack": text, "messages": [text]}
    assert SECRET.encode() not in told(document)


@pytest.mark.parametrize(
    "token",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
        "sk-proj-abcdefghijklmnopqrstuvwx",
        "ghp_abcdefghijklmnopqrstuvwxyz012345",
        "xoxb-1234567890-abcdefghij",
        "AKIAIOSFODNN7EXAMPLE",
    ],
)
def test_keys_that_say_what_they_are_are_cut_out_wherever_they_stand(token: str) -> None:
    """No name before them is needed."""
    assert token not in redact.text(f"the service said {token} is not valid")


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "cookie", "X-Session-Token", "proxy-authorization"])
def test_a_secret_that_an_error_text_quotes_is_known_by_where_it_stands_in_the_document(header: str) -> None:
    """In prose nothing tells it from a word; under a header's name it does."""
    document = deepcopy(documents()["44"])
    for error in errors(document):
        error["context"]["request"]["headers"][header] = f"Bearer {SECRET}" if "auth" in header else SECRET
        error |= {"message": f"I do not know {SECRET} at all", "messages": [f"never heard of {SECRET}"]}
    assert SECRET.encode() not in told(document)


def test_a_parameter_with_a_secrets_name_makes_its_value_one() -> None:
    """{"name": "x-api-key", "value": ...}, as the HTTP Request node keeps headers."""
    document = {"parameters": [{"name": "x-api-key", "value": SECRET}, {"name": "other", "value": "harmless-value"}]}
    assert redact.secrets_of(document) == (SECRET,)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://127.0.0.1:18080/jobs/fail", "http://127.0.0.1:18080/jobs/fail"),
        (f"https://u:{SECRET}@Host.example:8443/a?b={SECRET}#c", "https://host.example:8443/a"),
        (f"https://hooks.example.com/services/T1/{SECRET}{SECRET}", "https://hooks.example.com/services/T1/[redacted]"),
        ("https://api.example.com/users/0f8fad5b-d9cb-469f-a165-70867728950e",) * 2,
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("={{ $json.url }}", ""),
        ("file:///etc/passwd", ""),
        ("http://[::1", ""),
        (None, ""),
    ],
)
def test_a_url_keeps_its_place_alone(given: Any, kept: str) -> None:
    """No user, query or fragment, and no opaque part of the path."""
    assert redact.url(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [("500", "500"), (404, "404"), ("ECONNREFUSED", "ECONNREFUSED"), ("ERR_BAD_RESPONSE", "ERR_BAD_RESPONSE")]
    + [(given, "") for given in (SECRET, "AKIAIOSFODNN7EXAMPLE", "9999", 7, None, True, ["500"])],
)
def test_a_code_is_a_status_or_a_network_errors_name(given: Any, kept: str) -> None:
    """Clients put all sorts of things there."""
    assert redact.code(given) == kept


def test_what_explains_a_failure_is_kept() -> None:
    """Redaction that cuts everything would be of no use."""
    text = '500 - "{\\"error\\": \\"bridge exploded\\", \\"code\\": \\"E_BRIDGE\\", \\"job_id\\": \\"50386254-5eb8\\"}"'
    assert redact.text(text) == text
    assert redact.text("connect ECONNREFUSED 127.0.0.1:25091") == "connect ECONNREFUSED 127.0.0.1:25091"
    assert redact.text("TypeError: author is undefined at line 2") == "TypeError: author is undefined at line 2"


def test_texts_are_bounded_and_a_secret_across_the_bound_is_not_half_shown() -> None:
    """Half a secret is still half a secret."""
    limit = 100
    for before in range(180, 205):
        shown = redact.text("x " * (before // 2) + f"token={SECRET}", limit=limit)
        assert len(shown) <= limit and SECRET[:8] not in shown


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["token", "a://", "secret=", '\\"', "password:'", "eyJ", "-eyJ", "authorization:", "x.-", "-----BEGIN "]
)
def test_a_hostile_text_costs_no_more_than_a_moment(unit: str) -> None:
    """The expressions stay near linear: one that looked on to the end at each unit took 300 times as long as plain text."""

    def seconds(piece: str) -> float:
        started = time.process_time()
        redact.text(piece * 20_000, limit=redact.STACK_CHARACTERS)
        return time.process_time() - started

    assert seconds(unit) < 100 * max(seconds("x yz"), 0.001)


def test_a_web_token_is_found_within_a_name() -> None:
    """Whatever stands before and behind it."""
    assert redact.text("token-eyJhbGciOiJIUzI1NiJ9.e30.Zm9v!") == f"token-{redact.REDACTED}!"


def errors(document: Any) -> list[dict[str, Any]]:
    result = document["data"]["resultData"]
    runs = [run for of_node in result["runData"].values() for run in of_node if "error" in run]
    return [result["error"], *(run["error"] for run in runs)]
