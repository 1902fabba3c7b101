"""What banks mean by their codes, in sentences (external code sets of ISO 20022), and why a file is not read."""

from __future__ import annotations

from typing import Final

from marketplace.i18n import _, _l
from marketplace.payments.rails.orders import Reason
from marketplace.payments.rails.sepa.reading import BankFileFlaw, UnreadableBankFile
from marketplace.payments.rails.sepa.status_reports import PayeeVerdict

_WRONG_ACCOUNT: Final = _l("The account number is wrong.")
_WRONG_BIC: Final = _l("The bank’s identifier (BIC) is wrong.")
_NO_REASON: Final = _l("The bank gives no reason.")
_MISSING_PAYEE: Final = _l("The bank misses the payee’s name or address.")
_SENT_TWICE: Final = _l("The bank has received the same payment before.")

REASONS: Final = {
    "AC01": _WRONG_ACCOUNT,
    "AC02": _l("The payer’s account number is wrong."),
    "AC03": _l("The payee’s account number is wrong."),
    "AC04": _l("The payee’s account has been closed."),
    "AC06": _l("The payee’s account is blocked."),
    "AC07": _l("The payee’s account has been closed."),
    "AC13": _l("The account is of a kind that cannot be paid to."),
    "AC14": _l("The account is of a kind that cannot be paid to."),
    "AG01": _l("This kind of payment is forbidden on the account."),
    "AG02": _l("The bank does not know the kind of payment."),
    "AG11": _l("The bank could not handle the request at this time."),
    "AM02": _l("The amount is larger than the bank allows."),
    "AM03": _l("The account is not in euros."),
    "AM04": _l("There was not enough money on the payer’s account."),
    "AM05": _SENT_TWICE,
    "AM09": _l("The amount is not what was agreed."),
    "AM10": _l("The control sum of the file does not match its payments."),
    "AM18": _l("The number of payments in the file does not match."),
    "BE01": _l("The payee’s name does not match the account."),
    "BE04": _MISSING_PAYEE,
    "BE05": _l("The bank does not know the sender of the file."),
    "BE06": _l("The payee’s bank does not know the payee."),
    "BE07": _l("The bank misses the payer’s address."),
    "CNOR": _WRONG_BIC,
    "CUST": _l("The payment was asked back by the payer."),
    "CURR": _l("The account is not in euros."),
    "DNOR": _l("The payer’s bank is not part of the payment system."),
    "DT01": _l("The day of payment is not possible."),
    "DU01": _l("The bank has received a file with the same name before."),
    "DU02": _SENT_TWICE,
    "DU03": _SENT_TWICE,
    "DUPL": _SENT_TWICE,
    "ED05": _l("The payment could not be settled between the banks."),
    "FF01": _l("The bank could not read the file."),
    "FF05": _l("The bank does not know the kind of payment."),
    "FOCR": _l("The payment was returned because it had been asked back."),
    "FR01": _l("The bank suspects fraud."),
    "FRAD": _l("The bank suspects fraud."),
    "LEGL": _l("The law forbids the payment."),
    "MD07": _l("The account holder has died."),
    "MS02": _l("The payee has refused the payment and gives no reason."),
    "MS03": _NO_REASON,
    "NARR": _l("The bank has written its reason beside the code."),
    "NOAS": _l("The payee has not answered the bank."),
    "NOOR": _l("The bank has not received the payment that was asked about."),
    "RC01": _WRONG_BIC,
    "RC03": _WRONG_BIC,
    "RC04": _WRONG_BIC,
    "RR01": _l("The bank misses the payer’s account or identifier."),
    "RR02": _l("The bank misses the payer’s name or address."),
    "RR03": _MISSING_PAYEE,
    "RR04": _l("The law forbids the payment."),
    "SL01": _l("The payee’s bank does not offer this service for the account."),
    "TECH": _l("The bank had a technical fault."),
    "TM01": _l("The file came to the bank too late in the day."),
}

VERDICTS: Final = {
    PayeeVerdict.MATCH: _l("The name and the account belong together."),
    PayeeVerdict.CLOSE: _l("The name is nearly that of the account holder."),
    PayeeVerdict.NO_MATCH: _l("The name is not that of the account holder."),
    PayeeVerdict.NOT_CHECKABLE: _l("The payee’s bank could not check the name."),
}

FAULTS: Final = {
    BankFileFlaw.EMPTY: _l("The file is empty."),
    BankFileFlaw.TOO_LARGE: _l("The file is too large."),
    BankFileFlaw.DAMAGED: _l("The file is damaged or has been cut off. Fetch it from the bank again."),
    BankFileFlaw.FORBIDDEN: _l("The file holds something that a bank’s message never has. It was not read."),
    BankFileFlaw.UNKNOWN_MESSAGE: _l(
        "This is not a message that is read here: pain.002 (.03, .10), camt.053 or camt.054 (.02, .08)."
    ),
    BankFileFlaw.NOT_BY_SCHEMA: _l("The file does not keep to the standard. Nothing was taken from it."),
    BankFileFlaw.OTHER_CURRENCY: _l("The file holds amounts that are not in euros."),
    BankFileFlaw.WRONG_DAY: _l("The file names a day that cannot be. Nothing was taken from it."),
    BankFileFlaw.WRONG_SUM: _l("A sum in the file does not match. Nothing was taken from it."),
    BankFileFlaw.WRONG_COUNT: _l(
        "A number of payments in the file does not match. Nothing was taken from it."
    ),
    BankFileFlaw.WRONG_BALANCE: _l(
        "The balances of the statement do not match its bookings. Nothing was taken from it."
    ),
    BankFileFlaw.UNKNOWN_BATCH: _l("The file is about a batch that is not known here."),
    BankFileFlaw.UNKNOWN_PAYMENT: _l("The file is about a payment that is not in the batch."),
    BankFileFlaw.OTHER_AMOUNT: _l("The amount of a payment in the file is not the one that was sent."),
    BankFileFlaw.OTHER_ACCOUNT: _l("The account of a payment in the file is not the one that was sent."),
    BankFileFlaw.CONTRADICTION: _l("The file says two different things about one payment."),
}


def reason_text(reason: Reason) -> str:
    """What the bank says, in a sentence: the meaning of its code, the code where it is not known, and its own words."""
    known = REASONS.get(reason.code)
    meaning = (
        str(known) if known is not None else _("The bank gives the code %(code)s.", code=reason.code or "–")
    )
    return f"{meaning} {reason.text}".strip()


def fault_text(error: UnreadableBankFile) -> str:
    """Why a file is not read, with the place where it says so."""
    return f"{FAULTS[error.fault]} {error.detail}".strip()
