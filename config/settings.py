"""Every setting of the project, in the order of .env.example; the only file that reads the environment."""

import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import database, logs, mail, secret
from config.limits import addresses

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


class Environment(environ.Env):
    """The environment over `.env`; a variable that is set but empty counts as unset."""

    ENVIRON = {key: value for key, value in os.environ.items() if value}  # type: ignore[assignment]  # any mapping will do


def read_file(path: Path, *, must_be: bool) -> None:
    """`.env` under the environment; what cannot be read, or a line that is none, is refused without a word of it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if must_be or path.exists() else []
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {getattr(error, 'strerror', 'it is not UTF-8')}.") from None
    for number, line in enumerate(lines, 1):
        if not re.match(r"\s*(#|$)|(export )?\w+=", line):
            raise ImproperlyConfigured(f"{path}, line {number}: must be NAME=value, without blanks around the =.")
    Environment.read_env(path)


read_file(Path(Environment.ENVIRON.get("ENV_FILE", BASE_DIR / ".env")), must_be="ENV_FILE" in Environment.ENVIRON)
Environment.ENVIRON = {key: value for key, value in Environment.ENVIRON.items() if value}
env = Environment()  # type: ignore[no-untyped-call]


def text(name: str, default: str = "") -> str:
    """The variable to the letter; the library would follow a leading `$`, which a secret may have."""
    return Environment.ENVIRON.get(name, default)


def names(name: str, default: str = "") -> list[str]:
    """The variable's values, which commas separate."""
    return [value.strip() for value in text(name, default).split(",") if value.strip()]


def whole_number(name: str, default: int, *, least: int, most: int = 10**9) -> int:
    """The variable as an integer within its bounds, or a one-line refusal that names it."""
    value = text(name, str(default)).strip()
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def prices(name: str, value: str) -> dict[str, tuple[float, float]]:
    """`model=in/out,…` as numbers, or a one-line refusal that names the variable."""
    form = re.compile(r"\s*(\S+)\s*=\s*([\d.]+)\s*/\s*([\d.]+)\s*")
    found = [form.fullmatch(entry) for entry in value.split(",") if entry.strip()]
    try:
        return {entry[1]: (float(entry[2]), float(entry[3])) for entry in found}  # type: ignore[index]  # None is caught
    except (TypeError, ValueError):
        raise ImproperlyConfigured(f"{name} must be like gpt-4o-mini=0.15/0.60,other=1/2.") from None


# ---------------------------------------------------------------- Where it listens
HOST = text("HOST", "127.0.0.1")
PORT = whole_number("PORT", 8000, least=1, most=65535)
LISTENS_BEYOND_LOOPBACK = HOST not in {"127.0.0.1", "::1", "localhost"}
WEB_CONCURRENCY = whole_number("WEB_CONCURRENCY", 2, least=1, most=64)
# Threads for requests a worker; each keeps one database connection, replies have one more.
WORKER_THREADS = whole_number("WORKER_THREADS", 4, least=1, most=64)
# How long running replies may go on after SIGTERM; the container's grace must be longer.
DRAIN_SECONDS = whole_number("DRAIN_SECONDS", 30, least=0, most=3600)
# Proxies whose X-Forwarded-For is believed: none unless named.
FORWARDED_ALLOW_IPS = text("FORWARDED_ALLOW_IPS")
# A body larger than the longest message with its JSON escapes (4,000 x 12 bytes) is refused unread.
REQUEST_BODY_MAX_BYTES = 64 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_BODY_MAX_BYTES

# ---------------------------------------------------------------- Secrets and safety
VAR_DIR = Path(text("VAR_DIR", str(BASE_DIR / "var")))
DEBUG = text("DJANGO_DEBUG").lower() in {"1", "true", "yes", "on"}
SECRET_KEY_IS_GIVEN = "DJANGO_SECRET_KEY" in env
# In production none is made: without one the start is refused below, together with whatever else is missing.
MAKES_SECRET_KEY = not SECRET_KEY_IS_GIVEN and not LISTENS_BEYOND_LOOPBACK
SECRET_KEY = secret.kept_in(VAR_DIR / "secret_key") if MAKES_SECRET_KEY else text("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = names("DJANGO_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")

# ---------------------------------------------------------------- The page
# Origins that may call the API from a browser: exactly these, without credentials (tokens travel in a header).
LOCAL_ORIGINS = [f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 5500, 8080)]
CORS_ALLOWED_ORIGINS = names("CORS_ALLOWED_ORIGINS", ",".join(LOCAL_ORIGINS))
CORS_ALLOW_HEADERS = (
    "accept accept-language authorization content-type idempotency-key last-event-id prefer x-request-id"
).split()
CORS_EXPOSE_HEADERS = (
    "Content-Disposition Location Preference-Applied RateLimit RateLimit-Policy Retry-After X-Request-ID"
).split()
CORS_URLS_REGEX = r"^/(api/|healthz|readyz)"
# Where a social log-in comes back to, code or error in the fragment, and mailed links go; unset, our own origin.
FRONTEND_URL = text("FRONTEND_URL", "/")
FRONTEND_URL_IS_WHOLE = FRONTEND_URL == "/" or re.fullmatch(r"https?://[^\s/#]+[^\s#]*", FRONTEND_URL) is not None

