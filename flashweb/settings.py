"""Every setting. What differs between installations comes from the environment; README.md lists the variables."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from flashweb import environment as env
from flashweb.permissions import keep_private

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
DATA_DIR = env.folder("FLASHWEB_DATA", BASE_DIR / "var")
DATA_GROUP = env.group("DATA_GROUP")
keep_private(DATA_DIR, DATA_GROUP)
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "uploads"  # On the file system of MEDIA_ROOT: uploads are moved, not copied.
TRASH_ROOT = DATA_DIR / "trash"  # Folders that no recording names, until BIN_DAYS are over.
SCRATCH_BYTES = env.number("SCRATCH_BYTES", 20 * 1024**3, least=1024**3)  # of copies and of what is being made
FILES_URL = env.files("FILES_URL")  # where the files are; "" for these folders
FILES_FROM = env.files("FILES_FROM") if env.text("FILES_FROM") else None  # where they were, while they are moved
if FILES_FROM == FILES_URL:
    raise ImproperlyConfigured("FILES_FROM and FILES_URL are the same; FILES_FROM is where the files were before.")
for _folder in (MEDIA_ROOT, FILE_UPLOAD_TEMP_DIR):
    _folder.mkdir(parents=True, exist_ok=True)

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret("SECRET_KEY", kept_in=DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1")
HTTPS = env.flag("HTTPS")
HSTS = env.choice("HSTS", "host", "subdomains", "preload")

# --- The flash service -------------------------------------------------------------------------------------------
FLASH_API_KEY = env.text("FLASH_API_KEY")
FLASH_APP_KEY = env.text("FLASH_APP_KEY")
FLASH_ACCESS_KEY = env.text("FLASH_ACCESS_KEY")
if bool(FLASH_APP_KEY) != bool(FLASH_ACCESS_KEY):
    raise ImproperlyConfigured("FLASH_APP_KEY and FLASH_ACCESS_KEY are needed together; one is missing.")
FLASH_IS_LOCAL = not (FLASH_API_KEY or FLASH_APP_KEY)
FLASH_API_URL, *MORE_FLASHSERVER_URLS = (
    env.http_urls("FLASHSERVER_URL", "http://127.0.0.1:8765/api/v3/auc/bigmodel/recognize/flash")
    if FLASH_IS_LOCAL
    else [env.http_url("FLASH_API_URL", "https://openspeech.bytedance.com/api/v3/auc/bigmodel/recognize/flash")]
)
FLASH_CONCURRENCY = env.number("FLASH_CONCURRENCY", 4 * (1 + len(MORE_FLASHSERVER_URLS)), least=1)
FLASH_RESOURCE_ID = env.text("FLASH_RESOURCE_ID", "volc.bigasr.auc_turbo")

# The folder of another speaker encoder than the embedded one; None for that.
SPEAKER_MODEL = env.optional_folder("SPEAKER_MODEL")
# Whether the speakers of new transcripts are told apart here, where the service has told none.
TELL_SPEAKERS_APART = env.choice("TELL_SPEAKERS_APART", "on", "off") == "on"

# Recordings are fetched from public addresses and from these; tests have none but their own machine's.
FETCH_FROM_PRIVATE_ADDRESSES: frozenset[str] = frozenset()

# If a web server in front serves the files of MEDIA_ROOT itself: the address of that folder in it.
X_ACCEL_REDIRECT = env.text("X_ACCEL_REDIRECT").rstrip("/")

# What is deleted can be brought back for so many days.
BIN_DAYS = env.number("BIN_DAYS", 30, least=0)
# Unless a project says otherwise, what it has goes so many days after it was added; 0: never.
AUDIO_DAYS = env.number("AUDIO_DAYS", 0, least=0)
RECORDING_DAYS = env.number("RECORDING_DAYS", 0, least=0)
AUDIT_DAYS = env.number("AUDIT_DAYS", 365, least=1)  # for how long it is kept who did what

# A worker that gives no sign of life for this long loses its work to another one.
LEASE_SECONDS = 15.0
SWEEP_SECONDS = 5.0

# What a person and a project may store, and have recognised in a month; 0 for any amount.
QUOTAS = {
    "person_bytes": env.number("PERSON_QUOTA_BYTES", 0, least=0),
    "person_minutes": env.number("PERSON_QUOTA_MINUTES", 0, least=0),
    "project_bytes": env.number("PROJECT_QUOTA_BYTES", 0, least=0),
    "project_minutes": env.number("PROJECT_QUOTA_MINUTES", 0, least=0),
}

# Who may read /metrics: whoever sends the token, and these addresses.
METRICS_TOKEN = env.text("METRICS_TOKEN")
METRICS_FROM = env.networks("METRICS_FROM")

# `up` starts a process again that has missed so many answers over so long.
MOST_MISSED = 3
MISSED_SECONDS = 30.0
LOADING_SECONDS = 120.0  # until the first answer

# --- Django ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "huey.contrib.djhuey",
    "transcripts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
]
MIDDLEWARE = [
    "flashweb.probes.Probes",  # first: they ask for no host, language, session or person
    "flashweb.staticfiles.shorten_headers",
    "django.middleware.security.SecurityMiddleware",
    "flashweb.staticfiles.StaticFiles",
    "django.middleware.locale.LocaleMiddleware",  # first: an error in what follows is told in the request's language
    "transcripts.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "transcripts.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "transcripts.middleware.ExternalRedirect",
    "transcripts.middleware.AuditAddress",
    "transcripts.middleware.StreamLocale",
    "transcripts.middleware.ErrorAnswers",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
ROOT_URLCONF = "flashweb.urls"
ASGI_APPLICATION = "flashweb.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "transcripts.context.installation",
            ],
        },
    }
]
DATABASES = {"default": env.database("DATABASE_URL", default=DATA_DIR / "flashweb.sqlite3")}
UPLOAD_CHUNK_BYTES = 8 * 1024 * 1024
UPLOAD_MAX_BYTES = env.number("UPLOAD_MAX_BYTES", 2 * 1024**3, least=1024 * 1024)  # of files in one request
# Each kind has threads of its own: what reads the files it is sent, and what searches or exports.
FILE_ADDRESSES = frozenset({"recording_create", "recording_receive", "recording_import", "imports", "upload"})
WORK_ADDRESSES = frozenset(
    {
        "search",
        "transcript_find",
        "transcript_replace",
        "shared_find",
        "transcript_exports",
        "transcript_export",
        "transcript_clips",
        "transcript_bundle",
        "exports_zip",
        "audit_table",
        "project_audit_table",
    }
)
BODY_BYTES = {**dict.fromkeys(FILE_ADDRESSES, UPLOAD_MAX_BYTES), "upload": UPLOAD_CHUNK_BYTES}  # of people signed in
WEB_THREADS = env.number("WEB_THREADS", 30, least=1)  # of each web process; each keeps a connection to the database
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
HUEY = {
    "name": "flashweb",
    "immediate": False,
    "results": False,
    **env.queue("QUEUE_URL", env.text("DATABASE_URL"), default=DATA_DIR / "queue.sqlite3"),
}
if HUEY["huey_class"] != "huey.RedisHuey":
    sys.modules.setdefault("redis", None)  # type: ignore[arg-type]  # Huey would load it, which takes each process 0.1 s.
# Only for rate limits, such as that of signing in; in the database, so that all web processes count together.
CACHES = {
    "default": {"BACKEND": "transcripts.services.shared_cache.SharedCache", "OPTIONS": {"MAX_ENTRIES": 20_000}},
}

# --- Accounts ----------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "account_login"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
SIGN_UP_IS_OPEN = env.choice("SIGN_UP", "invitation", "open") == "open"
MAIL_IS_KEPT = not env.text("EMAIL_URL")  # Mails go nowhere; `manage.py mails` prints them.
EMAIL_BACKEND = "transcripts.services.mails.Outbox"
MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"  # what workers send them with
MAIL_SECONDS = 2.0  # how often a worker looks for mails to send
globals().update(env.mail("EMAIL_URL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", "Flashweb <flashweb@localhost>")

ACCOUNT_ADAPTER = "transcripts.services.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    name: f"transcripts.forms.accounts.{form}"
    for name, form in {
        "login": "SignInForm",
        "signup": "SignUpForm",
        "add_email": "EmailForm",
        "change_password": "ChangePasswordForm",
        "set_password": "SetPasswordForm",
        "reset_password": "ResetPasswordForm",
        "reset_password_from_key": "NewPasswordForm",
        "reauthenticate": "ConfirmPasswordForm",
    }.items()
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# Without mail an address has no use, and an administrator resets forgotten passwords.
ACCOUNT_SIGNUP_FIELDS = ["username*", "email" if MAIL_IS_KEPT else "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CHANGE_EMAIL = True  # One address for each person.
ACCOUNT_EMAIL_NOTIFICATIONS = not MAIL_IS_KEPT
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # No mail to addresses without an account.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
# A whole office may share one address and programs one account. Wrong passwords count by address, and by address and
# account together: what somebody tries elsewhere keeps nobody out.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "300/m/ip,60/5m/key",
    "code": "10/10m/key",
    "guest_comment": "60/10m/ip,240/10m/key",  # The key is the share link.
}

MFA_ADAPTER = "transcripts.services.accounts.adapter.MFAAdapter"
MFA_FORMS = {
    name: f"transcripts.forms.accounts.{form}"
    for name, form in {
        "authenticate": "CodeForm",
        "reauthenticate": "ConfirmCodeForm",
        "activate_totp": "FirstCodeForm",
    }.items()
}
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Flashweb"
MFA_TOTP_TOLERANCE = 1  # A clock may be off by half a minute.

SOCIALACCOUNT_ADAPTER = "transcripts.services.accounts.adapter.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = env.providers("SOCIAL_PROVIDERS")
SOCIALACCOUNT_FORMS = {"signup": "transcripts.forms.accounts.SocialSignUpForm"}
SOCIALACCOUNT_EMAIL_REQUIRED = False
INSTALLED_APPS += [f"allauth.socialaccount.providers.{name}" for name in SOCIALACCOUNT_PROVIDERS]

# --- Languages ---------------------------------------------------------------------------------------------------
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [BASE_DIR / "transcripts/locale"]
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LANGUAGE_CODE = env.text("LANGUAGE_CODE", "en")
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured(f"LANGUAGE_CODE is {LANGUAGE_CODE!r}; use en or zh-hans.")

# --- Static files ------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env.folder("STATIC_ROOT", DATA_DIR / "static")  # where an image has them, beside its code
WHITENOISE_ALLOW_ALL_ORIGINS = False  # No other site needs our files.
STATICFILES_DIRS = [
    ("css", BASE_DIR / "static/css"),
    ("js", BASE_DIR / "static/js"),
    ("img", BASE_DIR / "static/img"),
    ("vendor/wavesurfer", BASE_DIR / "static/node_modules/wavesurfer.js/dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "flashweb.staticfiles.ModuleStorage"},
}

# --- Safety ------------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    # Browsers keep to HTTPS for this host. Its subdomains, and the list that browsers come with, may concern others.
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = HSTS in {"subdomains", "preload"}
    SECURE_HSTS_PRELOAD = HSTS == "preload"
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # that both should be on
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"]
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600 if DATA_GROUP is None else 0o640  # static files too

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "flashweb.logs.LinkFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "flashweb.logs.JsonFormatter"},
    },
    "filters": {"raised": {"()": "flashweb.logs.OnlyRaised"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": env.choice("LOG_FORMAT", "line", "json")},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # Django's own handlers are taken away: they would print, and mail, what ours shortens.
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # Refusals have their line as requests; only errors have more.
        "django.request": {"level": "ERROR", "filters": ["raised"]},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "flashweb": {"level": "INFO"},
        "transcripts": {"level": "INFO"},
        "huey": {"level": "WARNING"},
    },
}
