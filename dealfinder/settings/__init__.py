"""Django settings, made from the typed environment; nothing else is configured in code."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from dealfinder.settings.environment import PROJECT_ROOT, read_environment
from dealfinder.settings.logs import logging_configuration

env = read_environment()

BASE_DIR = PROJECT_ROOT
DEALFINDER_HOME = env.dealfinder_home.resolve()
DEBUG = env.debug
SECRET_KEY = env.secret_key
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: it wants a long random text (the embedded mode makes its own).")
ALLOWED_HOSTS = env.allowed_hosts
PUBLIC_URL = env.public_url.rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "channels",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "common",
    "accounts",
    "deals",
    "notifications",
    "agents",
    "dealfinder",
]

MIDDLEWARE = [
    "common.requests.RequestIDMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "dealfinder.security.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.web.middleware.TimeZoneMiddleware",
]

ROOT_URLCONF = "dealfinder.urls"
WSGI_APPLICATION = "dealfinder.wsgi.application"
ASGI_APPLICATION = "dealfinder.asgi.application"

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
                "dealfinder.context.page_context",
            ],
        },
    },
]


def _database(url: str, pool: int) -> dict[str, Any]:
    parts = urlsplit(url)
    options: dict[str, Any] = {"connect_timeout": 5, "application_name": "dealfinder"}
    if pool:
        # Who asks while all are in use, or while the database is away, waits so many seconds and hears then that it does not answer.
        # A connection that is lost is not tried for long: the pauses between the pool's own tries double, so that after an outage it would
        # be away for as long again. The next request tries anew.
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 5, "reconnect_timeout": 1}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "dealfinder",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
    }


DATABASES = {"default": _database(env.database_url, env.database_pool)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis_url
CACHES = {
    "default": {
        "BACKEND": "common.caching.KeptRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "dealfinder",
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "dealfinder"},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CONFIRM_EMAIL_ON_GET = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "accounts.web.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.web.forms.PlainLoginForm",
    "signup": "accounts.web.forms.PlainSignupForm",
    "reset_password": "accounts.web.forms.PlainResetPasswordForm",
    "reset_password_from_key": "accounts.web.forms.PlainResetPasswordKeyForm",
    "change_password": "accounts.web.forms.PlainChangePasswordForm",
    "add_email": "accounts.web.forms.PlainAddEmailForm",
    "reauthenticate": "accounts.web.forms.PlainReauthenticateForm",
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.secure_cookies
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "dealfinder.pages.csrf_failed"
if env.secure_cookies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DEFAULT_FROM_EMAIL = env.default_from_email
if env.email_url.startswith("ses:"):
    EMAIL_BACKEND = "common.ses.SESBackend"
elif env.email_url:
    _mail = urlsplit(env.email_url)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
    EMAIL_USE_SSL = _mail.scheme == "smtps"
else:
    EMAIL_BACKEND = "common.mail.ConsoleAndFileBackend"
MAIL_FILE = DEALFINDER_HOME / "mail" / "outbox.mbox"
EMAIL_TIMEOUT = 10

CELERY_BROKER_URL = env.celery_broker_url or REDIS_URL
CELERY_RESULT_BACKEND = REDIS_URL
CELERY_RESULT_EXPIRES = 600
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_ROUTES = {
    "scan.*": {"queue": "scan"},
    "read.*": {"queue": "scan"},
    "submission.*": {"queue": "scan"},
    "value.*": {"queue": "pricing"},
    "estimate.*": {"queue": "pricing"},
    "starter.*": {"queue": "pricing"},
    "models.follow": {"queue": "pricing"},
    "match.*": {"queue": "match"},
    # Work for the database alone, and much of it at the usual hours of digests: what is on its way to services does not wait for it.
    "notify.held": {"queue": "maintenance"},
    "notify.reschedule": {"queue": "maintenance"},
    "notify.*": {"queue": "notify"},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Whoever sends a task while the broker is away hears that in half a second, instead of after many tries.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 3,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {
    "retry_policy": {"max_retries": 3, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.BearerAuthentication",
        "accounts.api.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "common.paging.PageNumberPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.problems.problem_details",
    "PAGE_SIZE": 20,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Deal Finder",
    "DESCRIPTION": "Deals, what they are really worth, and the goals of the people who look for them.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["dealfinder.api.schema.each_address_once"],
    "POSTPROCESSING_HOOKS": ["dealfinder.api.schema.with_problems"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LANGUAGE_CODE = "en"
# The languages of the pages. Messages speak more of them (common.speech), translated under LOCALE_PATHS.
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DEALFINDER_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

LOGGING = logging_configuration(env.log_level, env.log_format)

OPPORTUNITY_THRESHOLD = env.opportunity_threshold
EGRESS_ALLOW_CIDRS = env.egress_allow_cidrs
EGRESS_CA_FILE = env.egress_ca_file
EGRESS_PROXIES = env.egress_proxies
SCAN_SECONDS = env.scan_seconds
SCAN_PACE = env.scan_pace
NOTIFY_THREADS = env.notify_threads
SCAN_THREADS = env.scan_threads
PICTURE_FINGERPRINTS = env.picture_fingerprints
# A page that somebody sends from a browser is the largest thing that anybody sends: 6 MB, and twice that where JSON escapes it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12_500_000
USER_AGENT_CONTACT = env.user_agent_contact or PUBLIC_URL
WEB_THREADS = env.web_threads
MODELS_DIR = DEALFINDER_HOME / "models"
MODEL_STORE = env.model_store
MODEL_MARGIN = env.model_margin
ARCHIVE_DIR = DEALFINDER_HOME / "archive"
ARCHIVE_STORE = env.archive_store
ARCHIVE_DAYS = env.archive_days
METRICS_TOKEN = env.metrics_token

AWS_REGION = env.aws_region
BEDROCK_URL = env.bedrock_url
SAGEMAKER_URL = env.sagemaker_url
SNS_URL = env.sns_url
SNS_APPLE_APPLICATION = env.sns_apple_application
SNS_GOOGLE_APPLICATION = env.sns_google_application
SMS_MONTHLY_CAP = env.sms_monthly_cap
SMS_SENDER_ID = env.sms_sender_id
VAPID_PRIVATE_KEY = env.vapid_private_key
PUSHOVER_TOKEN = env.pushover_token
PUSHOVER_URL = env.pushover_url
SLACK_ORIGINS = env.slack_origins
AWS_STORAGE_URL = env.aws_storage_url
SES_URL = env.ses_url
SES_CONFIGURATION_SET = env.ses_configuration_set
LANGUAGE_MODEL = env.language_model
LANGUAGE_MODEL_ID = env.language_model_id
LANGUAGE_MODEL_URL = env.language_model_url
LANGUAGE_MODEL_KEY = env.language_model_key
LANGUAGE_ANSWER_FORM = env.language_answer_form
LANGUAGE_INPUT_PRICE = env.language_input_price
LANGUAGE_OUTPUT_PRICE = env.language_output_price
LANGUAGE_BUDGET = env.language_budget
LANGUAGE_USER_BUDGET = env.language_user_budget
LANGUAGE_TIME_LIMIT = env.language_time_limit
LANGUAGE_CONCURRENCY = env.language_concurrency
FRONTIER_FOUNDATION_MODEL = env.frontier_foundation_model
PAGES_LANGUAGE_MODEL = env.pages_language_model
VERDICT_REPHRASING = env.verdict_rephrasing
GOALS_LANGUAGE_MODEL = env.goals_language_model
MESSAGES_LANGUAGE_MODEL = env.messages_language_model
FRONTIER_TIME_LIMIT = env.frontier_time_limit
SAGEMAKER_ENDPOINT = env.sagemaker_endpoint
SAGEMAKER_ASYNC_FOLDER = env.sagemaker_async_folder
SAGEMAKER_TIME_LIMIT = env.sagemaker_time_limit
SAGEMAKER_BATCH = env.sagemaker_batch
