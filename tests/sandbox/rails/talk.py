"""How the tests speak to the rails: plain HTTP, with the credentials that onboarding hands out."""

from __future__ import annotations

from typing import Any

import httpx

READ = "bills:read vendors:read entities:read bank_accounts:read business:read transactions:read transfers:read " \
       "reimbursements:read users:read accounting:read"  # fmt: skip
WRITE = "bills:write bills:read entities:read vendors:read"


class Talk:
    """Calls of one running sandbox."""

    def __init__(self, urls: dict[str, str], http: httpx.Client) -> None:
        self.urls = urls
        self.http = http
        self._onboarding: dict[str, Any] | None = None

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, self.urls["control"] + path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def onboarding(self) -> dict[str, Any]:
        if self._onboarding is None:
            self._onboarding = self.control("GET", "/onboarding")
        return self._onboarding

    def profile(self, key: str) -> dict[str, Any]:
        return next(c["profile"] for c in self.control("GET", "/onboarding")["clients"] if c["client_key"] == key)

    def client_keys(self) -> list[str]:
        return [client["client_key"] for client in self.onboarding()["clients"]]

    def ramp_token(self, key: str, role: str = "reader", scope: str = READ) -> str:
        ramp = self.profile(key)["ramp"]
        answer = self.http.post(
            f"{self.urls['ramp']}/developer/v1/token",
            data={"grant_type": "client_credentials", "scope": scope},
            auth=(ramp[f"{role}_client_id"], ramp[f"{role}_client_secret"]),
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def ramp(self, token: str, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.request(method, f"{self.urls['ramp']}/developer/v1{path}", headers=headers, **given)

    def qbo_token(self, key: str, refresh_token: str | None = None) -> httpx.Response:
        app = self.onboarding()["app"]["qbo"]
        token = refresh_token or self.profile(key)["qbo"]["refresh_token"]
        return self.http.post(
            f"{self.urls['qbo']}/oauth2/v1/tokens/bearer",
            data={"grant_type": "refresh_token", "refresh_token": token},
            auth=(app["client_id"], app["client_secret"]),
        )

    def qbo(self, token: str, key: str, path: str, **params: str) -> httpx.Response:
        realm = self.profile(key)["qbo"]["realm_id"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self.http.get(f"{self.urls['qbo']}/v3/company/{realm}{path}", params=params, headers=headers)

    def plaid(self, key: str, path: str, **fields: Any) -> httpx.Response:
        app = self.onboarding()["app"]["plaid"]
        headers = {"PLAID-CLIENT-ID": app["client_id"], "PLAID-SECRET": app["secret"]}
        body = {"access_token": self.profile(key)["plaid"]["access_token"], **fields}
        return self.http.post(self.urls["plaid"] + path, json=body, headers=headers)

    def plaid_all(self, key: str, cursor: str = "", count: int = 500) -> tuple[dict[str, list[Any]], str]:
        """Every page since a cursor: ({added, modified, removed}, next cursor)."""
        found: dict[str, list[Any]] = {"added": [], "modified": [], "removed": []}
        while True:
            answer = self.plaid(key, "/transactions/sync", cursor=cursor, count=count)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for name in found:
                found[name].extend(page[name])
            cursor = page["next_cursor"]
            if not page["has_more"]:
                return found, cursor

    def stripe(self, key: str, path: str, **params: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.profile(key)['stripe']['restricted_key']}"}
        return self.http.get(self.urls["stripe"] + path, params=params, headers=headers)
