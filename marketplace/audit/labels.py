"""What the actions and subjects of the audit trail are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _, _l

ACTIONS: Final[dict[str, Any]] = {
    "access.accept": _l("Access request allowed"),
    "access.refuse": _l("Access request refused"),
    "access.request": _l("Access to a company asked for"),
    "account.change_password": _l("Password changed"),
    "account.add_app": _l("Second factor: app taken into use"),
    "account.add_passkey": _l("Second factor: passkey added"),
    "account.disqualify": _l("Declared oneself disqualified"),
    "account.close": _l("Account closed"),
    "account.grant": _l("Staff role given"),
    "account.join_openid": _l("Account joined to the organisation’s sign-in"),
    "account.link": _l("Link for a new password made by the operator"),
    "account.new_codes": _l("Second factor: new recovery codes made"),
    "account.policy": _l("Second factor of staff required or not"),
    "account.remove_app": _l("Second factor: app removed"),
    "account.remove_factors": _l("Second factor taken away by the operator"),
    "account.remove_passkey": _l("Second factor: passkey removed"),
    "account.reopen": _l("Account opened again"),
    "account.reset": _l("Password taken away by the operator"),
    "account.revoke": _l("Staff role taken away"),
    "account.save": _l("Account saved"),
    "account.sign_in": _l("Signed in"),
    "account.sign_out": _l("Signed out"),
    "account.sign_out_everywhere": _l("Signed out on all devices"),
    "account.use_code": _l("Second factor: recovery code used"),
    "account.unlock": _l("Tries in vain to sign in forgiven"),
    "account_change.confirm": _l("Account number confirmed"),
    "account_change.refuse": _l("Account number refused"),
    "account_change.request": _l("New account number given"),
    "account_change.take_back": _l("New account number taken back"),
    "agreement.end": _l("Agreement of a client ended"),
    "agreement.record": _l("Agreement of a client recorded"),
    "agreement.view": _l("Agreements of clients opened"),
    "application.answer": _l("Answer to the hearing received"),
    "application.checklist": _l("Checklist marked"),
    "application.complete": _l("Completion received"),
    "application.confirm": _l("Carried-over answers confirmed"),
    "application.correct": _l("Clerical error corrected"),
    "application.decide": _l("Decision made"),
    "application.hand_over": _l("Handler changed"),
    "application.hear": _l("The provider is heard"),
    "application.lapse": _l("The due date passed without an answer"),
    "application.message": _l("Message sent"),
    "application.note": _l("Internal note written"),
    "application.propose": _l("Decision proposed"),
    "application.remind": _l("Reminded of the completion"),
    "application.request_completion": _l("Completion requested"),
    "application.return": _l("Returned to the reviewer"),
    "application.save": _l("Page saved"),
    "application.start": _l("Application started"),
    "application.submit": _l("Application sent"),
    "application.take": _l("Taken into review"),
    "application.view": _l("Application opened"),
    "application.view_file": _l("File of an application opened"),
    "application.withdraw": _l("Application withdrawn"),
    "approval.answer": _l("Explanation received"),
    "approval.condition": _l("Condition set"),
    "approval.decide": _l("Measure decided"),
    "approval.drop": _l("Measure dropped"),
    "approval.end": _l("Approval ended"),
    "approval.fail": _l("Condition not met"),
    "approval.hear": _l("Provider heard"),
    "approval.lapse": _l("Time for the explanation ended"),
    "approval.leave": _l("Provider left the service"),
    "approval.meet": _l("Condition met"),
    "approval.propose": _l("Measure proposed"),
    "approval.recheck": _l("Yearly check made"),
    "approval.remind": _l("Provider reminded"),
    "approval.return": _l("Measure returned to the reviewer"),
    "approval.view": _l("Approval opened"),
    "demo.load": _l("Demo content loaded"),
    "evidence.add": _l("Proof added"),
    "file.scan": _l("File scanned for viruses"),
    "invitation.apply": _l("Application begun from an invitation"),
    "invitation.bounce": _l("Invitation came back"),
    "invitation.decline": _l("Invitation declined"),
    "invitation.disown": _l("Address of an invitation said to be wrong"),
    "invitation.correct": _l("Address of an invitation corrected"),
    "invitation.list": _l("Providers put on the list"),
    "invitation.open": _l("Link of an invitation opened"),
    "invitation.order": _l("Letters ordered"),
    "invitation.remove": _l("Taken off the list of invitations"),
    "invitation.restore": _l("Put back on the list of invitations"),
    "invitation.send_invitation": _l("Invitation sent"),
    "invitation.send_reminder": _l("Reminder of an invitation sent"),
    "invitation.text": _l("Text of the letter changed"),
    "offer.approve_change": _l("Change of an offer approved"),
    "offer.availability": _l("Free places told"),
    "offer.copy": _l("Offer copied"),
    "offer.create": _l("Offer begun"),
    "offer.delete_draft": _l("Draft of an offer deleted"),
    "offer.end": _l("Offer ended"),
    "offer.keep": _l("End of an offer taken back"),
    "offer.photo_add": _l("Photo added"),
    "offer.photo_first": _l("First photo chosen"),
    "offer.photo_remove": _l("Photo removed"),
    "offer.photo_text": _l("Text of a photo changed"),
    "offer.publish": _l("Offer published"),
    "offer.return_change": _l("Change of an offer returned"),
    "offer.save_draft": _l("Draft of an offer saved"),
    "offer.submit": _l("Offer given to the office"),
    "offer.take_back": _l("Offer taken back from the office"),
    "offer.withdraw": _l("Published change withdrawn before its first day"),
    "participation.leave": _l("Provider left the portal"),
    "participation.no_new_clients": _l("Takes no new clients"),
    "participation.pause": _l("Provider paused its services"),
    "participation.resume": _l("Provider ended its pause"),
    "participation.return": _l("Provider came back to the portal"),
    "participation.take_clients": _l("Takes clients again"),
    "person.invitation_accept": _l("Invitation to a company accepted"),
    "person.invitation_cancel": _l("Invitation to a company cancelled"),
    "person.invite": _l("Person invited to a company"),
    "person.remove": _l("Person removed from a company"),
    "person.role": _l("Role of a person changed"),
    "pilot.load": _l("Pilot definition loaded"),
    "provider.account": _l("Account number changed"),
    "provider.import": _l("Provider imported"),
    "provider.register": _l("Company registered"),
    "provider.update": _l("Facts of the company changed"),
    "provider.vat": _l("VAT of the company changed"),
    "session.cancel": _l("Information session cancelled"),
    "session.change": _l("Information session changed"),
    "session.plan": _l("Information session planned"),
    "session.register": _l("Registered for an information session"),
    "session.remind": _l("Reminded of an information session"),
    "session.withdraw": _l("Registration for an information session withdrawn"),
    "unit.add": _l("Unit added"),
    "unit.close": _l("Unit closed"),
    "unit.reopen": _l("Unit opened again"),
    "unit.update": _l("Unit changed"),
}
"""Action of an event → what it is called. One that a later version has dropped is shown by its key."""

SUBJECTS: Final[dict[str, Any]] = {
    "AccessRequest": _l("Request for access"),
    "AccountChange": _l("Change of account"),
    "Agreement": _l("Agreement"),
    "Application": _l("Application"),
    "Evidence": _l("Proof"),
    "InformationSession": _l("Information session"),
    "Invitation": _l("Invitation"),
    "InvitationRound": _l("Round of letters"),
    "Offer": _l("Offer"),
    "Organisation": _l("Organisation"),
    "PersonInvitation": _l("Invitation of a person"),
    "Pilot": _l("Pilot"),
    "Provider": _l("Provider"),
    "ServiceApproval": _l("Approval"),
    "ServiceUnit": _l("Unit"),
    "StoredFile": _l("File"),
    "User": _l("Person"),
}
"""Type of a subject → what it is called."""


def action_name(action: str) -> str:
    """What an action is called in the reader's language."""
    return str(ACTIONS.get(action, action))


def subject_name(kind: str, identity: str) -> str:
    """A subject as the list shows it: `Application 12`."""
    return _("%(kind)s %(number)s", kind=SUBJECTS.get(kind, kind), number=identity)


def subject_asked(text: str) -> tuple[str, str]:
    """What a reader means by `Hakemus 12` or `Application 12`: the type and the id, either of which may be empty."""
    asked = " ".join(text.split())
    names = {str(name): kind for kind, name in SUBJECTS.items()} | {kind: kind for kind in SUBJECTS}
    for name in sorted(names, key=len, reverse=True):
        if f"{asked.casefold()} ".startswith(f"{name.casefold()} "):
            return names[name], asked[len(name) :].strip()
    kind, _space, identity = asked.partition(" ")
    return kind, identity
