"""The house's own rules, read from the code: who imports whom, who reads the environment, how long things are."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "chat", "config")
FILES = sorted(
    path.relative_to(ROOT)
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if not {"migrations", "tests"} & set(path.parts)
)
FILE_MAX_LINES = 260
FUNCTION_MAX_LINES = 40
# A list of settings is read from top to bottom and has no parts that stand alone.
LONGER_FILES = {"config/settings.py": 450}

HTTP_SIDE = tuple(
    (
        "*/views.py */*_views.py */views/* */serializers.py */urls.py */authentication.py */permissions.py "
        "*/throttles.py */pagination.py */renderers.py */exceptions.py */problems.py */fields.py */parsers.py "
        "*/metadata.py */schema.py */openapi.py chat/answers.py"
    ).split()
)
STANDIN = ("config/standin/*",)

# (what must not be imported, in which files, unless it is one of these)
RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("chat", "accounts/*", ()),
    ("accounts", "chat/*", ()),
    # What carries the apps knows neither. What needs both is the desk's; of it they know the maintenance switch alone.
    *((app, "config/*", ("config/desk/*", "config/health.py", "config/serving.py")) for app in ("accounts", "chat")),
    ("config.desk", "accounts/*", ()),
    ("config.desk", "chat/*", ("chat/asking.py", "chat/replies.py")),
    ("openai", "*", ("chat/provider.py", *STANDIN)),
    ("rest_framework", "*", HTTP_SIDE),
    ("rest_framework_simplejwt", "*", (*HTTP_SIDE, "accounts/tokens.py")),
    ("allauth", "*", ("accounts/providers.py",)),
    ("django_otp", "*", ("accounts/two_step.py",)),
    *((room, name, ()) for room in ("chat.models", "django.db") for name in ("chat/provider.py", "chat/chunks.py")),
    ("chat.models", "chat/streams.py", ()),
    ("chat.views", "chat/streams.py", ()),
    ("django", "chat/streams.py", ()),
    ("django.http", "chat/quota.py", ()),
    ("django.db.models", "*/views.py", ()),
    ("django.db.models", "*/*_views.py", ()),
    ("django", "config/standin/*", ()),
    *((f"{room}.tests", "*", ()) for room in ROOMS),
)


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted names that a module imports: of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "a relative import"


def broken_rules(path: str, source: str) -> list[str]:
    """What a file imports against the rules, as `path imports name`."""
    names = set(imported(ast.parse(source)))
    broken = {
        f"{path} imports {name}"
        for what, where, unless in RULES
        if fnmatch(path, where) and not any(fnmatch(path, exception) for exception in unless)
        for name in names
        if name == what or name.startswith(f"{what}.")
    }
    return sorted(broken | {f"{path} has {name}" for name in names if name == "a relative import"})


def reads_environment(source: str) -> list[int]:
    """The lines that touch the process's environment; choosing the default settings module is allowed."""
    tree = ast.parse(source)
    chosen = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "setdefault"
        and [getattr(argument, "value", "") for argument in node.args][:1] == ["DJANGO_SETTINGS_MODULE"]
    }
    lines: list[int] = []
    for node in ast.walk(tree):
        is_read = isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "getenvb")
        is_import = isinstance(node, ast.ImportFrom | ast.Import) and any(
            alias.name in ("environ", "environb", "getenv", "decouple", "dotenv") for alias in node.names
        )
        if (is_read and id(node) not in chosen) or is_import:
            lines.append(getattr(node, "lineno", 0))
    return lines


def long_functions(source: str) -> list[str]:
    """Functions of more lines than the house allows, decorators not counted."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [node.name for node in functions if (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_MAX_LINES]


def read(path: Path) -> str:
    return (ROOT / path).read_text()


def test_nobody_imports_whom_they_must_not() -> None:
    assert [fault for path in FILES for fault in broken_rules(path.as_posix(), read(path))] == []


def test_the_environment_is_read_in_the_settings_alone() -> None:
    readers = {path.as_posix() for path in FILES if reads_environment(read(path))}
    assert readers == {"config/settings.py"}


def test_no_file_is_too_long_to_read() -> None:
    lengths = {path.as_posix(): len(read(path).splitlines()) for path in FILES}
    assert {name: n for name, n in lengths.items() if n > LONGER_FILES.get(name, FILE_MAX_LINES)} == {}


def test_no_function_is_too_long_to_see() -> None:
    assert [f"{path}: {name}" for path in FILES for name in long_functions(read(path))] == []


def test_every_module_says_what_lives_here() -> None:
    silent = [path.as_posix() for path in FILES if read(path).strip() and not ast.get_docstring(ast.parse(read(path)))]
    assert silent == []


def test_no_name_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "manager", "handle", "data", "misc"}
    assert [path.as_posix() for path in FILES if empty & {path.stem, *path.parts}] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("accounts/views.py", "from chat.models import Message"),
        ("accounts/signup.py", "import chat.quota"),
        ("chat/quota.py", "from accounts.models import User"),
        ("chat/views.py", "from config.desk import use_views"),
        ("config/problems.py", "from chat.models import Message"),
        ("chat/quota.py", "from rest_framework import status"),
        ("chat/quota.py", "def f():\n    from django.http import Http404"),
        ("chat/replies.py", "import openai"),
        ("chat/views.py", "from openai import AsyncOpenAI"),
        ("chat/provider.py", "from chat import models"),
        ("chat/views.py", "from django.db.models import F"),
        ("accounts/social_views.py", "from django.db.models import F"),
        ("accounts/social.py", "from allauth.socialaccount.models import SocialApp"),
        ("accounts/admin.py", "from django_otp.plugins.otp_totp.models import TOTPDevice"),
        ("chat/worker.py", "from rest_framework_simplejwt.tokens import AccessToken"),
        ("chat/worker.py", "from . import leases"),
        ("config/serving.py", "from config.tests.test_house import RULES"),
    ],
)
def test_a_broken_rule_is_noticed(path: str, source: str) -> None:
    assert broken_rules(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("chat/views.py", "from rest_framework.views import APIView"),
        ("chat/provider.py", "import openai"),
        ("config/serving.py", "from chat.worker import this_process"),
        ("accounts/tokens.py", "from rest_framework_simplejwt.tokens import AccessToken"),
        ("chat/replies.py", "import chatter, openair"),
    ],
)
def test_what_is_allowed_is_no_broken_rule(path: str, source: str) -> None:
    assert broken_rules(path, source) == []


@pytest.mark.parametrize(
    "line",
    [
        "import os; os.environ['X']",
        "import os; os.getenv('X')",
        "from os import environ",
        "import os as system; system.environ.get('X')",
        "import os; os.environ.setdefault('PORT', '1')",
        "import environ",
    ],
)
def test_a_reader_of_the_environment_is_noticed(line: str) -> None:
    assert reads_environment(line)
    assert not reads_environment("import os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')")


def test_a_long_function_is_noticed() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_MAX_LINES))
    assert long_functions(f"async def f():\n{body}") == ["f"]
    assert long_functions(dedent("def f():\n    pass\n")) == []
