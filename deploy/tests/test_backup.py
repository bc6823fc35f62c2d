"""A backup, a lost database, a restore: the same service, and the book agrees."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from chat.tests.asking import ask, new_conversation
from chat.tests.processes import ROOT
from deploy.tests.site import PASSWORD, POSTGRES_TOOLS, Site, member, postgres, site


@pytest.fixture
def own_site(open_folder: Path, whole_site: Site, model: str) -> Iterator[Site]:
    """A site whose database may be lost."""
    with site(open_folder, whole_site.folder / "page", model) as running:
        yield running


def backup(running: Site, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    url = running.web[0].environment["DATABASE_URL"]
    environment = {
        "PATH": f"{POSTGRES_TOOLS}:{os.environ['PATH']}",
        "BACKUP_DIR": str(folder),
        "PGHOST": url.partition("host=")[2],
        "PGUSER": "postgres",
        "PGDATABASE": name_of(url),
    }
    script = [str(ROOT / "deploy" / "backup.sh"), *command]
    return subprocess.run(script, env=environment, capture_output=True, text=True, check=False)


def name_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def check_book(running: Site) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check_book"]
    environment = running.web[0].environment
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_what_was_lost_comes_back_from_a_backup(own_site: Site, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    with member(own_site.client(), "alice@example.com") as alice:
        conversation = new_conversation(alice)
        assert ask(alice, conversation).status_code == 201
        assert ask(alice, conversation, "[[fail=400]]").status_code != 201
        said = alice.get(f"chat/conversations/{conversation}/messages/").json()
        quota = alice.get("chat/quota/").json()
        made = backup(own_site, backups, "once")
        assert made.returncode == 0, made.stderr
        assert ask(alice, conversation, "[[words=3]] [[over=0]] after the backup").status_code == 201

        for web in own_site.web:
            web.kill()
        name = name_of(own_site.web[0].environment["DATABASE_URL"])
        postgres("dropdb", "--force", name)
        postgres("createdb", name)
        (dump,) = backups.glob("*.dump")
        restored = backup(own_site, backups, "restore", str(dump))
        assert restored.returncode == 0, restored.stderr
        for web in own_site.web:
            web.start()
            web.wait_until_ready()

        book = check_book(own_site)
        assert book.returncode == 0, book.stdout + book.stderr
        assert alice.get(f"chat/conversations/{conversation}/messages/").json() == said
        assert alice.get("chat/quota/").json() == quota
        login = {"email": "alice@example.com", "password": PASSWORD}
        fresh = httpx.Headers({"Authorization": ""})
        assert alice.post("accounts/login/", json=login, headers=fresh).status_code == 200
        assert ask(alice, conversation).status_code == 201


def test_a_restore_over_a_newer_schema_leaves_nothing_of_it(own_site: Site, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    assert backup(own_site, backups, "once").returncode == 0
    name = name_of(own_site.web[0].environment["DATABASE_URL"])
    postgres("psql", "-c", "CREATE TABLE of_the_next_release (id int)", database=name)
    for web in own_site.web:
        web.kill()
    (dump,) = backups.glob("*.dump")
    assert backup(own_site, backups, "restore", str(dump)).returncode == 0
    assert "of_the_next_release" not in postgres("psql", "-c", "\\dt", database=name)


def test_a_broken_backup_changes_nothing(whole_site: Site, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    with member(whole_site.client(), "backed-up@example.com") as bob:
        assert backup(whole_site, backups, "once").returncode == 0
        (dump,) = backups.glob("*.dump")
        whole = dump.read_bytes()
        dump.write_bytes(whole[: len(whole) // 2])
        assert backup(whole_site, backups, "restore", str(dump)).returncode != 0
        assert bob.get("accounts/me/").status_code == 200


@pytest.mark.parametrize("command", ["once", "nightly", "is-fresh", "restore haru.dump"])
def test_backups_beside_the_database_in_use_are_refused(tmp_path: Path, command: str) -> None:
    def said(address: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "BACKUP_DIR": str(tmp_path), "PGHOST": "db", "DATABASE_URL": address}
        script = [str(ROOT / "deploy" / "backup.sh"), *command.split()]
        return subprocess.run(script, env=environment, capture_output=True, text=True, check=False, timeout=20)

    elsewhere = said("postgresql://haru:secret@db.example:5432/haru")
    assert elsewhere.returncode == 1
    assert elsewhere.stderr.startswith("No backups from here: DATABASE_URL names another database")
    assert "secret" not in elsewhere.stderr
    if command == "is-fresh":
        assert said("postgresql://haru:secret@db:5432/haru").stderr == ""


def test_old_backups_go_and_the_newest_stays(whole_site: Site, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    assert backup(whole_site, backups, "is-fresh").returncode != 0
    for days in (1, 14.5, 40):
        old = backups / f"haru-{days}-days-old.dump"
        old.write_text("old")
        os.utime(old, (old.stat().st_mtime - days * 86_400,) * 2)
    assert backup(whole_site, backups, "once").returncode == 0
    kept = {path.name for path in backups.iterdir()}
    assert "haru-1-days-old.dump" in kept
    assert not {"haru-14.5-days-old.dump", "haru-40-days-old.dump"} & set(kept)
    assert len(kept) == 2
    assert backup(whole_site, backups, "is-fresh").returncode == 0


# `date` on the evening before the clocks of Helsinki leap over half past three, and a `sleep` that says until when.
EVENING = "2027-03-27 22:00 +0200"
DATE = f"""#!/bin/bash
case "$1" in +*) exec /bin/date -d "{EVENING}" "$1" ;; esac
args=("${{@/today/2027-03-27}}")
exec /bin/date "${{args[@]/tomorrow/2027-03-28}}"
"""
SLEEP = f"""#!/bin/bash
/bin/date -d "@$(($(/bin/date -d "{EVENING}" +%s) + $1))"
kill $PPID
"""


def test_a_night_whose_clock_leaps_over_the_hour_has_its_backup(tmp_path: Path) -> None:
    for name, script in (("date", DATE), ("sleep", SLEEP)):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "haru-fresh.dump").touch()
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "BACKUP_DIR": str(tmp_path), "TZ": "Europe/Helsinki"}
    nightly = [str(ROOT / "deploy" / "backup.sh"), "nightly"]
    said = subprocess.run(nightly, env=environment, capture_output=True, text=True, check=False, timeout=20)
    assert (said.returncode, said.stderr) == (0, "")
    assert " 04:30:00 " in said.stdout
