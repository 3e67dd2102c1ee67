"""What every section of the settings is made of: its class, and the kinds of values."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, ValidationError


def _host(host: str) -> str:
    """An address to listen on, or localhost."""
    try:
        return host if host == "localhost" else str(ip_address(host))
    except ValueError:
        raise ValueError("not an address to listen on: an IP address, or localhost") from None


def web_address(url: str) -> str:
    """An http or https address, as written but without a slash at its end. It is shown in messages and logs."""
    try:
        HttpUrl(url)
    except ValidationError:
        raise ValueError("not a web address: http://HOST:PORT or https://...") from None
    if "@" in urlsplit(url).netloc:
        raise ValueError("an address without a name or password: these belong in the file of accounts")
    if "?" in url or "#" in url:
        raise ValueError(
            "an address without a query or fragment: what is secret belongs in the file of accounts"
        )
    return url.rstrip("/")


def _named_host(host: str) -> str:
    """A host by its name or address, with a port unless it is 443."""
    name, colon, port = host.strip().casefold().rpartition(":")
    if not colon:
        name, port = port, ""
    try:
        name = name.rstrip(".").encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name) or not re.fullmatch(r"|[0-9]{1,5}", port):
        raise ValueError("not a host: a name such as media.example.com, or HOST:PORT")
    return name if port in ("", "443") else f"{name}:{int(port)}"


NAME = r"[a-z0-9][a-z0-9_-]{0,63}"
Seconds = Annotated[float, Field(ge=0.01, le=86_400)]  # less would be a loop that never rests
Name = Annotated[str, Field(pattern=f"^{NAME}$")]
Host = Annotated[str, AfterValidator(_named_host)]
ListenAddress = Annotated[str, AfterValidator(_host)]
WebAddress = Annotated[str, AfterValidator(web_address)]


class Section(BaseModel):
    """A part of the settings: frozen, and nothing in it but what we know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
