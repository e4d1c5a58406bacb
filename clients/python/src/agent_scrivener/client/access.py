"""What a program shows a coordinator, and whom it takes for one: files, named as for the command line."""

import os
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..worker.secret_file import read_secret

URL_VARIABLE = "SCRIVENER_COORDINATOR"
USUAL_URL = "http://127.0.0.1:7411"
TOKEN_VARIABLE = "SCRIVENER_TOKEN_FILE"
AUTHORITY_VARIABLE = "SCRIVENER_CA_CERTIFICATE"
USUAL_TOKEN_FILE = os.path.join(".config", "scrivener", "token")
MOST_TOKEN_BYTES = 4 << 10


@dataclass(frozen=True, slots=True)
class Access:
    """What is needed to ask a coordinator."""

    url: str
    token: str | None
    #: Whose certificates are trusted; those of the system when True.
    verify: ssl.SSLContext | bool

    def __repr__(self) -> str:
        return f"<access to {self.url}>"

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


def find_access(url: str | None, token_file: str | None, ca_certificate: str | None) -> Access:
    """What was named, or else what the environment names, or else the usual file of a token where there is one. The
    last is for nobody who has not been named: it goes to this machine, or over TLS.

    :raises ConfigurationError: when a file cannot be used.
    """
    url = url or os.environ.get(URL_VARIABLE) or USUAL_URL
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a coordinator, such as http://127.0.0.1:7411")
    path = token_file or os.environ.get(TOKEN_VARIABLE) or _usual(parts.scheme, parts.hostname)
    authority = ca_certificate or os.environ.get(AUTHORITY_VARIABLE) or None
    verify: ssl.SSLContext | bool = True
    if authority is not None:
        verify = ssl.create_default_context(cafile=authority)
        verify.minimum_version = ssl.TLSVersion.TLSv1_2
    token = None if path is None else read_secret(path, MOST_TOKEN_BYTES).decode().strip()
    return Access(url.rstrip("/"), token, verify)


def _usual(scheme: str, host: str) -> str | None:
    if scheme != "https" and host not in ("localhost", "127.0.0.1", "::1"):
        return None
    path = os.path.join(os.path.expanduser("~"), USUAL_TOKEN_FILE)
    return path if os.path.exists(path) else None
