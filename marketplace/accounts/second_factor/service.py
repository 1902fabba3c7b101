"""Setting up, checking and taking away second factors; every change is in the audit trail and told by mail."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from marketplace.accounts.audit_actions import AccountAudit
from marketplace.accounts.guessing import service as guessing
from marketplace.accounts.guessing.rules import EVERYWHERE, FREE, Count, account_hash
from marketplace.accounts.models import User
from marketplace.accounts.second_factor import mails
from marketplace.accounts.second_factor.models import AppSecret, Passkey, RecoveryCode, SignInPolicy
from marketplace.accounts.second_factor.queries import factors_of, needs_second_factor, passkeys_of
from marketplace.accounts.second_factor.rules import (
    PASSKEYS,
    RECOVERY_CODES,
    is_app_code,
    matching_step,
    new_recovery_code,
    new_secret,
    recovery_hash,
)
from marketplace.accounts.second_factor.sealing import Sealer
from marketplace.accounts.service import actor_of
from marketplace.allowances import Allowance, TooOften, take
from marketplace.db import Database, for_change
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.i18n import _l
from marketplace.permissions import ANYBODY
from marketplace.work import UnitOfWork

REFUSED_FACTORS: Final = Allowance("refused second factors in the trail", 1, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Site:
    """The portal as browsers know it, for passkeys: its host name, its origin, its name."""

    host: str
    origin: str
    name: str


# --- an app ----------------------------------------------------------------------------------------------------------


def begin_app(session: Session, user: User, *, sealer: Sealer, now: datetime) -> None:
    """Make a new secret for an app; it counts once a code of it has been given. Raises Conflict when there is one."""
    held = _app_of(session, user.id)
    if held is not None and held.confirmed_at is not None:
        raise Conflict(_l("You have an app already. Remove it first if you want to use another."))
    if held is None:
        held = AppSecret(user_id=user.id, last_step=0)
        session.add(held)
    held.sealed, held.begun_at, held.confirmed_at = sealer.seal(new_secret()), now, None
    session.flush()


def begun_secret(session: Session, user_id: int, *, sealer: Sealer) -> str:
    """The secret of the app that is being set up. Raises NotFound when none is."""
    held = _app_of(session, user_id)
    secret = None if held is None or held.confirmed_at is not None else sealer.open(held.sealed)
    if secret is None:
        raise NotFound()
    return secret


def confirm_app(session: Session, user: User, code: str, *, sealer: Sealer, now: datetime) -> list[str]:
    """The first code of the app is right: it counts from now on. New recovery codes when the person has none.

    Raises Invalid for another code, NotFound when no app is being set up.
    """
    secret = begun_secret(session, user.id, sealer=sealer)
    step = matching_step(secret, code, after=0, now=now)
    if step is None:
        raise Invalid(_l("The code is not right. Write the six digits that the app shows now."), field="code")
    held = _app_of(session, user.id)
    assert held is not None, "the secret was just read from it"  # noqa: S101
    held.confirmed_at, held.last_step = now, step
    _tell(session, user, AccountAudit.ADD_APP, now)
    return _codes_when_none(session, user, now=now)


def remove_app(session: Session, user: User, *, now: datetime) -> None:
    """Take the app away. Raises NotFound, Conflict when it is the last factor of somebody who needs one."""
    held = _app_of(session, user.id)
    if held is None or held.confirmed_at is None:
        raise NotFound()
    _refuse_last(session, user)
    session.delete(held)
    _tell(session, user, AccountAudit.REMOVE_APP, now)


def _app_of(session: Session, user_id: int) -> AppSecret | None:
    return session.get(AppSecret, user_id, with_for_update=for_change(AppSecret))


# --- codes while signing in ------------------------------------------------------------------------------------------


def code_proves(database: Database, user_id: int, code: str, *, sealer: Sealer, now: datetime) -> bool:
    """Whether a code of the app, or a recovery code, is right; it is used up by that.

    Counted before it is looked at, whatever it comes from: only who knows the password gets here. What is refused is
    told to the trail. Raises TooManyTries.
    """
    account = f"code {user_id}"
    way = "app" if is_app_code(code) else "recovery_code"
    try:
        with database.transaction() as session:
            guessing.count_try(session, [Count(account_hash(account), EVERYWHERE, FREE)], now=now)
    except guessing.TooManyTries:
        tell_refused(database, user_id, way, now=now)
        raise
    with database.transaction() as session:
        right = (
            _app_code_is_right(session, user_id, code, sealer=sealer, now=now)
            if is_app_code(code)
            else _recovery_code_is_right(session, user_id, code, now=now)
        )
        if right:
            guessing.unlock(session, account)
    if not right:
        tell_refused(database, user_id, way, now=now)
    return right


def tell_refused(database: Database, user_id: int, way: str, *, now: datetime) -> None:
    """Write a refused second factor into the trail, once an hour for a person and a way; never what was typed.

    Whoever gets this far knows the password: it is a person's own slip, or somebody else has the password.
    """
    with suppress(TooOften), database.transaction() as session:
        take(session, REFUSED_FACTORS, f"{user_id} {way}", now=now)
        user = session.get_one(User, user_id)
        organisation = actor_of(user).organisation
        work = UnitOfWork(session, ANYBODY, now)
        work.record(AccountAudit.REFUSE_FACTOR, user, organisation=organisation, after={"by": way})


def _app_code_is_right(session: Session, user_id: int, code: str, *, sealer: Sealer, now: datetime) -> bool:
    held = _app_of(session, user_id)
    secret = None if held is None or held.confirmed_at is None else sealer.open(held.sealed)
    if held is None or secret is None:
        return False
    step = matching_step(secret, code, after=held.last_step, now=now)
    if step is None:
        return False
    held.last_step = step
    return True


def _recovery_code_is_right(session: Session, user_id: int, code: str, *, now: datetime) -> bool:
    held = session.scalar(
        sa.select(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == recovery_hash(user_id, code))
        .with_for_update()
    )
    if held is None or held.used_at is not None:
        return False
    held.used_at = now
    user = session.get_one(User, user_id)
    _tell(session, user, AccountAudit.USE_CODE, now)
    return True


# --- recovery codes --------------------------------------------------------------------------------------------------


def new_codes(session: Session, user: User, *, now: datetime) -> list[str]:
    """New recovery codes in place of all earlier ones; this is the only time that they are known."""
    codes = [new_recovery_code() for _number in range(RECOVERY_CODES)]
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.add_all(RecoveryCode(user_id=user.id, code_hash=recovery_hash(user.id, code)) for code in codes)
    UnitOfWork(session, actor_of(user), now).record(AccountAudit.NEW_CODES, user)
    return codes


def _codes_when_none(session: Session, user: User, *, now: datetime) -> list[str]:
    return [] if factors_of(session, user.id).codes else new_codes(session, user, now=now)


# --- passkeys --------------------------------------------------------------------------------------------------------


def registration_options(session: Session, user: User, *, site: Site) -> tuple[str, str]:
    """What the browser is asked for to make a passkey, as JSON, and the challenge to check its answer by."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=f"user {user.id}".encode(),
        user_name=user.email,
        user_display_name=user.name,
        exclude_credentials=_descriptors(session, user.id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def add_passkey(
    session: Session, user: User, answer: str, *, challenge: str, name: str, site: Site, now: datetime
) -> list[str]:
    """Keep a new passkey. New recovery codes when the person has none. Raises Invalid for a wrong answer, Conflict."""
    if len(passkeys_of(session, user.id)) >= PASSKEYS:
        raise Conflict(_l("You have ten passkeys. Remove one first."))
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, RecursionError) as error:
        raise _not_right() from error
    session.add(
        Passkey(
            user_id=user.id,
            credential_id=bytes_to_base64url(verified.credential_id),
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=name,
            created_at=now,
        )
    )
    session.flush()
    _tell(session, user, AccountAudit.ADD_PASSKEY, now)
    return _codes_when_none(session, user, now=now)


