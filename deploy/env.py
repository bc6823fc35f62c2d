"""Writes a `.env` for docker-compose.yml with generated secrets: `make env DOMAIN=haru.example EMAIL=me@…`."""

import argparse
import os
import re
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOST_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def filled(example: str, values: dict[str, str]) -> str:
    """The example with the values in their places; KeyError for one that it does not tell."""
    for name, value in values.items():
        example, found = re.subn(rf"^{name}=.*$", f"{name}={value}", example, flags=re.MULTILINE)
        if not found:
            raise KeyError(name)
    return example


def main() -> int:
    parser = argparse.ArgumentParser(prog="make env", description=__doc__)
    parser.add_argument("--domain", required=True, help="the name that the service is reached by")
    parser.add_argument("--email", default="", help="where notices about the certificate go")
    parser.add_argument("--file", type=Path, default=ROOT / ".env")
    given = parser.parse_args()
    if not HOST_NAME.fullmatch(given.domain):
        parser.error("DOMAIN is a host name such as haru.example: make env DOMAIN=haru.example EMAIL=me@haru.example")
    values = {
        "DOMAIN": given.domain,
        "ACME_EMAIL": given.email,
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(64),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(32),
    }
    try:
        file = os.open(given.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        print(f"{given.file} exists and stays as it is: its secrets open the database and the log-ins.")
        return 1
    with os.fdopen(file, "w") as writable:
        writable.write(filled((ROOT / ".env.example").read_text(), values))
    print(f"{given.file} is written, readable by you alone. Set OPENAI_API_KEY (or OPENAI_BASE_URL) in it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
