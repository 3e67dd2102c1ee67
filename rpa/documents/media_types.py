"""The types of pictures, sound and film, by the first bytes of a file."""

from __future__ import annotations

from contextlib import suppress

import puremagic

UNKNOWN = "application/octet-stream"
_LOOKED_AT = 4096  # bytes
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"#!AMR", "audio/amr"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
)
_IN_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {  # of files in the form of ISO 14496-12
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
    b"3gp6": "video/3gpp",
}


def media_type_of_bytes(content: bytes) -> str:
    """The MIME type of a picture, sound or film; `application/octet-stream` for anything else."""
    head = content[:_LOOKED_AT]
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[:4] == b"RIFF":
        return _IN_RIFF.get(head[8:12], UNKNOWN)
    for start, media_type in _STARTS:
        if head.startswith(start):
            return media_type
    return _by_rarer_signs(head)


def _by_rarer_signs(head: bytes) -> str:
    with suppress(puremagic.PureError, ValueError):
        for found in puremagic.magic_string(head):
            if found.mime_type.startswith(("image/", "audio/", "video/")):
                return str(found.mime_type)
    return UNKNOWN
