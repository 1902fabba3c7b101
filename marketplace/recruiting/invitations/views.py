"""The office's pages of inviting: the pilots, a pilot's list, adding to it, the letter, and sending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace import outbox
from marketplace.contact import shown_email
from marketplace.errors import Invalid
from marketplace.i18n import LANGUAGES, _, _l, current_language, in_language, ngettext
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition
from marketplace.recruiting.blueprint import blueprint
from marketplace.recruiting.invitations import addresses, labels, queries, rules, sending, service
from marketplace.recruiting.invitations.forms import (
    MOST_ROWS,
    AddresseeForm,
    FileForm,
    InvitationTextForm,
    RoundForm,
    ShowForm,
    rows_form,
)
from marketplace.recruiting.invitations.letters import TEMPLATES, letter_context, letter_text
from marketplace.recruiting.invitations.models import Invitation
from marketplace.recruiting.invitations.rules import InvitationAction, InvitationState
from marketplace.text import whole_number
from marketplace.web.forms import options
from marketplace.web.frame import SAFE_METHODS, current_actor, now, render, requires, session, work
from marketplace.web.page_links import asked_page, page_links
from marketplace.web.posting import Elsewhere, carry_out, lead_on
from marketplace.web.tables import sent_tables

PILOT = "/office/invitations/<pilot_key>"
INVITATION = f"{PILOT}/<int:invitation_id>"

_DONE: Final[dict[str, Any]] = {
    "remove": _l("The provider has been taken off the list."),
    "restore": _l("The provider is on the list again."),
    "bounce": _l("The mail is marked as come back. Correct the address and send the invitation again."),
}


@blueprint.get("/office/invitations")
@requires(Permission.VIEW_APPLICATIONS)
def invitation_pilots() -> ResponseReturnValue:
    """The organisation's pilots and how the inviting of each stands."""
    pilots = queries.office_pilots(work())
    if pilots:
        show_organisation(pilots[0].organisation)
    rows = [(pilot, _name(pilot), queries.numbers(session(), pilot.key)) for pilot in pilots]
    return render("recruiting/pilots.html", rows=rows, labels=labels)


@blueprint.get(PILOT)
@requires(Permission.VIEW_APPLICATIONS)
def invitations(pilot_key: str) -> ResponseReturnValue:
    """A pilot's list with its numbers, the rounds so far, and what can be done."""
    pilot = _pilot(pilot_key)
    form = ShowForm(formdata=MultiDict(request.args.items(multi=True)))
    form.show.choices = options(
        [("", _("Everybody"))]
        + [(key, name) for key, (name, _tone) in (labels.STATES | labels.RESULTS).items()]
    )
    show = (form.show.data or "") if form.show.validate(form) else ""
    page = queries.invitations(session(), pilot_key, show=show, page=asked_page())
    return _page(
        "recruiting/list.html",
        pilot,
        form=form,
        page=page,
        page_url=page_links({"show": show}),
        numbers=queries.numbers(session(), pilot_key),
        rounds=queries.rounds(session(), pilot_key),
        waiting=queries.waiting_letters(session(), pilot_key),
    )


