"""What is told to who is refused."""

from correlator.elasticsearch.lacking import refused

REASON = (
    "action [indices:data/read/search] is unauthorized for API key id [i3] of user [ann] on indices [logs-a.otel-b], "
    "this action is granted by the index privileges [read,all]"
)


def test_who_is_not_known_is_sent_to_the_secret() -> None:
    """No role mends that."""
    told = refused(401, "unable to authenticate user [ann] for REST request [/]", "reader")
    assert told == "it does not know who asks; mend elasticsearch.api_key_file, or user and password_file"


def test_who_may_not_is_told_the_privilege_and_the_role() -> None:
    """And neither user nor key, which Elasticsearch names."""
    assert refused(403, REASON, "reader") == (
        "it needs one of the index privileges read, all on logs-a.otel-b; "
        "mend the key's role (`correlator elasticsearch roles reader`)"
    )


def test_a_refusal_without_a_reason_is_told_all_the_same() -> None:
    """As of what stands before the cluster."""
    assert refused(403, "", "store") == "it forbids it; mend the key's role (`correlator elasticsearch roles store`)"