# ---------------------------------------------------------------- Database
# SQLite in VAR_DIR unless named; what each connection promises is said in config/database.py.
DATABASES = {"default": database.from_url(text("DATABASE_URL"), VAR_DIR, parse=Environment.db_url_config)}
USES_SQLITE = DATABASES["default"]["ENGINE"] == database.SQLITE
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---------------------------------------------------------------- The model
OPENAI_API_KEY = text("OPENAI_API_KEY")
OPENAI_BASE_URL = text("OPENAI_BASE_URL")
# What cannot be sent would fail at every question: a key with the line break of its file, an address without a scheme.
OPENAI_API_KEY_IS_WHOLE = re.fullmatch(r"[\x21-\x7e]*", OPENAI_API_KEY) is not None
OPENAI_BASE_URL_IS_WHOLE = (
    re.fullmatch(r"(https?://([^\s/?#@\[\]]+|\[[^\s/\]]+\](:\d+)?)(/[^\s?#]*)?)?", OPENAI_BASE_URL) is not None
)
# Without key and address, on loopback only, a stand-in inside the worker answers and says so.
USES_STANDIN = not OPENAI_API_KEY and not OPENAI_BASE_URL and not LISTENS_BEYOND_LOOPBACK
OPENAI_MODEL = "stand-in" if USES_STANDIN else text("OPENAI_MODEL", "gpt-4o-mini")
# What the most tokens of a reply are called: servers of the older name refuse the newer, or do not heed it.
MAX_TOKENS_PARAMETERS = ("max_completion_tokens", "max_tokens")
OPENAI_MAX_TOKENS_PARAMETER = text("OPENAI_MAX_TOKENS_PARAMETER", MAX_TOKENS_PARAMETERS[0])
# Models that an assistant may name besides the default one.
OPENAI_MODELS_ALLOWED = sorted({OPENAI_MODEL, *names("OPENAI_MODELS_ALLOWED")})
# US dollars for a million tokens, in and out, by model: what the admin reckons cost by, and nothing else.
MODEL_PRICES = prices("MODEL_PRICES", text("MODEL_PRICES", "gpt-4o-mini=0.15/0.60,gpt-4o=2.50/10.00"))
# Seconds until the provider's first word, between two words, and for a whole reply.
FIRST_WORD_SECONDS = whole_number("FIRST_WORD_SECONDS", 90, least=1, most=600)
BETWEEN_WORDS_SECONDS = whole_number("BETWEEN_WORDS_SECONDS", 90, least=1, most=600)
REPLY_SECONDS = whole_number("REPLY_SECONDS", 600, least=1, most=3600)
# What the model sees of a conversation at most, in estimated tokens: fits the smallest context in common use (16k).
TRANSCRIPT_MAX_TOKENS = whole_number("TRANSCRIPT_MAX_TOKENS", 12_000, least=500)
# A reply longer than this is ended: no answer a person reads is, and memory stays bounded.
REPLY_MAX_CHARS = 100_000
# Calls to the provider at once, a worker: memory and sockets stay bounded, more get 503 `busy`.
WORKER_REPLIES_MAX = whole_number("WORKER_REPLIES_MAX", 1500, least=1, most=10_000)
# Streams that one member may follow at once on a worker: a phone, two tabs, and some that are not yet known to be gone.
MEMBER_FOLLOWERS_MAX = 5

# ---------------------------------------------------------------- The quota
# Requests a member and local day; a moderator may set a member's own limit.
DAILY_CHAT_LIMIT = whole_number("DAILY_CHAT_LIMIT", 5, least=0, most=1_000_000)
# Calls a day for everybody together: the most that the bill can grow.
SERVICE_DAILY_LIMIT = whole_number("SERVICE_DAILY_LIMIT", 1000, least=0)

