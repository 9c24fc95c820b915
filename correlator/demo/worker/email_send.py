"""Sends one mail for each item, over SMTP."""

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.util.types import AttributeValue

from correlator.demo.items import NodeItem
from correlator.demo.typed_json import ConversionError
from correlator.demo.worker.each_item import ItemRefused

SENDER: Final = "demo@correlator.invalid"
SMTP_TIMEOUT_S: Final = 5.0

tracer = trace.get_tracer("correlator.demo.worker")


@dataclass(frozen=True, slots=True)
class Mail:
    """What an item holds."""

    to: str
    subject: str = ""
    body: str = ""


class MailRefused(ItemRefused):
    """An item that is no mail, or whose recipient the server does not take."""


class MailSender:
    """Sends through the SMTP server at `host`:`port`. Raises OSError where that is not to be reached."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    def send(self, item: NodeItem) -> dict[str, Any]:
        message = read_message(item)
        attributes: dict[str, AttributeValue] = {"server.address": self._host, "server.port": self._port}
        with tracer.start_as_current_span("smtp_send", kind=trace.SpanKind.CLIENT, attributes=attributes):
            try:
                with smtplib.SMTP(self._host, self._port, timeout=SMTP_TIMEOUT_S) as server:
                    server.send_message(message)
            except smtplib.SMTPRecipientsRefused as error:
                raise MailRefused("the mail server took no recipient") from error
        return {"sent": True, "subject": message["Subject"]}


def read_message(item: NodeItem) -> EmailMessage:
    """The mail that an item holds. Raises MailRefused with the field."""
    try:
        mail = item.read(Mail)
    except ConversionError as error:
        raise MailRefused(str(error)) from error
    if "@" not in mail.to:
        raise MailRefused("json.to: is no mail address")
    try:
        return _message(mail)
    except ValueError as error:  # a line break in a header would begin another header
        raise MailRefused(str(error)) from error


def _message(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, mail.to, mail.subject
    message.set_content(mail.body)
    return message
