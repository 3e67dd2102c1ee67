"""The server's side of TLS, and the names in the certificates that clients show."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

from orchestrator.settings import ApiSettings

_NAMED = frozenset({"DNS", "URI", "email"})


def server_context(api: ApiSettings) -> ssl.SSLContext | None:
    """TLS 1.2 or later with the server's certificate; with `client_ca` nobody comes in without one of its own.
    None where there is no certificate. Raises `OSError`: `credentials.api_certificate_faults` says why in
    words."""
    if api.certificate is None or api.key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")  # of TLS 1.2: with forward secrecy only
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(api.certificate, api.key, lambda: "")
    if api.client_ca is not None:
        context.load_verify_locations(api.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def names(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """Every name in a verified certificate, as `getpeercert` has it: the subject's common names, and the
    alternatives to it."""
    found = certificate or {}
    subject = [pair for part in found.get("subject", ()) for pair in part]
    common = {value for key, value in subject if key == "commonName"}
    return frozenset(common | {value for key, value in found.get("subjectAltName", ()) if key in _NAMED})
