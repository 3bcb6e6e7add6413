"""Typed settings from the environment: the only place that reads it.

A value that cannot be used stops the start with one sentence that names the variable and what it wanted.
"""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, NoReturn
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent


class Environment(BaseSettings):
    """Every variable that Deal Finder reads, with its type, default and meaning (`.env.example` lists them too)."""

    model_config = SettingsConfigDict(env_file=PROJECT_ROOT / ".env", extra="ignore", case_sensitive=False)

    dealfinder_home: Path = Field(default=PROJECT_ROOT / "var", description="the folder that holds all state")
    debug: bool = Field(default=False, description="true or false")
    secret_key: str = Field(default="", description="a long random text; the embedded mode makes its own")
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default=["127.0.0.1", "localhost", "[::1]"], description="host names, separated by commas"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="the address that people open, without a slash at the end"
    )
    database_url: str = Field(default="", description="postgresql://user:password@host:port/name")
    redis_url: str = Field(default="redis://127.0.0.1:6379/0", description="redis://[:password@]host:port/number")
    celery_broker_url: str = Field(
        default="", description="redis://, amqp:// or sqs://; the Redis of REDIS_URL by default"
    )
    email_url: str = Field(
        default="", description="smtp://user:password@host:port, ses://, or empty for the console and a mail file"
    )
    default_from_email: str = Field(default="Deal Finder <deals@localhost>", description="a name and address")
    user_agent_contact: str = Field(default="", description="a URL or address that a watched site may write to")
    egress_allow_cidrs: Annotated[list[str], NoDecode] = Field(
        default=[], description="private networks that scans may reach, such as 10.1.0.0/16, separated by commas"
    )
    egress_proxies: Annotated[list[str], NoDecode] = Field(
        default=[], description="proxies on private networks that sources may use, such as 10.1.0.5:3128, by commas"
    )
    scan_seconds: float = Field(default=20.0, gt=0, le=45, description="seconds, up to 45")
    scan_pace: float = Field(default=3.0, ge=0, le=600, description="seconds, 0 to 600")
    notify_threads: int = Field(default=64, ge=0, le=128, description="a whole number from 0 to 128")
    scan_threads: int = Field(default=16, ge=1, le=64, description="a whole number from 1 to 64")
    picture_fingerprints: bool = Field(default=True, description="true or false")
    egress_ca_file: str = Field(default="", description="a file of certificates (PEM) to trust beside the system's")
    opportunity_threshold: Decimal = Field(default=Decimal(50), ge=0, description="an amount of dollars, 0 or more")
    aws_region: str = Field(default="", description="a region of AWS, such as eu-central-1")
    bedrock_url: str = Field(default="", description="an address that speaks for Bedrock, or empty for AWS itself")
    sns_url: str = Field(default="", description="an address that speaks for SNS, or empty for AWS itself")
    sns_apple_application: str = Field(default="", description="the ARN of a platform application of SNS for Apple")
    sns_google_application: str = Field(default="", description="the ARN of a platform application of SNS for Google")
    sms_monthly_cap: int = Field(default=0, ge=0, le=10_000, description="a whole number, 0 for no text messages")
    sms_sender_id: str = Field(
        default="", pattern=r"^([A-Za-z0-9]{3,11})?$", description="3 to 11 letters and digits, or empty"
    )
    vapid_private_key: str = Field(
        default="", description="32 bytes in Base64 for addresses, or empty for one that is made of SECRET_KEY"
    )
    pushover_token: str = Field(
        default="", pattern=r"^([A-Za-z0-9]{30})?$", description="the token of an application at Pushover, or empty"
    )
    pushover_url: str = Field(
        default="https://api.pushover.net/1/messages.json", description="the address that takes Pushover's messages"
    )
    slack_origins: Annotated[list[str], NoDecode] = Field(
        default=["https://hooks.slack.com", "https://hooks.slack-gov.com"],
        description="schemes and hosts of servers that take Slack's incoming webhooks, separated by commas",
    )
    sagemaker_url: str = Field(default="", description="an address that speaks for SageMaker, or empty for AWS itself")
    aws_storage_url: str = Field(default="", description="an address that speaks S3, or empty for AWS itself")
    ses_url: str = Field(default="", description="an address that speaks for SES, or empty for AWS itself")
    ses_configuration_set: str = Field(default="", description="the name of a configuration set of SES, or empty")
    language_model: Literal["off", "bedrock", "openai"] = Field(default="off", description="off, bedrock or openai")
    language_model_id: str = Field(
        default="", validate_default=True, description="the model's name at its service, once LANGUAGE_MODEL is not off"
    )
    language_model_url: str = Field(
        default="",
        validate_default=True,
        description="the address of a server that speaks as OpenAI does, such as http://127.0.0.1:11434/v1",
    )
    language_model_key: SecretStr = Field(default=SecretStr(""), description="the key of that server, or empty")
    language_answer_form: Literal["json_schema", "tool"] = Field(
        default="json_schema", description="json_schema or tool"
    )
    language_input_price: Decimal = Field(default=Decimal(3), ge=0, description="dollars for a million tokens")
    language_output_price: Decimal = Field(default=Decimal(15), ge=0, description="dollars for a million tokens")
    language_budget: Decimal = Field(default=Decimal(5), ge=0, description="dollars a day, 0 or more")
    language_user_budget: Decimal = Field(default=Decimal("0.50"), ge=0, description="dollars a day, 0 or more")
    language_time_limit: float = Field(default=6.0, gt=0, le=120, description="seconds, up to 120")
    language_concurrency: int = Field(default=8, ge=1, le=64, description="a whole number from 1 to 64")
    frontier_foundation_model: bool = Field(
        default=False, description="true or false; true only where LANGUAGE_MODEL is not off"
    )
    frontier_time_limit: float = Field(default=25.0, gt=0, le=25, description="seconds, up to 25")
    pages_language_model: bool = Field(
        default=False, description="true or false; true only where LANGUAGE_MODEL is not off"
    )
    verdict_rephrasing: bool = Field(
        default=False, description="true or false; true only where LANGUAGE_MODEL is not off"
    )
    goals_language_model: bool = Field(
        default=False, description="true or false; true only where LANGUAGE_MODEL is not off"
    )
    messages_language_model: bool = Field(
        default=False, description="true or false; true only where LANGUAGE_MODEL is not off"
    )
    sagemaker_endpoint: str = Field(default="", description="the name of an endpoint of SageMaker")
    sagemaker_async_folder: str = Field(default="", description="s3://bucket/folder, for an asynchronous endpoint")
    sagemaker_time_limit: float = Field(default=5.0, gt=0, le=25, description="seconds, up to 25")
    sagemaker_batch: int = Field(default=32, ge=1, le=200, description="a whole number from 1 to 200")
    model_store: str = Field(
        default="",
        description="s3://bucket/folder where all machines find the pricing models, or empty for this machine",
    )
    model_margin: float = Field(default=1.0, ge=0, le=50, description="per cent, 0 to 50")
    archive_store: str = Field(
        default="", description="s3://bucket/folder for what sources gave, or empty for a folder of this home"
    )
    archive_days: int = Field(default=30, ge=1, le=3_650, description="a whole number of days from 1 to 3650")
    metrics_token: SecretStr = Field(default=SecretStr(""), description="a secret for scrapers of /metrics, or empty")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["json", "text"] = Field(default="text", description="json or text")
    secure_cookies: bool = Field(default=False, description="true where people reach Deal Finder over https")
    web_threads: int = Field(default=4, ge=1, le=64, description="a whole number from 1 to 64")

    @field_validator("allowed_hosts", "egress_allow_cidrs", "egress_proxies", "slack_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("vapid_private_key")
    @classmethod
    def _key_of_32_bytes(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", value):
            raise ValueError("not 32 bytes")
        return value

    @field_validator("language_model_id")
    @classmethod
    def _named(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("language_model", "off") != "off":
            raise ValueError("no model is named")
        return value

    @field_validator("language_model_url")
    @classmethod
    def _reachable(cls, value: str, info: ValidationInfo) -> str:
        wanted = value or info.data.get("language_model") == "openai"
        if wanted and not re.fullmatch(r"https?://[^\s/?#@]+[^\s?#@]*", value):
            raise ValueError("not an address")
        return value

    @field_validator(
        "frontier_foundation_model", "pages_language_model", "verdict_rephrasing", "goals_language_model",
        "messages_language_model",
    )  # fmt: skip
    @classmethod
    def _has_a_model(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("language_model", "off") == "off":
            raise ValueError("LANGUAGE_MODEL is off")
        return value

    @field_validator("sagemaker_async_folder", "model_store", "archive_store")
    @classmethod
    def _bucket(cls, value: str) -> str:
        if value and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+(/[^?#]*)?", value):
            raise ValueError("not a folder of S3")
        return value.rstrip("/")

    @field_validator("email_url")
    @classmethod
    def _a_way_for_mail(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("smtp", "smtp+tls", "smtps", "ses"):
            raise ValueError("not a way for mail")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("not a PostgreSQL address")
        return value


def _stop(error: ValidationError) -> NoReturn:
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else "environment"
        field = Environment.model_fields.get(name)
        wanted = field.description if field else "a usable value"
        sys.stderr.write(f"{name.upper()} cannot be used ({problem['msg']}): it wants {wanted}.\n")
    raise SystemExit(2)


def read_environment() -> Environment:
    """Return the typed environment, or leave with exit code 2 and a sentence for each unusable variable."""
    try:
        return Environment()
    except ValidationError as error:
        _stop(error)
