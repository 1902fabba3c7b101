"""What the audit trail calls what is done to accounts: the names it keeps, which never change, and their labels."""

from __future__ import annotations

from marketplace.i18n import _l
from marketplace.work import AuditAction


class AccountAudit(AuditAction):
    """What is done to the account of a person."""

    CHANGE_PASSWORD = "account.change_password", _l("Password changed")
    ADD_APP = "account.add_app", _l("Second factor: app taken into use")
    ADD_PASSKEY = "account.add_passkey", _l("Second factor: passkey added")
    DISQUALIFY = "account.disqualify", _l("Declared oneself disqualified")
    CLOSE = "account.close", _l("Account closed")
    GRANT = "account.grant", _l("Staff role given")
    JOIN_OPENID = "account.join_openid", _l("Account joined to the organisation’s sign-in")
    LINK = "account.link", _l("Link for a new password made by the operator")
    NEW_CODES = "account.new_codes", _l("Second factor: new recovery codes made")
    POLICY = "account.policy", _l("Second factor of staff required or not")
    REFUSE_ACCESS = "account.refuse_access", _l("Access to a page or an action refused")
    REFUSE_FACTOR = "account.refuse_factor", _l("Second factor refused")
    REFUSE_SIGN_IN = "account.refuse_sign_in", _l("Sign-in refused")
    REMOVE_APP = "account.remove_app", _l("Second factor: app removed")
    REMOVE_FACTORS = "account.remove_factors", _l("Second factor taken away by the operator")
    REMOVE_PASSKEY = "account.remove_passkey", _l("Second factor: passkey removed")
    REOPEN = "account.reopen", _l("Account opened again")
    RESET = "account.reset", _l("Password taken away by the operator")
    REVOKE = "account.revoke", _l("Staff role taken away")
    SAVE = "account.save", _l("Account saved")
    SIGN_IN = "account.sign_in", _l("Signed in")
    SIGN_OUT = "account.sign_out", _l("Signed out")
    SIGN_OUT_EVERYWHERE = "account.sign_out_everywhere", _l("Signed out on all devices")
    USE_CODE = "account.use_code", _l("Second factor: recovery code used")
    UNLOCK = "account.unlock", _l("Tries in vain to sign in forgiven")
