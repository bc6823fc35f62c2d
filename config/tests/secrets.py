"""`python -m config.tests.secrets`: looks through every file that git keeps for a key, a password or a token."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What a secret looks like when its owner makes it; examples have a dot or a word where the chance would be.
KINDS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a key of OpenAI": r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}",
    "a key of AWS": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})",
    "a key of Google": r"\bAIza[A-Za-z0-9_-]{35}",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "a password in an address": r"\b[a-z][a-z0-9+]*://[^\s:/@'\"{}$<>]+:(?!(?:password|secret)\b)[^\s/@'\"{}$<>]{8,}@",
    "a setting's secret": r"(?m)^(?:DJANGO_SECRET_KEY|OPENAI_API_KEY|POSTGRES_PASSWORD|[A-Z]+_CLIENT_SECRET)=\S+",
}
# Made up by tests that see what becomes of one.
MADE_UP = {
    ("accounts/tests/test_providers.py", "a token of GitHub"),
    ("config/tests/test_mail.py", "a password in an address"),
}
SECRETS = {kind: re.compile(pattern) for kind, pattern in KINDS.items()}


def found(text: str) -> list[str]:
    """The kinds of secrets in a text."""
    return [kind for kind, pattern in SECRETS.items() if pattern.search(text)]


def tracked() -> list[Path]:
    """The files that git keeps."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def main() -> int:
    """1 with every file that has one."""
    leaks = [
        f"{path.relative_to(ROOT)} holds {kind}"
        for path in tracked()
        for kind in found(path.read_bytes().decode("utf-8", "replace"))
        if (path.relative_to(ROOT).as_posix(), kind) not in MADE_UP
    ]
    print("\n".join(leaks) or "No secret in any file.")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
