"""The Elasticsearch cluster: the one place where it is named, for exporter and store alike."""

from pathlib import Path
from typing import Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from correlator.elasticsearch.connection import ApiKey, Basic, Connection, Credentials, cloud_url
from correlator.elasticsearch.names import DEFAULT_NAMESPACE, Names
from correlator.errors import SettingsError
from correlator.settings.elasticsearch_export import ElasticsearchExportSettings
from correlator.settings.elasticsearch_reads import ElasticsearchReadSettings
from correlator.settings.places import checked_secret, http_place, is_exposed, read_secret
from correlator.settings.units import Duration, Section

_EXAMPLE: Final = "http://127.0.0.1:9200"
_INDEX_WORD: Final = r"^[a-z0-9][a-z0-9_]{0,62}$"
"""Fit for a part of a data stream's name: these are joined by hyphens, so that none may have one."""


class ElasticsearchSettings(Section):
    """Elasticsearch: where it is, how one proves oneself there, and what our data is called. An API key, or a user."""

    hosts: tuple[str, ...] = Field(
        default=(), description=f"Nodes of the cluster, such as {_EXAMPLE}; https:// is TLS."
    )
    cloud_id: str | None = Field(default=None, description="Cloud id of a deployment, instead of hosts.")
    api_key: SecretStr | None = Field(
        default=None, description="An API key, in the form that Elasticsearch calls `encoded`; from the environment."
    )
    api_key_file: Path | None = Field(
        default=None, description="File that holds the key, instead of `api_key`; read anew where it is refused."
    )
    user: str | None = Field(
        default=None, min_length=1, description="A user, where there is no API key; needs a password."
    )
    password: SecretStr | None = Field(default=None, description="The user's password; from the environment.")
    password_file: Path | None = Field(default=None, description="File that holds the password, instead of `password`.")
    ca_file: Path | None = Field(default=None, description="Certificates to trust, as PEM, instead of the system's.")
    verify: bool = Field(default=True, description="False accepts any certificate: only for tests.")
    timeout: Duration = Field(default="30s", gt=0, le=600, description="How long an answer may take.")  # type: ignore[assignment]
    gzip: bool = Field(default=False, description="Whether requests are compressed: worth it over a slow network.")
    prefix: str = Field(default="correlator", pattern=_INDEX_WORD, description="Begins the names of our plain indices.")
    dataset: str = Field(
        default="generic",
        pattern=_INDEX_WORD,
        description="In the names of data streams: traces-DATASET.otel-NAMESPACE, logs- and metrics-.",
    )
    namespace: str = Field(
        default=DEFAULT_NAMESPACE, pattern=_INDEX_WORD, description="Keeps apart engines that share a cluster."
    )
    retention: Duration = Field(
        default="30d", ge=3600, description="Elasticsearch deletes records after so long, a whole index at a time."
    )  # type: ignore[assignment]
    export: ElasticsearchExportSettings = ElasticsearchExportSettings()
    reads: tuple[ElasticsearchReadSettings, ...] = Field(
        default=(), description="Documents of others, which complete our stories and are investigated."
    )

    @property
    def is_set(self) -> bool:
        """Whether a cluster is named."""
        return bool(self.hosts) or self.cloud_id is not None

    @property
    def place(self) -> str:
        """For people: the first node."""
        return self.hosts[0] if self.hosts else cloud_url(self.cloud_id or "")

    @property
    def names(self) -> Names:
        return Names(self.prefix, self.dataset, self.namespace)

    @property
    def connection(self) -> Connection:
        """Raises SettingsError where no cluster is named. Secrets are read when it connects."""
        if not self.is_set:
            raise SettingsError(f"elasticsearch.hosts is not set: name the cluster's nodes, for example [{_EXAMPLE}]")
        return Connection(
            hosts=self.hosts,
            cloud_id=self.cloud_id,
            read_credentials=self.read_credentials,
            ca_file=self.ca_file,
            verify=self.verify,
            timeout_s=self.timeout,
            is_gzip=self.gzip,
        )

    def read_credentials(self) -> Credentials:
        """Read anew. Raises SettingsError where they cannot be read; never shows them."""
        key = self._secret("api_key", "key", self.api_key, self.api_key_file)
        if key is not None:
            return ApiKey(key)
        password = self._secret("password", "password", self.password, self.password_file)
        return None if self.user is None or password is None else Basic(self.user, password)

    @property
    def exposed_hosts(self) -> tuple[str, ...]:
        """Those to which a secret goes over a network unencrypted."""
        return tuple(filter(is_exposed, self.hosts)) if self._has_key or self.user is not None else ()

    @property
    def _has_key(self) -> bool:
        return self.api_key is not None or self.api_key_file is not None

    @property
    def _has_password(self) -> bool:
        return self.password is not None or self.password_file is not None

    def _secret(self, name: str, word: str, given: SecretStr | None, file: Path | None) -> str | None:
        if given is not None:
            return checked_secret(given.get_secret_value(), f"elasticsearch.{name}", word)
        return None if file is None else read_secret(file, f"elasticsearch.{name}_file", word)

    @field_validator("hosts")
    @classmethod
    def _are_places(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_with_port(http_place(host, _EXAMPLE)) for host in hosts))

    @field_validator("cloud_id")
    @classmethod
    def _is_a_cloud_id(cls, cloud_id: str | None) -> str | None:
        if cloud_id is not None:
            cloud_url(cloud_id)
        return cloud_id

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.hosts and self.cloud_id is not None:
            raise ValueError("hosts and cloud_id are both given: leave one of them out")
        if self._has_key and self.user is not None:
            raise ValueError("an API key and a user are both given: leave one of them out")
        if (self.user is not None) != self._has_password:
            raise ValueError("user and password_file belong together: give both, or neither")
        return self


def _with_port(url: str) -> str:
    """The client asks for a port; 443 and 80 go without saying elsewhere."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    has_port = host.rpartition(":")[2].isdecimal()
    return url if has_port else f"{scheme}://{host}:{443 if scheme == 'https' else 80}{slash}{path}"
