"""The form of a message."""

from __future__ import annotations

from wtforms import HiddenField
from wtforms.validators import Length

from marketplace.applications.messages.rules import MAX_LENGTH
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, Prose, required


class MessageForm(BaseForm):
    """What one wants to say to the other side."""

    text = Prose(
        _l("Your message"),
        validators=[
            required(_l("Write the message first.")),
            Length(max=MAX_LENGTH, message=_l("The message is too long: at most 5000 characters.")),
        ],
    )


class ReadForm(BaseForm):
    """Everything up to a message has been read."""

    up_to = HiddenField()
