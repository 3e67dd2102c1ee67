"""What `certutil -A -t C,,` does: an authority into a user's certificate store, by the browser's own library."""

from __future__ import annotations

import ctypes
import ssl
import subprocess
import sys
from pathlib import Path

TRUSTED_FOR_SERVERS = 0x10 | 0x08  # CERTDB_TRUSTED_CA | CERTDB_VALID_CA


class Trust(ctypes.Structure):
    """What a certificate is trusted for."""

    _fields_ = tuple((use, ctypes.c_uint) for use in ("servers", "mail", "code"))


def trusting_store(store: Path, authority: Path) -> None:
    """Make a certificate store that trusts an authority. In a process of its own, as the library keeps state."""
    subprocess.run([sys.executable, __file__, str(store), str(authority)], check=True, timeout=60)


def _trust(store: Path, authority: Path) -> None:
    """A store with no password, and an authority in it that servers are trusted by."""
    nss, smime = ctypes.CDLL("libnss3.so"), ctypes.CDLL("libsmime3.so")
    for pointing in (
        nss.PK11_GetInternalKeySlot,
        smime.CERT_DecodeCertFromPackage,
        nss.CERT_GetDefaultCertDB,
    ):
        pointing.restype = ctypes.c_void_p
    store.mkdir(parents=True)
    der = ssl.PEM_cert_to_DER_cert(authority.read_text(encoding="ascii"))
    done = [nss.NSS_InitReadWrite(f"sql:{store}".encode())]
    slot = ctypes.c_void_p(nss.PK11_GetInternalKeySlot())
    done.append(nss.PK11_InitPin(slot, None, b""))
    certificate = ctypes.c_void_p(smime.CERT_DecodeCertFromPackage(der, len(der)))
    done.append(nss.PK11_ImportCert(slot, certificate, ctypes.c_ulong(0), b"force", 0))
    database = ctypes.c_void_p(nss.CERT_GetDefaultCertDB())
    done.append(nss.CERT_ChangeCertTrust(database, certificate, ctypes.byref(Trust(TRUSTED_FOR_SERVERS))))
    if any(done):
        raise OSError(f"the store was not made: {done}")


if __name__ == "__main__":
    _trust(Path(sys.argv[1]), Path(sys.argv[2]))
