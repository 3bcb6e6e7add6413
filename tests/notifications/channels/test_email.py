"""E-mail on the wire: a real SMTP server on this machine that answers as real ones do."""

from __future__ import annotations

import mailbox
import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from accounts.selectors import preferences_of
from dealfinder.embedded.ports import any_free_port
from notifications.channels.base import PermanentError, TransientError
from notifications.channels.email.worth_bar import WIDTH, WorthBar
from notifications.delivery import deliver_pending
from notifications.models import Delivery
from tests.matching_factories import make_deal, make_goal
from tests.notifications.making import make_notice, tell
from tests.smtp_server import MailServer, mail_server_running


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    with mail_server_running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.PUBLIC_URL = "https://deals.example"
        yield server


def _parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    return text.get_content(), html.get_content()


def test_a_match_arrives_as_one_mail_with_its_evidence(owner: Any, mail_server: MailServer, client: Client) -> None:
    goal = make_goal(owner, "Headphones & more <under> $250", keywords=["sony"])
    deal = make_deal('Sony "XM5" <b>Headphones</b> & case')
    (notification,) = tell(make_notice(owner, goal=goal, deal=deal))
    assert deliver_pending() == 2
    (mail,) = mail_server.mails
    delivery = Delivery.objects.get(channel="email")
    assert mail["To"] == owner.email
    assert mail["Subject"] == notification.title == 'Sony "XM5" <b>Headphones</b> & case for $228.00'
    assert mail["Message-ID"] == f"<{delivery.pk}@deals.example>"
    leave = re.fullmatch(r"<https://deals\.example(/m/[\w-]+/)>", "".join(mail["List-Unsubscribe"].split()))
    assert leave is not None and mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = _parts(mail)
    opened = re.search(r"See the deal: https://deals\.example(/m/[\w-]+/)\s", text)
    assert opened is not None and client.get(opened[1]).headers["Location"].endswith(f"/deals/{deal.pk}/")
    assert f"https://deals.example{opened[1]}" in html
    for part in (text, html):
        assert f"https://deals.example/goals/{goal.pk}/" in part
        assert "$228.00 · worth $310 ($264–$356)" in part
        assert "Matches “sony”" in part
    assert notification.text["long"] in text and notification.reason_text in text
    assert "<b>" not in html and "&lt;b&gt;Headphones&lt;/b&gt; &amp; case" in html
    assert "sample" not in text.lower()
    assert client.post(leave[1], {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert preferences_of(owner).email_alerts is False


def test_a_sample_is_called_one(owner: Any, mail_server: MailServer) -> None:
    tell(make_notice(owner, deal=make_deal(is_sample=True)))
    deliver_pending()
    (mail,) = mail_server.mails
    text, html = _parts(mail)
    assert mail["Subject"].startswith("Sample: ")
    assert "not a real offer" in text and "not a real offer" in html


def test_a_deal_of_unknown_worth_has_no_bar(owner: Any, mail_server: MailServer) -> None:
    tell(make_notice(owner, deal=make_deal(worth=None)))
    deliver_pending()
    text, html = _parts(mail_server.mails[0])
    assert "We cannot say what it is worth." in text and "●" not in text + html and "None" not in text + html


def test_a_title_cannot_smuggle_in_a_header(owner: Any, mail_server: MailServer) -> None:
    notice = make_notice(owner, title="Cheap\r\nBcc: everybody@example.com")
    tell(notice)
    assert deliver_pending() == 2
    (mail,) = mail_server.mails
    assert mail["Bcc"] is None and mail["Subject"] == "Cheap Bcc: everybody@example.com"


@pytest.mark.parametrize(
    ("setup", "error", "sentence"),
    [
        (lambda box: setattr(box, "on_recipient", "550 5.1.1 No such user"), PermanentError, "550 5.1.1 No such user"),
        (lambda box: setattr(box, "on_recipient", "450 4.2.0 Greylisted"), TransientError, "450 4.2.0 Greylisted"),
        (lambda box: setattr(box, "on_data", "554 5.7.1 Refused"), PermanentError, "554 5.7.1 Refused"),
        (lambda box: setattr(box, "on_data", "451 4.3.0 Try later"), TransientError, "451 4.3.0 Try later"),
        (lambda box: setattr(box, "hang_up", True), TransientError, "broke off"),
    ],
)
def test_refusals_are_told_apart(
    owner: Any, mail_server: MailServer, setup: Callable[[MailServer], None], error: type[Exception], sentence: str
) -> None:
    setup(mail_server)
    tell(make_notice(owner))
    deliver_pending()
    mail = Delivery.objects.get(channel="email")
    assert mail.state == ("failed" if error is PermanentError else "pending")
    assert sentence in mail.error and "Traceback" not in mail.error
    assert not mail_server.mails


def test_a_server_that_is_not_there_is_tried_again(owner: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", any_free_port()
    tell(make_notice(owner))
    deliver_pending()
    mail = Delivery.objects.get(channel="email")
    assert (mail.state, mail.error) == (
        "pending",
        "The mail server could not be reached or broke off (ConnectionRefusedError).",
    )


def test_without_a_server_mail_goes_to_a_file_and_the_console(
    owner: Any, settings: Any, tmp_path: Any, capsys: Any
) -> None:
    settings.EMAIL_BACKEND = "common.mail.ConsoleAndFileBackend"
    settings.MAIL_FILE = tmp_path / "mail" / "outbox.mbox"
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "outbox.mbox.lock").touch()  # what a killed process may leave behind
    first, second = tell(make_notice(owner), make_notice(owner))
    deliver_pending()
    box = mailbox.mbox(settings.MAIL_FILE)
    assert [mail["To"] for mail in box] == [owner.email] * 2
    assert {first.title, second.title} == {str(mail["Subject"]) for mail in box}
    assert first.text["long"] in capsys.readouterr().err


def test_the_bar_shows_where_the_price_lies() -> None:
    def bar(price: str, worth: str, low: str, high: str) -> WorthBar:
        named = {"price": price, "worth": worth, "low": low, "high": high}
        made = WorthBar.of({name: {"amount": amount, "currency": "USD"} for name, amount in named.items()})
        assert made is not None
        return made

    below = bar("100", "200", "150", "250")
    assert len(below.line) == WIDTH
    assert below.line[0] == "●" and below.line[-1] == "━" and below.line.count("┃") == 1
    assert below.line.index("━") == 13 and below.position == "below"
    assert bar("300", "200", "150", "250").line.startswith("━") and bar("300", "200", "150", "250").line.endswith("─●")
    assert bar("200", "200", "150", "250").line.count("●") == 1 and bar("200", "200", "150", "250").position == "within"
    assert bar("5", "5", "5", "5").line.startswith("●")
    assert below.label == "$100.00 · worth $200 ($150–$250)"
