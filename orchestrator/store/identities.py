"""What recognises a submission that comes again, also once its report is erased and its id is kept no more."""

from __future__ import annotations

from audit.chain import content_digest

_ERASED = " erased:"  # no identity of a report begins with a space


def erased(digest_key: bytes, identity: str) -> str:
    """What takes the place of an identity at erasure: its keyed digest. Of such a digest: the same."""
    if identity.startswith(_ERASED):
        return identity
    return _ERASED + content_digest(digest_key, f"identity\0{identity}".encode())


def forms_of(digest_key: bytes, *identities: str) -> list[str]:
    """Each identity as a report may have it: as it is, or erased."""
    return [each for one in identities for each in (one, erased(digest_key, one))]
