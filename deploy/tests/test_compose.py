"""docker-compose.yml, by Compose's own reading of it; the scripts and the Dockerfile, by their linters."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from chat.tests.processes import ROOT
from deploy.tests.site import has

COMPOSE = os.environ.get("DOCKER_COMPOSE", "docker-compose")
PROFILES = [[], ["tls"], ["backup"], ["tls", "backup"]]
ALWAYS = {"db", "migrate", "web", "nginx"}
REQUIRED = ["DOMAIN", "DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"]
pytestmark = pytest.mark.skipif(not has(COMPOSE) and not os.environ.get("CI"), reason="docker-compose 2.26 or later")


def make_env(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "deploy/env.py", "--domain", "haru.example", "--file", str(path), *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    assert make_env(tmp_path / "env", "--email", "me@haru.example").returncode == 0
    return tmp_path / "env"


def compose(env_file: Path, *profiles: str) -> subprocess.CompletedProcess[str]:
    """`docker-compose config` as JSON, in an environment that says nothing of its own."""
    chosen = [word for profile in profiles for word in ("--profile", profile)]
    command = [COMPOSE, "--env-file", str(env_file), *chosen, "config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(env_file.parent)}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


def services(env_file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compose(env_file, "tls", "backup").stdout)["services"]
    return found


@pytest.mark.parametrize("profiles", PROFILES, ids=lambda profiles: "+".join(profiles) or "none")
def test_compose_accepts_it_with_and_without_each_profile(env_file: Path, profiles: list[str]) -> None:
    said = compose(env_file, *profiles)
    assert (said.returncode, said.stderr) == (0, "")
    names = {"certbot" if profile == "tls" else profile for profile in profiles}
    assert set(json.loads(said.stdout)["services"]) == ALWAYS | names


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_secret_stops_the_start_by_its_name(env_file: Path, name: str) -> None:
    env_file.write_text(re.sub(rf"^{name}=.*$", f"{name}=", env_file.read_text(), flags=re.MULTILINE))
    said = compose(env_file)
    assert said.returncode != 0
    assert name in said.stderr


def test_nothing_but_nginx_is_reached_from_outside(env_file: Path) -> None:
    published = {name: each.get("ports", []) for name, each in services(env_file).items()}
    assert {name for name, ports in published.items() if ports} == {"nginx"}
    assert {port["published"] for port in published["nginx"]} == {"80", "443"}


def test_every_service_is_locked_in(env_file: Path) -> None:
    for name, each in services(env_file).items():
        assert each["read_only"] is True, name
        assert each["cap_drop"] == ["ALL"], name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        assert int(each["mem_limit"]) > 0, name
        assert each["pids_limit"] > 0, name
        assert each["logging"]["options"]["max-size"], name
        assert "privileged" not in each, name


def test_the_database_is_in_no_network_that_leads_outside(env_file: Path) -> None:
    read = json.loads(compose(env_file, "tls", "backup").stdout)
    assert all(read["networks"][name]["internal"] for name in read["services"]["db"]["networks"])


def test_nginx_and_the_hosts_share_the_one_network_whose_proxy_is_believed(env_file: Path) -> None:
    read = json.loads(compose(env_file).stdout)
    shared = set(read["services"]["web"]["networks"]) & set(read["services"]["nginx"]["networks"])
    assert len(shared) == 1
    (subnet,) = (config["subnet"] for config in read["networks"][shared.pop()]["ipam"]["config"])
    assert read["services"]["web"]["environment"]["FORWARDED_ALLOW_IPS"] == subnet


def test_a_database_elsewhere_is_reached_and_not_mistaken_for_the_one_here(env_file: Path) -> None:
    elsewhere = "postgresql://haru:secret@db.example:5432/haru"
    env_file.write_text(re.sub(r"^DATABASE_URL=.*$", f"DATABASE_URL={elsewhere}", env_file.read_text(), flags=re.M))
    read = json.loads(compose(env_file, "backup").stdout)
    for name in ("migrate", "web"):
        assert read["services"][name]["environment"]["DATABASE_URL"] == elsewhere
        assert any(not read["networks"][network].get("internal") for network in read["services"][name]["networks"])
    assert read["services"]["backup"]["environment"]["DATABASE_URL"] == elsewhere


def test_nginx_is_told_which_proxies_stand_before_it(env_file: Path) -> None:
    assert services(env_file)["nginx"]["environment"]["TRUSTED_PROXIES"] == ""
    env_file.write_text(env_file.read_text().replace("TRUSTED_PROXIES=", "TRUSTED_PROXIES=10.0.0.0/16"))
    assert services(env_file)["nginx"]["environment"]["TRUSTED_PROXIES"] == "10.0.0.0/16"


def test_a_host_gets_longer_to_stop_than_it_drains(env_file: Path) -> None:
    web = services(env_file)["web"]
    minutes, seconds = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", web["stop_grace_period"]).groups()  # type: ignore[union-attr]
    grace = int(minutes or 0) * 60 + int(seconds or 0)
    assert grace > int(web["environment"]["DRAIN_SECONDS"]) + 20


def test_the_hosts_wait_for_the_migration(env_file: Path) -> None:
    waits = services(env_file)["web"]["depends_on"]
    assert waits["migrate"]["condition"] == "service_completed_successfully"


# ---------------------------------------------------------------- make env
def test_make_env_writes_a_private_file_of_new_secrets(env_file: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    make_env(tmp_path / "other")
    found = [
        re.search(r"^DJANGO_SECRET_KEY=(\S{64,})$", path.read_text(), re.MULTILINE)
        for path in (env_file, tmp_path / "other")
    ]
    assert found[0]
    assert found[1]
    assert found[0][1] != found[1][1]


def test_make_env_never_writes_over_secrets(env_file: Path) -> None:
    before = env_file.read_text()
    assert make_env(env_file).returncode == 1
    assert env_file.read_text() == before


def test_make_env_wants_a_host_name(tmp_path: Path) -> None:
    command = [sys.executable, "deploy/env.py", "--domain", "https://haru.example/", "--file", str(tmp_path / "env")]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert not (tmp_path / "env").exists()


# ---------------------------------------------------------------- Linters
def clean(*command: str) -> None:
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_the_dockerfile_is_clean() -> None:
    clean("hadolint", "Dockerfile")


def test_the_scripts_are_clean() -> None:
    clean("shellcheck", *map(str, [*ROOT.glob("nginx/*.sh"), *ROOT.glob("deploy/*.sh"), ROOT / ".ci" / "run"]))


def test_the_kubernetes_file_is_valid() -> None:
    path = "deploy/kubernetes.yaml"
    command = ["kubernetes-validate", "--strict", path]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    kinds = [each["kind"] for each in yaml.safe_load_all((ROOT / path).read_text())]
    assert {"Deployment", "Job", "Service", "Ingress", "PodDisruptionBudget"} <= set(kinds)


# ---------------------------------------------------------------- What the service then gets
def test_the_service_starts_with_what_compose_gives_it(env_file: Path) -> None:
    """With `.env` beside the file, as on a server: every setting of the example comes along, empty."""
    project = env_file.parent
    (project / ".env").write_text(env_file.read_text())
    (project / "docker-compose.yml").write_text((ROOT / "docker-compose.yml").read_text())
    command = [COMPOSE, "--project-directory", str(project), "config", "--format", "json"]
    clean = {"PATH": os.environ["PATH"], "HOME": str(project)}
    said = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True, env=clean).stdout
    given = {name: value or "" for name, value in json.loads(said)["services"]["web"]["environment"].items()}
    assert given["DAILY_CHAT_LIMIT"] == ""
    started = subprocess.run(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "config/gunicorn.py",
            "--print-config",
            "config.asgi:application",
        ],
        cwd=ROOT,
        env=clean | given | {"OPENAI_API_KEY": "none", "VAR_DIR": str(project / "var"), "ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    assert "0.0.0.0:8000" in started.stdout
