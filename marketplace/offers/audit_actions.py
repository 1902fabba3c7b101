"""What the audit trail calls what is done to offers: the names it keeps, which never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class OfferAudit(AuditAction):
    """What is done to an offer, by its company and by the office."""

    APPROVE_CHANGE = "offer.approve_change", _l("Change of an offer approved")
    AVAILABILITY = "offer.availability", _l("Free places told")
    COPY = "offer.copy", _l("Offer copied")
    CREATE = "offer.create", _l("Offer begun")
    DELETE_DRAFT = "offer.delete_draft", _l("Draft of an offer deleted")
    END = "offer.end", _l("Offer ended")
    KEEP = "offer.keep", _l("End of an offer taken back")
    PHOTO_ADD = "offer.photo_add", _l("Photo added")
    PHOTO_FIRST = "offer.photo_first", _l("First photo chosen")
    PHOTO_REMOVE = "offer.photo_remove", _l("Photo removed")
    PHOTO_TEXT = "offer.photo_text", _l("Text of a photo changed")
    PUBLISH = "offer.publish", _l("Offer published")
    RETURN_CHANGE = "offer.return_change", _l("Change of an offer returned")
    SAVE_DRAFT = "offer.save_draft", _l("Draft of an offer saved")
    SUBMIT = "offer.submit", _l("Offer given to the office")
    TAKE_BACK = "offer.take_back", _l("Offer taken back from the office")
    WITHDRAW = "offer.withdraw", _l("Published change withdrawn before its first day")