# ---------------------------------------------------------------- Members
# Days after the last message until a conversation is removed for good; 0 keeps them until their member deletes them.
CONVERSATION_RETENTION_DAYS = whole_number("CONVERSATION_RETENTION_DAYS", 0, least=0, most=36_500)
# Whoever signs up must know it, if it is set.
SIGNUP_CODE = text("SIGNUP_CODE")
ACCESS_TOKEN_MINUTES = whole_number("ACCESS_TOKEN_MINUTES", 10, least=1, most=1440)
REFRESH_TOKEN_DAYS = whole_number("REFRESH_TOKEN_DAYS", 30, least=1, most=365)
# A phone that lost the answer to a refresh may ask once more with the token before.
REFRESH_GRACE_SECONDS = 30
# When a log-in was last seen is written at most so often: a request in five minutes pays for it.
SEEN_EVERY_SECONDS = 300
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=ACCESS_TOKEN_MINUTES),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=REFRESH_TOKEN_DAYS),
    "ALGORITHM": "HS256",
    "USER_ID_CLAIM": "sub",
    # The library refuses a token from a clock ahead of ours, another host's; that none has expired, tokens.py sees to.
    "LEEWAY": timedelta(days=1),
}
# (id, secret) at each provider, which is offered when both are set.
SOCIAL_KEYS = {
    "kakao": (text("KAKAO_CLIENT_ID"), text("KAKAO_CLIENT_SECRET")),
    "github": (text("GITHUB_CLIENT_ID"), text("GITHUB_CLIENT_SECRET")),
    "google": (text("GOOGLE_CLIENT_ID"), text("GOOGLE_CLIENT_SECRET")),
}
# From our start to our callback: time to find the phone and type a password there.
SOCIAL_STATE_SECONDS = 600
# From our callback to the page's `social/token/`, which it sends as soon as it has loaded.
SOCIAL_CODE_SECONDS = 60
# The library's own names from here on. Seconds until a provider connects, and between two parts of its answer; a
# callback asks up to three times and holds a thread.
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
# That it asks for the e-mail, and that members have no user name.
SOCIALACCOUNT_QUERY_EMAIL = True
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Staff prove a second step in the admin: `required`, or `optional`, which asks only those who turned it on.
STAFF_TWO_STEP = text("STAFF_TWO_STEP", "required" if LISTENS_BEYOND_LOOPBACK else "optional").lower()
# From the password to the code: time to find the phone, or to set the app up.
SECOND_STEP_SECONDS = 600
RECOVERY_CODES = 10  # a sheet of paper lasts for years, and is short enough to be written down
OTP_TOTP_ISSUER = "Haru"  # what the app on the phone calls us
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.guessing.GuardedBackend"]
PASSWORD_MAX_CHARS = 128  # hashing more is work for nothing
PASSWORD_RULES = "UserAttributeSimilarity MinimumLength CommonPassword NumericPassword".split()
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{rule}Validator"} for rule in PASSWORD_RULES
]
AUTH_PASSWORD_VALIDATORS[0] = {
    "NAME": "accounts.passwords.UnlikeTheMember",
    "OPTIONS": {"user_attributes": ("email", "nickname")},
}

# ---------------------------------------------------------------- Limits
# New accounts, and log-ins, that one address may make in an hour: a class of 30 behind one router, twice and ten times.
SIGNUPS_PER_HOUR = whole_number("SIGNUPS_PER_HOUR", 60, least=1)
LOGINS_PER_HOUR = whole_number("LOGINS_PER_HOUR", 300, least=1)
# Conversations that a member may keep: three years of one a day; more must be deleted, by the member, first.
CONVERSATIONS_MAX = whole_number("CONVERSATIONS_MAX", 1000, least=1)
# Questions and replies in one conversation: long before that a new one is better, and an export stays small.
CONVERSATION_MESSAGES_MAX = 400
# Once an account is under attack (`login-account` is full), wrong passwords for it from one address; then one waits.
TRIES_UNDER_ATTACK = 2
# rule: (hits, seconds); by address for who is signed out, by account for members: config/limits/hits.py.
LIMITS = {
    "signup": (SIGNUPS_PER_HOUR, 3600),  # also counts wrong sign-up codes and addresses that are taken
    "login": (LOGINS_PER_HOUR, 3600),
    "login-guess": (10, 900),  # wrong passwords of one account from one address: nobody mistypes more often
    "login-account": (100, 3600),  # wrong passwords of one account from everywhere
    "refresh": (1200, 3600),  # a class of 30 with some tabs each, every 10 minutes
    "refresh-account": (120, 3600),  # one log-in: 20 times what it needs
    "verify": (3000, 3600),  # a page asks when it is opened
    "verify-account": (600, 3600),
    "social-start": (120, 3600),
    "social-token": (120, 3600),
    "conversation": (60, 3600),  # new ones of a member, who has five questions a day
    "export": (20, 3600),  # of a member, all kinds together: each reads everything there is
    "feedback": (120, 3600),  # of a member
    "probe": (60, 3600),  # `manage.py doctor` asks once
    "try": (60, 3600),  # of an assistant by a moderator, who writes on its prompt for an hour
    "password": (20, 3600),  # of a member who is logged in and says it once more
    "reset": (60, 3600),  # a class that has forgotten its passwords over the holidays, twice
    "reset-account": (10, 3600),  # one e-mail, known or not, from everywhere
    "letter": (5, 3600),  # of one kind to a member, or of what all others cause to an address that is not theirs
    "letter-address": (20, 3600),  # to one address, also of members who came and went: nobody's mailbox is flooded
    "link": (120, 3600),  # links that are opened; their tokens cannot be guessed in a lifetime
}

