"""The forms of photos: a picture with its description, and the description alone."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import FileStorage

from marketplace.files.store import ReceivedFile, clean_name
from marketplace.files.uploads import UploadField, UploadInput, filestore
from marketplace.i18n import _l
from marketplace.offers.photos.pictures import MEDIA_TYPE, remake
from marketplace.offers.photos.service import LONGEST_TEXT
from marketplace.web.forms import BaseForm, BilingualField, required


class PictureField(UploadField):
    """A picture, re-encoded before it is kept; what the sender's file held beside the picture is never stored.

    Like every received file it waits, by its token, until the rest of the form is right.
    """

    widget = UploadInput()

    @staticmethod
    def take(uploads: Sequence[FileStorage]) -> ReceivedFile:
        """One picture, drawn again and kept. Raises FileRefused, Invalid, Busy, StoreAway."""
        store, upload = filestore(), uploads[0]
        picture = remake(store.photograph(upload))
        return store.put(picture.content, media_type=MEDIA_TYPE, name=clean_name(upload.filename or ""))


class DescriptionForm(BaseForm):
    """What a photo shows."""

    alt = BilingualField(_l("What the photo shows"), languages_required=("fi", "sv"), max_length=LONGEST_TEXT)


class PhotoForm(DescriptionForm):
    """A new photo."""

    picture = PictureField(_l("Photo"), [required(_l("Choose a photo."))])
