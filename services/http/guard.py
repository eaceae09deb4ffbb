"""Which addresses may be connected to. Pure; `client` asks it at the moment of connecting.

The check is on the address that the socket will really use, not on the name: an address written in another form
(`http://2130706433/`), a name that changes between two look-ups and a redirect all end up here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Net = ipaddress.IPv4Network | ipaddress.IPv6Network

# Blocks that `is_global` of some Python releases lets through, with the RFC that sets each aside.
_NEVER = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8",  # this network, RFC 1122
        "100.64.0.0/10",  # shared by carriers, RFC 6598
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112
        "64:ff9b:1::/48",  # local NAT64, RFC 8215
        "100::/64",  # discard, RFC 6666
        "2001:db8::/32",  # documentation, RFC 3849
        "fc00::/7",  # unique local, RFC 4193
        "fe80::/10",  # link-local, RFC 4291
        "fec0::/10",  # site-local, RFC 3879
        "ff00::/8",  # multicast, RFC 4291
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291 2.5.5.1, deprecated


class Exemption(NamedTuple):
    """An entry of `allow_private`: a network or a name, and a port or any."""

    net: Net | None
    name: str
    port: int | None


def is_public(address: str) -> bool:
    """Whether this IP address belongs to the open internet, whatever it is wrapped in."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _embedded(ip)
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _NEVER if net.version == ip.version)


def _embedded(ip: Ip) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address carries: mapped, compatible, 6to4, Teredo's client, NAT64."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return None
    if ip.ipv4_mapped or ip.sixtofour:
        return ip.ipv4_mapped or ip.sixtofour
    if ip.teredo:
        return ip.teredo[1]
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


class Guard:
    """Says whether a connection is allowed: to public addresses, and to the exemptions.

    Exemptions are `ADDRESS:PORT`, `NETWORK/BITS[:PORT]`, `[v6]:PORT` or `NAME:PORT`; a name counts as written in
    the URL, whatever it resolves to. A `ValueError` names an exemption that is none of these.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._exemptions = tuple(parse_exception(each) for each in allow)

    def allows(self, address: str, port: int, name: str = "") -> bool:
        """`name` is the host as the URL has it; only exemptions look at it."""
        return is_public(address) or any(_covers(each, address, port, name) for each in self._exemptions)


def parse_exception(text: str) -> Exemption:
    """One entry of `allow_private`."""
    host, port = _split_port(text.strip())
    if not host or " " in host:
        raise ValueError(f"http.allow_private: {text!r}: write ADDRESS:PORT, NETWORK/BITS or NAME:PORT")
    try:
        return Exemption(ipaddress.ip_network(host, strict=False), "", port)
    except ValueError:
        if "/" in host or ":" in host:
            raise ValueError(f"http.allow_private: {text!r}: write ADDRESS:PORT, NETWORK/BITS or NAME:PORT") from None
        return Exemption(None, host.lower(), port)


def _split_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest[1:]) if rest[1:].isdigit() else None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        if not port.isdigit() or int(port) > 65535:
            raise ValueError(f"http.allow_private: {text!r}: {port!r} is no port")
        return host, int(port)
    return text, None


def _covers(each: Exemption, address: str, port: int, name: str) -> bool:
    if each.port is not None and each.port != port:
        return False
    if each.net is None:
        return name.lower().rstrip(".") == each.name
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped and each.net.version == 4:
        ip = ip.ipv4_mapped
    return ip.version == each.net.version and ip in each.net
