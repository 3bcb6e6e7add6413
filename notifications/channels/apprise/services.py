"""The services that are spoken with through Apprise: those that are looked at, and no other.

Each of their modules in Apprise sends with `requests.get`, `requests.post` and their like alone, and with nothing else of the
network. That is what makes `door` possible, and a test holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Service:
    """A service: the schemes of its addresses, its module and class in Apprise, and an address as an example.

    `is_hosted` where the host in the address is a server of the user's own.
    """

    label: str
    schemes: tuple[str, ...]
    module: str
    plugin: str
    example: str
    is_hosted: bool = False


SERVICES: Final = (
    Service("Bark", ("barks", "bark"), "bark", "NotifyBark", "barks://bark.example.com/device-key", True),
    Service("Discord", ("discord",), "discord", "NotifyDiscord", "discord://webhook-id/webhook-token"),
    Service("Feishu", ("feishu",), "feishu", "NotifyFeishu", "feishu://bot-token"),
    Service("Flock", ("flock",), "flock", "NotifyFlock", "flock://webhook-token"),
    Service("Google Chat", ("gchat",), "google_chat", "NotifyGoogleChat", "gchat://workspace/key/token"),
    Service("Gotify", ("gotifys", "gotify"), "gotify", "NotifyGotify", "gotifys://gotify.example.com/token", True),
    Service(
        "Home Assistant",
        ("hassios", "hassio"),
        "home_assistant",
        "NotifyHomeAssistant",
        "hassios://home.example.com/access-token",
        True,
    ),
    Service("IFTTT", ("ifttt",), "ifttt", "NotifyIFTTT", "ifttt://webhook-key@event"),
    Service("Join", ("join",), "join", "NotifyJoin", "join://api-key/device"),
    Service("Lark", ("lark",), "lark", "NotifyLark", "lark://bot-token"),
    Service("LINE", ("line",), "line", "NotifyLine", "line://access-token/user-id"),
    Service("Mattermost", ("mmosts", "mmost"), "mattermost", "NotifyMattermost", "mmosts://chat.example.com/token", True),
    Service(
        "Microsoft Teams",
        ("workflows", "workflow"),
        "workflows",
        "NotifyWorkflows",
        "workflows://host-of-the-workflow:443/workflow-id/signature",
        True,
    ),
    Service(
        "Nextcloud", ("nclouds", "ncloud"), "nextcloud", "NotifyNextcloud", "nclouds://user:password@cloud.example.com/user", True
    ),
    Service("ntfy", ("ntfys", "ntfy"), "ntfy", "NotifyNtfy", "ntfys://ntfy.sh/topic", True),
    Service("Prowl", ("prowl",), "prowl", "NotifyProwl", "prowl://api-key"),
    Service("Pushbullet", ("pbul",), "pushbullet", "NotifyPushBullet", "pbul://access-token"),
    Service("Pushsafer", ("psafers",), "pushsafer", "NotifyPushSafer", "psafers://private-key"),
    Service("Signal", ("signals", "signal"), "signal_api", "NotifySignalAPI", "signals://signal.example.com/from/to", True),
    Service("Synology Chat", ("synologys", "synology"), "synology", "NotifySynology", "synologys://nas.example.com/token", True),
    Service("Telegram", ("tgram",), "telegram", "NotifyTelegram", "tgram://bot-token/chat-id"),
    Service("Webex", ("webex", "wxteams"), "webexteams", "NotifyWebexTeams", "webex://webhook-token"),
    Service("WeCom", ("wecombot",), "wecombot", "NotifyWeComBot", "wecombot://bot-key"),
    Service("Zulip", ("zulip",), "zulip", "NotifyZulip", "zulip://bot@organization/token/stream"),
)  # fmt: skip
BY_SCHEME: Final = {scheme: service for service in SERVICES for scheme in service.schemes}

SETTINGS: Final = frozenset({
    "channel", "color", "format", "group", "icon", "image", "level", "mode", "priority", "silent", "sound", "tags", "thread", "to",
    "topic",
})  # fmt: skip
"""What may stand behind the question mark. Apprise knows more, some of which reads files of this machine (`template`)."""
