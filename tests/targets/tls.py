"""TLS between a client and a peer of the tests, by an authority of their own."""

import ssl

import trustme


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a client that trusts the authority verifies by."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def proving(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """What a peer that is this host proves itself by."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context
