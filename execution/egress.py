"""The executor's one way out: to the hosts that its configuration names, at public addresses, without redirects.

Whatever an answer, a bill or a name server says, a token cannot be carried elsewhere. The address is resolved here,
judged, and then connected to as it was judged: a name that points inside a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable

import httpx

from execution.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class EgressRefused(httpx.ConnectError):
    """Refused before a byte left, so what was to be sent was never sent."""


def client(*base_urls: str, timeout: httpx.Timeout | float, verify: ssl.SSLContext | bool = True) -> httpx.Client:
    """A client for the origins of these URLs alone; paths are relative to the first.

    `verify`: certificates that count, the public ones unless given. A private address is reached only where the
    configuration names it as such (the sandbox does: 127.0.0.1), and only there without TLS. Never retries.
    Raises Invalid for a URL that breaks this.
    """
    return httpx.Client(
        base_url=base_urls[0].rstrip("/"),
        transport=_Guarded(base_urls, verify),
        follow_redirects=False,
        trust_env=False,
        timeout=timeout,
    )


class _Guarded(httpx.BaseTransport):
    def __init__(self, base_urls: Iterable[str], verify: ssl.SSLContext | bool) -> None:
        try:
            self._origins = {_origin(httpx.URL(url)) for url in base_urls}
        except httpx.InvalidURL as error:
            raise Invalid(f"{error}; give https://host") from error
        for scheme, host, _ in self._origins:
            if scheme not in _PORTS or not host:
                raise Invalid(f"{scheme}://{host} is no web address; give https://host")
            if scheme == "http" and not _is_private_by_name(host):
                raise Invalid(f"http://{host} would carry tokens in the clear; give its https address")
        # A transport for each host: one address may serve several, and a connection belongs to one name.
        self._ways = {
            host: httpx.HTTPTransport(retries=0, trust_env=False, verify=verify) for _, host, _ in self._origins
        }
        self._last: dict[str, str] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        origin = _origin(request.url)
        if origin not in self._origins:
            known = ", ".join(sorted({host for _, host, _ in self._origins}))
            raise EgressRefused(f"{origin[1]} is not a host of this connection ({known})", request=request)
        _, host, port = origin
        failure: httpx.HTTPError | None = None
        for address in self._addresses(host, port, request):
            at = request.url.copy_with(host=address)
            sent = httpx.Request(
                request.method, at, headers=request.headers, stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )  # fmt: skip
            try:
                response = self._ways[host].handle_request(sent)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error  # Nothing left yet; a host with several addresses may answer at the next.
                continue
            self._last[host] = address
            return response
        raise failure or EgressRefused(f"{host} has no address", request=request)

    def close(self) -> None:
        for way in self._ways.values():
            way.close()

    def _addresses(self, host: str, port: int, request: httpx.Request) -> list[str]:
        """Every address of the host, judged; where the last request went comes first."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} has no address ({error})", request=request) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for text in addresses:
            if not _may_reach(ipaddress.ip_address(text), host):
                raise EgressRefused(f"{host} points at {text}, which is not on the internet", request=request)
        return sorted(addresses, key=lambda text: text != self._last.get(host))


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host.lower(), url.port or _PORTS.get(url.scheme, 0)


def _is_private_by_name(host: str) -> bool:
    """Whether the configuration itself says that this is inside: `localhost` or a private address written out."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # Link-local holds the clouds' metadata services: no rail lives there.
    return address.is_private and not (address.is_link_local or address.is_unspecified or address.is_reserved)


def _may_reach(address: Address, host: str) -> bool:
    inner = _inside(address)
    if host == "localhost":
        return inner.is_loopback
    return inner.is_global and not inner.is_multicast or (_is_private_by_name(host) and str(address) == host)


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