def remove_passkey(session: Session, user: User, passkey_id: int, *, now: datetime) -> None:
    """Take a passkey away. Raises NotFound, Conflict when it is the last factor of somebody who needs one."""
    held = next((each for each in passkeys_of(session, user.id) if each.id == passkey_id), None)
    if held is None:
        raise NotFound()
    _refuse_last(session, user)
    session.delete(held)
    _tell(session, user, AccountAudit.REMOVE_PASSKEY, now)


def authentication_options(session: Session, user_id: int, *, site: Site) -> tuple[str, str]:
    """What the browser is asked for to show one of the person's passkeys, as JSON, and the challenge."""
    options = generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_descriptors(session, user_id),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def passkey_proves(
    session: Session, user_id: int, answer: str, *, challenge: str, site: Site, now: datetime
) -> bool:
    """Whether the answer was signed with one of the person's passkeys, for this portal and this challenge."""
    for held in passkeys_of(session, user_id):
        try:
            verified = verify_authentication_response(
                credential=answer,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=held.public_key,
                credential_current_sign_count=held.sign_count,
            )
        except (WebAuthnException, ValueError, RecursionError):
            continue
        if bytes_to_base64url(verified.credential_id) == held.credential_id:
            held.sign_count, held.last_used_at = verified.new_sign_count, now
            return True
    return False


def _descriptors(session: Session, user_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(held.credential_id))
        for held in passkeys_of(session, user_id)
    ]


def _not_right() -> Invalid:
    return Invalid(_l("The passkey was not accepted. Try again, or use another way."))


# --- the organisation and the operator -------------------------------------------------------------------------------


def set_policy(work: UnitOfWork, organisation: str, *, second_factor: bool) -> None:
    """Say whether the organisation's staff need a second factor; the organisation must exist."""
    held = work.session.get(SignInPolicy, organisation)
    before = True if held is None else held.second_factor
    if held is None:
        work.session.add(SignInPolicy(organisation_key=organisation, second_factor=second_factor))
    else:
        held.second_factor = second_factor
    work.record(
        AccountAudit.POLICY,
        ("Organisation", organisation),
        organisation=organisation,
        before={"second_factor": before},
        after={"second_factor": second_factor},
    )


def remove_all(work: UnitOfWork, user: User) -> None:
    """Take every second factor of the person away, when all devices are lost; staff set up a new one on signing in."""
    for table in (AppSecret, Passkey, RecoveryCode):
        work.session.execute(sa.delete(table).where(table.user_id == user.id))
    guessing.unlock(work.session, f"code {user.id}")
    work.record(AccountAudit.REMOVE_FACTORS, user, after={"email": user.email})


def _refuse_last(session: Session, user: User) -> None:
    factors = factors_of(session, user.id)
    if factors.app + factors.passkeys == 1 and needs_second_factor(session, user):
        raise Conflict(_l("Your organisation requires a second factor. Add another one first."))


def _tell(session: Session, user: User, action: AccountAudit, now: datetime) -> None:
    """Write the change down, and tell the person by mail: a thief does this, too."""
    work = UnitOfWork(session, actor_of(user), now)
    work.record(action, user)
    mails.account_factor_changed(work, user, action)
