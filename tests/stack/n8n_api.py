"""What one does at n8n's screen, through its API: make an owner, a key, workflows; start, retry and stop executions."""

import uuid
from typing import Any, Final

import httpx

EMAIL: Final = "owner@example.test"
PASSWORD: Final = "Only-on-loopback-1"


class N8nApi:
    """A running n8n's internal and public API. `key` is the public API's, once there is an owner."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = ""
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False, headers={"browser-id": "stack"})

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def log_in(self) -> str:
        """Make the owner, or log in as the one there is; a new public API key with all scopes."""
        owner = {"email": EMAIL, "firstName": "Stack", "lastName": "Owner", "password": PASSWORD}
        if self._http.post("/rest/owner/setup", json=owner).is_error:
            login = {"emailOrLdapLoginId": EMAIL, "password": PASSWORD}
            self._http.post("/rest/login", json=login).raise_for_status()
        scopes = self._call("GET", "/rest/api-keys/scopes")["data"]
        label = f"stack-{uuid.uuid4().hex[:6]}"
        asked = {"label": label, "scopes": scopes, "expiresAt": None}
        self.key = str(self._call("POST", "/rest/api-keys", json=asked)["data"]["rawApiKey"])
        self._http.headers["X-N8N-API-KEY"] = self.key
        return self.key

    def create(self, workflow: dict[str, Any]) -> str:
        """Create and activate a workflow; its id."""
        made = self._call("POST", "/api/v1/workflows", json=workflow)
        self._call("POST", f"/api/v1/workflows/{made['id']}/activate")
        return str(made["id"])

    def executions(self, **query: Any) -> list[dict[str, Any]]:
        """All executions that n8n lists, newest first."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self._call("GET", "/api/v1/executions", params={"limit": 250, **query, **_cursor(cursor)})
            found += page["data"]
            if (cursor := page.get("nextCursor")) is None:
                return found

    def execution(self, execution_id: str) -> dict[str, Any]:
        """One execution with its data."""
        return self._call("GET", f"/api/v1/executions/{execution_id}", params={"includeData": "true"})

    def retry(self, execution_id: str) -> httpx.Response:
        return self._http.post(f"/api/v1/executions/{execution_id}/retry", json={"loadWorkflow": False})

    def stop(self, execution_id: str) -> httpx.Response:
        return self._http.post(f"/api/v1/executions/{execution_id}/stop")

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        response = self._http.request(method, path, **more)
        if response.is_error:
            raise httpx.HTTPStatusError(
                f"{method} {path}: {response.text[:500]}", request=response.request, response=response
            )
        return dict(response.json())


def _cursor(cursor: str | None) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}
