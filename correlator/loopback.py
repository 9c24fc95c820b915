"""Which hosts are this machine and no other."""

import ipaddress


def is_loopback_host(host: str) -> bool:
    """Whether `host` (without a port, IPv6 without brackets) is localhost, of 127.0.0.0/8, or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
