"""Mail where no mail server is configured: to the console, and to a file that can be read later."""

from __future__ import annotations

import fcntl
import mailbox
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class ConsoleAndFileBackend(BaseEmailBackend):
    """Writes each mail to standard error and appends it to the mbox file `MAIL_FILE`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        settings.MAIL_FILE.parent.mkdir(parents=True, exist_ok=True)
        # Not mailbox's own lock: that one fails where another process writes, and outlives a process that was killed.
        with settings.MAIL_FILE.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            box = mailbox.mbox(settings.MAIL_FILE)
            for mail in email_messages:
                box.add(mail.message())
                sys.stderr.write(
                    f"{'-' * 72}\nTo: {', '.join(mail.to)}\nSubject: {mail.subject}\n\n{mail.body}\n{'-' * 72}\n"
                )
            box.close()
        return len(email_messages)
