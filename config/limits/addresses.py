"""Where a request comes from, as limits see it.

The server alone decides: uvicorn replaces the peer's address by an entry of `X-Forwarded-For` only where the peer is
one of `FORWARDED_ALLOW_IPS`, and takes the last entry that is none of them. No header is read here.
"""

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

HOME_PREFIX_BITS = 64  # what one household or phone has of IPv6, in which it may choose freely


def client(request: HttpRequest) -> str:
    """The client's address, of IPv6 its /64 network; empty behind a socket that has no addresses."""
    return place(request.META.get("REMOTE_ADDR", ""))


def place(address: str) -> str:
    """One spelling for all addresses that one client may choose among; what is no address stays as it is."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, HOME_PREFIX_BITS), strict=False))


def are_named(proxies: str) -> bool:
    """Whether these are single proxies or networks; if everybody were one, a client could choose its address."""
    try:
        networks = [ip_network(proxy.strip()) for proxy in proxies.split(",") if proxy.strip()]
    except ValueError:
        return False
    return all(network.prefixlen for network in networks)
