"""`python -m config.tests.fuzz`: Schemathesis against a real host, as nobody, as a member, and with a member's ids."""

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import django

SCHEMATHESIS = Path(sys.executable).parent.parent / "tools" / "bin" / "st"
EXAMPLES = 15  # of each operation and round: the three rounds stay below three minutes on two cores
# No daily limit, a reply at once, and a log that says only what went wrong.
HOST = {
    "DAILY_CHAT_LIMIT": "1000000",
    "SERVICE_DAILY_LIMIT": "1000000",
    "CONVERSATIONS_MAX": "1000000",
    "ACCESS_TOKEN_MINUTES": "60",
    "LOG_LEVEL": "ERROR",
}
AT_ONCE = ("--words", "3", "--seconds", "0", "--first-word-ms", "0")
# With ids that stay the same, what was created is never what is deleted: no stateful phase.
ALL, WITH_FIXED_IDS = "examples,coverage,fuzzing,stateful", "examples,coverage,fuzzing"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.tests.fuzz", description=__doc__)
    parser.add_argument("--schemathesis", default=str(SCHEMATHESIS), help="its command, in an environment of its own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    return parser.parse_args()


def prepare(folder: str) -> None:
    """An empty SQLite database in the folder, which this process and its hosts use."""
    os.environ |= {"VAR_DIR": folder, "DATABASE_URL": "", "ENV_FILE": os.devnull, "LOG_LEVEL": "ERROR"}
    os.environ |= {"DJANGO_SECRET_KEY": secrets.token_urlsafe(48)}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.tests.fuzz.settings"}
    for command in (["collectstatic", "--noinput", "--verbosity", "0"], ["prepare"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True)
    django.setup()


def main() -> int:
    """0 if every round was clean."""
    options, began = arguments(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="haru-fuzz-") as folder:
        prepare(folder)
        from chat.tests.processes import host, model
        from config.tests.fuzz import world

        rounds = {
            "nobody": (world.of_a_stranger, ALL),
            "a member, with ids that do not exist": (world.of_a_member, ALL),
            "a member, with ids of their own": (world.of_an_owner, WITH_FIXED_IDS),
        }
        failed = []
        with model(*AT_ONCE) as address, host(OPENAI_BASE_URL=address, **HOST) as haru:
            for number, (name, (told, phases)) in enumerate(rounds.items()):
                print(f"---- {name}", flush=True)
                made = world.made(haru.url, number)
                (Path(folder) / "schemathesis.toml").write_text(world.written(told(made)))
                headers = {} if name == "nobody" else made.member
                failed += [name] * (run(options, haru.url, folder, headers, phases) != 0)
    print(f"{round(time.monotonic() - began)} s; " + (f"not clean: {', '.join(failed)}" if failed else "clean"))
    return 1 if failed else 0


def run(options: argparse.Namespace, url: str, folder: str, headers: Mapping[str, str], phases: str) -> int:
    """One round; Schemathesis's own exit status."""
    given = [part for header in headers.items() for part in ("--header", ": ".join(header))]
    command = [options.schemathesis, "run", f"{url}/api/schema/", *given, "--seed", str(options.seed)]
    bounds = ["--max-examples", str(options.examples), "--max-redirects", "0", "--generation-database", "none"]
    shown = ["--phases", phases, "--continue-on-failure", "--no-color", "--warnings", "off"]
    return subprocess.run([*command, *bounds, *shown], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
