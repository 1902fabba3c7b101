"""The file field of forms, and how a kept file is handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from os import SEEK_END
from typing import Any, Final, Protocol, cast

from flask import Response, current_app, g, redirect, request, send_file
from flask_login import current_user
from flask_wtf.file import FileField
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from wtforms.widgets import FileInput

from marketplace.buckets import StoreAway
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.files.rules import FileState
from marketplace.files.signed_addresses import Download
from marketplace.files.store import FileStore, ReceivedFile
from marketplace.i18n import _, _l
from marketplace.slow_work import Busy
from marketplace.web.frame import let_go


def filestore() -> FileStore:
    """The portal's file store."""
    return FileStore.of(current_app.extensions["settings"])


class UploadInput(FileInput):
    """The file control and, once a file has been taken, the token that stands for it when the form comes back."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """The control as HTML."""
        control: Markup = super().__call__(field, **kwargs)
        if not field.token:
            return control
        hidden: Markup = Markup('<input type="hidden" name="{}" value="{}">').format(
            field.token_name, field.token
        )
        return control + hidden


class UploadField(FileField):
    """A document: a PDF, or one or several photographs. `data` is a ReceivedFile, checked and kept, or None.

    A file that was fine is not lost when another field of the form is wrong: the form carries a signed token, and
    `received` tells what is already there.
    """

    data: ReceivedFile | None
    widget = UploadInput(multiple=True)

    @property
    def token_name(self) -> str:
        """Name of the hidden field that carries the token."""
        return f"{self.name}-token"

    @property
    def token(self) -> str:
        """The token of the file that has been taken, or an empty text."""
        return filestore().token(self.data, owner=_owner()) if self.data else ""

    @property
    def received(self) -> dict[str, str] | None:
        """What the page says about the file already taken."""
        return {"name": self.data.name} if self.data else None

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take the file of the form, or the one that its token stands for."""
        super().process(formdata, *args, **kwargs)
        if formdata is None or self.data is not None:
            return
        for token in formdata.getlist(self.token_name):
            self.data = filestore().recall(str(token), owner=_owner())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Check and keep what was sent; a refusal becomes the field's error."""
        self.data = None
        uploads = [value for value in valuelist if isinstance(value, FileStorage) and value.filename]
        if uploads:
            before = g.get("taken_in", {}).get(self.name)
            with refusals_at_the_field():
                self.data = self.take(uploads) if before is None else before()

    @staticmethod
    def take(uploads: Sequence[FileStorage]) -> ReceivedFile:
        """Check and keep what was sent for one field. Raises FileRefused, Busy, StoreAway."""
        return filestore().receive(*uploads)


def take_files(field: type[UploadField], *names: str) -> bool:
    """Take the files that were sent for the fields of these names, which are of this kind, before a view goes on.

    Photographs are drawn for many seconds, and on SQLite nobody else writes while the request's transaction is open; so
    it ends here, with its locks. Gives whether it did: what the view changes has to be found, and locked, after this.
    What is refused is told where the form reads the field.
    """
    sent = {name: [each for each in request.files.getlist(name) if each.filename] for name in names}
    if not any(sent.values()):
        return False
    let_go()
    g.taken_in = {name: _outcome(field, files) for name, files in sent.items() if files}
    return True


def _outcome(field: type[UploadField], files: Sequence[FileStorage]) -> Callable[[], ReceivedFile]:
    """What came of taking files, to be given or raised later."""
    try:
        received = field.take(files)
    except (Invalid, Busy, StoreAway) as refusal:
        told = refusal

        def refuse() -> ReceivedFile:
            raise told

        return refuse
    return lambda: received


ATTACH: Final = "attach"
"""The button that takes a file and shows the form again, so that another can be added."""

MAX_ATTACHMENTS: Final = 10


class AttachmentsInput(FileInput):
    """The file control; the tokens of the files that have been taken stand beside their names (`attachments_field`)."""


class AttachmentsField(UploadField):
    """Documents that go with a text, each added and removed until it is sent; `files` are those there are.

    What is chosen at once becomes one document, as in an UploadField. Nothing is written down before the form is sent:
    the page carries signed tokens.
    """

    widget = AttachmentsInput(multiple=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files: list[ReceivedFile] = []

    @property
    def remove_name(self) -> str:
        """Name of the check boxes that take files out again."""
        return f"{self.name}-remove"

    @property
    def taken(self) -> list[tuple[str, str, str]]:
        """What the page shows of the files: (token, digest, name) of each."""
        return [(filestore().token(each, owner=_owner()), each.sha256, each.name) for each in self.files]

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take what was chosen now beside the files that the form's tokens stand for, without those taken out."""
        FileField.process(self, formdata, *args, **kwargs)
        if formdata is None:
            return
        out = set(formdata.getlist(self.remove_name))
        before = [
            filestore().recall(str(token), owner=_owner()) for token in formdata.getlist(self.token_name)
        ]
        found = {each.sha256: each for each in [*before, self.data] if each and each.sha256 not in out}
        self.files = list(found.values())

    @property
    def asked(self) -> bool:
        """Whether the page is only to be shown again with the files as they are now, and what was wrong with one."""
        if ATTACH not in request.form:
            return False
        self.errors = list(self.process_errors)
        return True

    def pre_validate(self, form: Any) -> None:
        """No more than can be read."""
        if len(self.files) > MAX_ATTACHMENTS:
            raise ValueError(_("At most %(max)d attachments. Remove some of them.", max=MAX_ATTACHMENTS))


@contextmanager
def refusals_at_the_field() -> Iterator[None]:
    """Why a file is not taken, also when the store is away or too many come at once, becomes the field's error."""
    try:
        yield
    except (Invalid, Busy) as refusal:
        raise ValueError(str(refusal)) from refusal
    except StoreAway as error:
        current_app.logger.error("%s", error)
        raise ValueError(
            _("The file could not be kept just now. Choose it again and try once more in a moment.")
        ) from error


class Kept(Protocol):
    """A row that describes a kept file."""

    sha256: str
    media_type: str
    name: str
    state: FileState


def hand_out(file: Kept) -> Response:
    """The file as a download that the browser neither runs nor guesses about; the caller has checked who asks.

    Raises Conflict while the file is in quarantine, NotFound when the content is not in the store or is infected.
    """
    if file.state == FileState.QUARANTINED:
        raise Conflict(
            _l("The file waits for the virus scanner. It can be opened when the scanner has let it through.")
        )
    if file.state != FileState.CLEAN:
        raise NotFound()
    download = Download(file.name, file.media_type, datetime.now(UTC))
    address = filestore().address(file.sha256, download)
    response = (
        cast(Response, redirect(address))
        if address
        else sent(file.sha256, file.media_type, download_as=file.name)
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def sent(
    sha256: str, media_type: str, *, download_as: str | None = None, name: str | None = None, max_age: int = 0
) -> Response:
    """A content of the store as the answer, or the part of it that is asked for. Raises NotFound when it is not here.

    `name` is what a viewer calls it, `download_as` the same where it is to be saved.
    """
    try:
        content = filestore().open(sha256)
    except FileNotFoundError:
        raise NotFound() from None
    size = content.seek(0, SEEK_END)
    content.seek(0)
    response = send_file(
        content,
        mimetype=media_type,
        as_attachment=download_as is not None,
        download_name=download_as or name,
        max_age=max_age,
        conditional=False,
        etag=sha256,
    )
    response.content_length = size
    return cast(Response, response.make_conditional(request, accept_ranges=True, complete_length=size))


def _owner() -> str:
    """Whom a token belongs to: the signed-in person, or nobody in particular."""
    return str(current_user.get_id() or "")
