"""A client for the cluster of the settings, and what an error of it means for the command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from elastic_transport import TlsError
from elasticsearch import ApiError, Elasticsearch, TransportError, UnsupportedProductError

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.elasticsearch import connect
from correlator.elasticsearch.error_body import error_of, reason_of
from correlator.elasticsearch.lacking import NOT_ALLOWED, refused
from correlator.elasticsearch.silence import silence_of
from correlator.settings import load_settings

if TYPE_CHECKING:
    from correlator.settings.elasticsearch import ElasticsearchSettings

NOT_OURS: Final = "that is not how Elasticsearch answers; correct elasticsearch.hosts, or what stands before it"
TRUST: Final = (
    "where it speaks TLS, name its authority in elasticsearch.ca_file; else begin elasticsearch.hosts with http://"
)
ROLE: Final = "setup"


@contextmanager
def opened(config: Path | None, url: str | None) -> "Iterator[tuple[Elasticsearch, ElasticsearchSettings]]":
    """For the block; its errors become CommandFailed. Raises SettingsError."""
    flags = {"elasticsearch": {"hosts": [url]}} if url is not None else {}
    settings = load_settings(config, flags).elasticsearch
    for host in settings.exposed_hosts:
        typer.echo(f"correlator: the secret for Elasticsearch goes to {host} unencrypted; use https://", err=True)
    client = connect(settings.connection)
    try:
        yield client, settings
    except UnsupportedProductError as error:
        message = (
            f"{settings.place} is no Elasticsearch, or something on the way takes its header X-Elastic-Product away"
        )
        raise CommandFailed(f"{message}; correct elasticsearch.hosts", ExitCode.WRONG_USE) from error
    except ApiError as error:
        raise _refused(error, settings) from error
    except TransportError as error:
        remedy = TRUST if isinstance(error, TlsError) else "is it running, and is elasticsearch.hosts right?"
        raise CommandFailed(f"Elasticsearch {silence_of(error)}; {remedy}", ExitCode.CANNOT_REACH) from error
    finally:
        client.close()


def _refused(error: ApiError, settings: "ElasticsearchSettings") -> CommandFailed:
    cause = error_of(error.body)
    told = f"Elasticsearch at {settings.place} answers {error.status_code}"
    if not cause:
        return CommandFailed(f"{told}: {NOT_OURS}", ExitCode.FOUND_PROBLEM)
    told = f"{told} {cause.get('type', '')}".rstrip()
    if error.status_code in NOT_ALLOWED:
        needs = refused(error.status_code, str(cause.get("reason", "")), ROLE)
        return CommandFailed(f"{told}: {needs}", ExitCode.WRONG_USE)
    return CommandFailed(f"{told}: {reason_of(cause)}", ExitCode.FOUND_PROBLEM)
