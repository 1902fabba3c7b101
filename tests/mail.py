"""A mail server's one mailbox, for tests that follow a message to its end."""

from __future__ import annotations

import threading
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.handlers import Message


class Mailbox(Message):
    """Keeps every message that a real SMTP server receives."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[EmailMessage] = []
        self._arrived = threading.Condition()

    def handle_message(self, message: Any) -> None:
        """Called by the server's thread for each message."""
        with self._arrived:
            self.messages.append(message_from_bytes(message.as_bytes(), policy=default))
            self._arrived.notify_all()

    def await_message(self, to: str, subject: str, seconds: float = 20) -> EmailMessage:
        """The newest message to an address whose subject contains the words; waits for it to arrive."""
        deadline = time.monotonic() + seconds
        with self._arrived:
            while True:
                found: EmailMessage
                for found in reversed(self.messages):
                    if found["To"] == to and subject in found["Subject"]:
                        return found
                left = deadline - time.monotonic()
                if left <= 0 or not self._arrived.wait(left):
                    had = [(m["To"], m["Subject"]) for m in self.messages]
                    raise AssertionError(f"no mail to {to} with “{subject}”; there are {had}")