@blueprint.route(f"{PILOT}/add", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def add_invitation(pilot_key: str) -> ResponseReturnValue:
    """Type one addressee; the page comes back empty for the next one."""
    pilot, form = _pilot(pilot_key), AddresseeForm.from_request()
    return carry_out(
        form,
        lambda: service.add_one(work(), pilot_key, form.addressee),
        done=lambda added: lead_on(
            url_for("recruiting.add_invitation", pilot_key=pilot_key),
            _("%(name)s is on the list. You can add the next one.", name=added.name),
        ),
        show=lambda: _page("recruiting/addressee.html", pilot, form=form, invitation=None),
    )


@blueprint.route(f"{PILOT}/upload", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def upload_invitations(pilot_key: str) -> ResponseReturnValue:
    """Read a list from a file: the good rows are added at once, the broken ones shown with their reasons."""
    pilot, form = _pilot(pilot_key), FileForm.from_request()
    return carry_out(
        form,
        lambda: _added_from(form, pilot_key),
        done=lambda added: _uploaded(pilot, *added),
        show=lambda: _page("recruiting/upload.html", pilot, form=form),
    )


def _uploaded(pilot: Pilot, listing: service.Listing, reading: addresses.Reading) -> ResponseReturnValue:
    return _page(
        "recruiting/uploaded.html",
        pilot,
        listing=listing,
        reading=reading,
        broken=[each for each in reading.broken if not each.cells] + list(reading.broken[MOST_ROWS:]),
        form=rows_form(reading.broken),
    )


@blueprint.post(f"{PILOT}/rows")
@requires(Permission.INVITE_PROVIDERS)
def correct_rows(pilot_key: str) -> ResponseReturnValue:
    """Put rows of a file on the list that were broken and have been corrected on the page."""
    pilot, form = _pilot(pilot_key), rows_form()
    return carry_out(
        form,
        lambda: service.add_corrected(work(), pilot_key, form.values),
        done=lambda listing: lead_on(
            _list_url(pilot_key),
            ngettext(
                "%(num)d provider was added to the list.",
                "%(num)d providers were added to the list.",
                len(listing.added),
            ),
        ),
        show=lambda: _page("recruiting/rows.html", pilot, form=form),
    )


def _added_from(form: FileForm, pilot_key: str) -> tuple[service.Listing, addresses.Reading]:
    """What has been put on the list from the sent file, and what was read in it."""
    reading = addresses.read(sent_tables(form.file))
    return service.add(work(), pilot_key, [row.addressee for row in reading.rows]), reading


@blueprint.route(f"{INVITATION}/correct", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def correct_invitation(pilot_key: str, invitation_id: int) -> ResponseReturnValue:
    """Correct an addressee; with a new address the invitation waits for sending again."""
    found = _invitation(pilot_key, invitation_id)
    form = AddresseeForm.from_request(obj=found)
    if not rules.INVITATION.allows(found.state, InvitationAction.CORRECT):
        message = _("Somebody has opened the invitation: its address can no longer be changed.")
        raise Elsewhere(_list_url(pilot_key), message)
    return carry_out(
        form,
        lambda: service.correct(work(), found, form.addressee),
        done=lambda _corrected: lead_on(
            _list_url(pilot_key),
            _("%(name)s has been corrected and waits for its invitation.", name=found.name)
            if found.state == InvitationState.LISTED
            else _(
                "%(name)s has been corrected. The letter that was sent still leads to the invitation.",
                name=found.name,
            ),
        ),
        show=lambda: _page("recruiting/addressee.html", found.pilot, form=form, invitation=found),
    )


@blueprint.post(f"{INVITATION}/<any(remove, restore, bounce):action>")
@requires(Permission.INVITE_PROVIDERS)
def change_invitation(pilot_key: str, invitation_id: int, action: str) -> ResponseReturnValue:
    """Take an addressee off the list, put it back, or note that its mail came back."""
    found = _invitation(pilot_key, invitation_id)
    wanted = rules.InvitationAction(action)
    if not rules.INVITATION.allows(found.state, wanted):
        raise Elsewhere(_list_url(pilot_key), _("The invitation has moved on: see below where it is now."))
    service.change_state(work(), found, wanted)
    return lead_on(_list_url(pilot_key), _DONE[action])


@blueprint.route(f"{PILOT}/letter", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def invitation_letter(pilot_key: str) -> ResponseReturnValue:
    """Write what the letter says, and see how it looks."""
    pilot = _pilot(pilot_key)
    text, written = letter_text(session(), pilot), queries.text_of(session(), pilot_key)
    form = InvitationTextForm.from_request(
        seen=str(written.revision if written else 0),
        subject={"fi": text.subject.fi, "sv": text.subject.sv},
        body={"fi": text.body.fi, "sv": text.body.sv},
        deadline=text.deadline,
    )
    return carry_out(
        form,
        lambda: service.save_text(
            work(),
            pilot_key,
            subject=form.subject.text,
            body=form.body.text,
            deadline=form.deadline.data,
            seen=whole_number(form.seen.data) or 0,
        ),
        done=lambda _saved: lead_on(
            url_for("recruiting.preview_invitation", pilot_key=pilot_key),
            _("The letter has been saved. This is how it looks."),
        ),
        show=lambda: _page("recruiting/letter.html", pilot, form=form),
    )


@blueprint.get(f"{PILOT}/preview")
@requires(Permission.VIEW_APPLICATIONS)
def preview_invitation(pilot_key: str) -> ResponseReturnValue:
    """The invitation and the reminder in both languages, as an addressee gets them."""
    pilot = _pilot(pilot_key)
    letters = [
        (kind, [(lang, *_rendered(pilot, kind, lang)) for lang in LANGUAGES]) for kind in rules.LetterKind
    ]
    return _page("recruiting/preview.html", pilot, letters=letters)


def _rendered(pilot: Pilot, kind: rules.LetterKind, language: str) -> tuple[str, list[str]]:
    """Subject and paragraphs of a letter, with an example in place of the name and the link's secret."""
    with in_language(language):
        name, token = _("Example Provider Ltd"), _("personal-link")
    link = outbox.address("recruiting.invitation", language, key=token)
    context = letter_context(session(), pilot, language=language, link=link)
    subject, body = outbox.rendered(TEMPLATES[kind], language, {"name": name, **context})
    return subject, body.split("\n\n")


@blueprint.route(f"{PILOT}/send/<any(invitation, reminder):kind>", methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def send_invitations(pilot_key: str, kind: str) -> ResponseReturnValue:
    """The dry run: who would get the letter now. Sending orders the round; the worker writes the letters."""
    pilot, letter = _pilot(pilot_key), rules.LetterKind(kind)
    ids = queries.addressed(session(), pilot_key, letter, at=now())
    form = _send_form(pilot_key, ids)
    return carry_out(
        form,
        lambda: sending.order(work(), pilot_key, letter, among=_chosen(form, ids)),
        done=lambda ordered: lead_on(
            _list_url(pilot_key),
            ngettext(
                "%(num)d letter is on its way. You can leave this page.",
                "%(num)d letters are on their way. You can leave this page.",
                ordered[1],
            ),
        ),
        show=lambda: _dry_run(pilot, form, letter, ids),
    )


MOST_CHOICES: Final = 300
"""Addressees that are chosen one by one; a longer list is written to as a whole."""


def _send_form(pilot_key: str, ids: Sequence[int]) -> RoundForm:
    """The round with everybody chosen beforehand, when there are few enough to choose among."""
    some = queries.some_of(session(), pilot_key, ids, MOST_CHOICES) if len(ids) <= MOST_CHOICES else []
    form = RoundForm.from_request(chosen=[str(each.id) for each in some])
    form.chosen.choices = options((str(each.id), f"{each.name}, {shown_email(each.email)}") for each in some)
    return form


def _chosen(form: RoundForm, ids: Sequence[int]) -> Sequence[int]:
    """The invitations that the round goes to. Raises Invalid when nobody is chosen."""
    if not form.chosen.choices:
        return ids
    if not form.chosen.data:
        raise Invalid(_("Choose at least one provider."), field="chosen")
    return [int(each) for each in form.chosen.data]


def _dry_run(
    pilot: Pilot, form: RoundForm, letter: rules.LetterKind, ids: Sequence[int]
) -> ResponseReturnValue:
    pilot_key = pilot.key
    return _page(
        "recruiting/send.html",
        pilot,
        form=form,
        kind=letter,
        count=len(ids),
        by_language=queries.by_language(session(), pilot_key, ids),
        some=queries.some_of(session(), pilot_key, ids),
        pause_days=rules.REMINDER_PAUSE.days,
    )


def _pilot(pilot_key: str) -> Pilot:
    """The pilot of the actor's organisation, in its colours. Raises NotFound for any other."""
    pilot = queries.office_pilot(work(), pilot_key)
    show_organisation(pilot.organisation)
    return pilot


def _invitation(pilot_key: str, invitation_id: int) -> Invitation:
    """An invitation of the pilot, locked when the request changes it. Raises NotFound."""
    lock = request.method not in SAFE_METHODS
    found = queries.office_invitation(work(), pilot_key, invitation_id, lock=lock)
    show_organisation(found.pilot.organisation)
    return found


def _list_url(pilot_key: str) -> str:
    return url_for("recruiting.invitations", pilot_key=pilot_key)


def _name(pilot: Pilot) -> str:
    return current_definition(session(), pilot.key).name[current_language()]


def _page(template: str, pilot: Pilot, **context: Any) -> ResponseReturnValue:
    """A page of a pilot's inviting."""
    may_invite = current_actor().may(Permission.INVITE_PROVIDERS, organisation=pilot.organisation_key)
    return render(
        template,
        pilot=pilot,
        pilot_title=_name(pilot),
        may_invite=may_invite,
        allows=rules.INVITATION.allows,
        labels=labels,
        **context,
    )