# ---------------------------------------------------------------- Mail
# Without an address of a mail server: printed to the terminal on loopback, sent nowhere in production.
EMAIL_URL = text("EMAIL_URL")
EMAIL_BACKEND = mail.SMTP if EMAIL_URL else f"config.mail.{'Nowhere' if LISTENS_BEYOND_LOOPBACK else 'Terminal'}Backend"
if EMAIL_URL:  # Django wants six settings for one address
    globals().update(mail.from_url(EMAIL_URL, parse=Environment.email_url_config))
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "Haru <haru@localhost>")
# Who is told when four fifths of the service's calls of a day are used: nobody, unless set; the log says it anyway.
OPERATOR_EMAIL = text("OPERATOR_EMAIL")
# Seconds between a request and its mail, by chance: the work for an address that is known must not slow the next
# request, by which somebody could tell it from one that is not.
MAIL_PAUSE_SECONDS = (0.3, 1.5)
# Seconds for each step of a talk with the mail server; only the thread that sends waits.
EMAIL_TIMEOUT = 10
# none: sign-up sends nothing; optional: it sends a link; required: asking waits until the link was opened.
VERIFICATIONS = ("none", "optional", "required")
EMAIL_VERIFICATION = text("EMAIL_VERIFICATION", "optional" if EMAIL_URL else "none")
# A link that opens an account is short-lived: time to find the mail on another device.
RESET_LINK_SECONDS = 3600
# A link that only proves an address may wait over a weekend.
VERIFY_LINK_SECONDS = 72 * 3600
# What mailed links begin with: the page's folder; never the Host of a request, which its sender chooses.
PAGE_FOLDER = mail.folder_of(FRONTEND_URL if FRONTEND_URL != "/" else f"http://{HOST}:{PORT}/")

# ---------------------------------------------------------------- Language and time
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
# The quota's day is the day of this zone.
TIME_ZONE = text("TIME_ZONE", "Asia/Seoul")
try:
    ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError, OSError):
    raise ImproperlyConfigured("TIME_ZONE must be a zone name such as Asia/Seoul.") from None

# ---------------------------------------------------------------- Django
INSTALLED_APPS = [
    "accounts.apps.StaffAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.limits",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "accounts.apps.AllauthAccountConfig",
    "accounts.apps.AllauthSocialConfig",
    "accounts",
    "django.contrib.auth",  # behind accounts, whose `changepassword` takes the place of its own
    "chat",
    "config.desk",
]
MIGRATION_MODULES = {"account": None, "socialaccount": None}  # a library only: accounts/apps.py
MIDDLEWARE = [
    "config.request_id.RequestIdMiddleware",
    "config.next_host.NextHostMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.page.PageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.desk.policy.AdminPolicyMiddleware",
    "config.problems.ProblemPageMiddleware",
]
ROOT_URLCONF = "config.urls"
APPEND_SLASH = False
CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT_PROCESSORS},
    }
]
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_ROOT = BASE_DIR / "frontend"
WHITENOISE_INDEX_FILE = True
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.SessionTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["config.limits.throttles.RuleThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.schema.Schema",
    "DEFAULT_METADATA_CLASS": "config.metadata.AllowAlone",
    "EXCEPTION_HANDLER": "config.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Haru",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "POSTPROCESSING_HOOKS": ["config.schema.describe"],
    # Our own copies of both pages' assets: nothing is fetched from elsewhere.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "docExpansion": "list", "deepLinking": True},
}

# ---------------------------------------------------------------- HTTPS, behind the proxy
SERVES_HTTPS = LISTENS_BEYOND_LOOPBACK and not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if FORWARDED_ALLOW_IPS else None
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # the lightest to make, at every request
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SERVES_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if SERVES_HTTPS else 0  # a year, which preload lists ask for
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the operator's other names under the domain are not ours to bind
    "security.W008",  # Nginx redirects to HTTPS
    "security.W021",  # preloading a domain is the operator's choice
]

# ---------------------------------------------------------------- Logs
LOG_LEVEL = text("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR"):
    raise ImproperlyConfigured("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
LOGGING = logs.configuration(LOG_LEVEL, plain=sys.stderr.isatty())


# ---------------------------------------------------------------- What is refused
def unsafe_in_production() -> list[tuple[bool, str]]:
    """What it must not start with where it listens beyond loopback: whether it is so, and the refusal by name."""
    return [
        (not SECRET_KEY_IS_GIVEN, "DJANGO_SECRET_KEY must be set"),
        (DEBUG, "DJANGO_DEBUG must be off"),
        ("DJANGO_ALLOWED_HOSTS" not in env, "DJANGO_ALLOWED_HOSTS must be set"),
        ("*" in ALLOWED_HOSTS, "DJANGO_ALLOWED_HOSTS must name the hosts, not *"),
        ("CORS_ALLOWED_ORIGINS" not in env, "CORS_ALLOWED_ORIGINS must name the page's origin"),
        (FRONTEND_URL.startswith("http:"), "FRONTEND_URL must begin with https://"),
        (not OPENAI_API_KEY and not OPENAI_BASE_URL, "OPENAI_API_KEY or OPENAI_BASE_URL must be set"),
        (
            bool(EMAIL_URL) and FRONTEND_URL == "/",
            "FRONTEND_URL must be set where EMAIL_URL is: links in mails need it",
        ),
        (bool(EMAIL_URL) and "DEFAULT_FROM_EMAIL" not in env, "DEFAULT_FROM_EMAIL must be set where EMAIL_URL is"),
        (bool(OPERATOR_EMAIL) and not EMAIL_URL, "OPERATOR_EMAIL needs EMAIL_URL"),
        (EMAIL_VERIFICATION == "required" and not EMAIL_URL, "EMAIL_VERIFICATION=required needs EMAIL_URL"),
    ]


def wrong_anywhere() -> list[tuple[bool, str]]:
    """What it must not start with wherever it listens, as above."""
    return [
        (SECRET_KEY_IS_GIVEN and len(SECRET_KEY.encode()) < 32, "DJANGO_SECRET_KEY must have at least 32 bytes"),
        (
            not addresses.are_named(FORWARDED_ALLOW_IPS),
            "FORWARDED_ALLOW_IPS must name the proxies: addresses or networks",
        ),
        (STAFF_TWO_STEP not in ("optional", "required"), "STAFF_TWO_STEP must be optional or required"),
        (EMAIL_VERIFICATION not in VERIFICATIONS, f"EMAIL_VERIFICATION must be one of {', '.join(VERIFICATIONS)}"),
        (not mail.is_sender(DEFAULT_FROM_EMAIL), "DEFAULT_FROM_EMAIL must be like Haru <haru@haru.example>"),
        (not OPENAI_API_KEY_IS_WHOLE, "OPENAI_API_KEY must be visible ASCII, without a blank or a line break"),
        (not OPENAI_BASE_URL_IS_WHOLE, "OPENAI_BASE_URL must be http(s)://host/path, without a user or a query"),
        (
            OPENAI_MAX_TOKENS_PARAMETER not in MAX_TOKENS_PARAMETERS,
            f"OPENAI_MAX_TOKENS_PARAMETER must be {' or '.join(MAX_TOKENS_PARAMETERS)}",
        ),
        (bool(OPERATOR_EMAIL) and not mail.is_sender(OPERATOR_EMAIL), "OPERATOR_EMAIL must be one address"),
        (not FRONTEND_URL_IS_WHOLE, "FRONTEND_URL must be http(s)://host/path, without a fragment"),
        *(
            (any(keys) and not all(keys), f"{provider.upper()}_CLIENT_ID and _CLIENT_SECRET go together")
            for provider, keys in SOCIAL_KEYS.items()
        ),
    ]


CHECKS = wrong_anywhere() + (unsafe_in_production() if LISTENS_BEYOND_LOOPBACK else [])
if REFUSALS := [refusal for is_so, refusal in CHECKS if is_so]:
    raise ImproperlyConfigured("; ".join(REFUSALS) + ".")
