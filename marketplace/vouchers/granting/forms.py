"""The forms of service decisions: what it says, a line, returning, changing or ending, the day of posting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from wtforms import SelectField
from wtforms.validators import Length, ValidationError

from marketplace.clients.rules import holds_identity_code
from marketplace.days import AGREED
from marketplace.decisions.forms import PartyForm, short_enough
from marketplace.i18n import _l
from marketplace.ledger.rules import Unit
from marketplace.vouchers.granting import labels, rules
from marketplace.vouchers.granting.rules import Carry, Consumer, DecisionKind, Every, FeeGround, ValueKind
from marketplace.web.forms import (
    BaseForm,
    ChoicesField,
    DateField,
    MoneyField,
    Optional,
    Prose,
    RadioField,
    StrippedString,
    options,
    required,
)


def no_identity_code(_form: object, field: Any) -> None:
    """Refuses a personal identity code in a text, among its words."""
    if any(map(holds_identity_code, (field.data or "").split())):
        raise ValidationError(str(_l("Do not write personal identity codes.")))


class DecisionForm(PartyForm):
    """What a decision says besides its lines."""

    pilot_key = SelectField(_l("Pilot"))
    starts_on = DateField(_l("First day"), validators=[required(_l("Give the first day."))], reach=AGREED)
    ends_on = DateField(_l("Last day"), validators=[required(_l("Give the last day."))], reach=AGREED)
    applied_on = DateField(_l("Application received on"), validators=[Optional()], reach=AGREED)
    voucher_accepted_on = DateField(
        _l("The client accepted a voucher on"), validators=[Optional()], reach=AGREED
    )
    consumer = RadioField(
        _l("Acting as a consumer"),
        choices=options(labels.CONSUMERS.items()),
        validators=[required(_l("Choose how the client acts as a consumer."))],
    )
    supporter = StrippedString(
        _l("With whose support"), validators=[Optional(), Length(max=200), no_identity_code]
    )
    municipal = Prose(
        _l("Services that the organisation goes on arranging itself"),
        validators=[short_enough(), no_identity_code],
    )
    grounds = Prose(_l("Grounds"), validators=[short_enough(), no_identity_code])

    @classmethod
    def of_pilots(cls, pilots: Iterable[tuple[str, str]], obj: object = None, **values: Any) -> Self:
        """The form with the pilots in which the client takes part: (key, name)."""
        form = cls.from_request(obj, **values)
        form.pilot_key.choices = options(pilots)
        return form

    @property
    def can_be_judged(self) -> bool:
        """Whether enough has been chosen and written for `facts`, though something else may be wrong."""
        return bool(self.starts_on.data and self.ends_on.data and self.consumer.data in list(Consumer))

    def facts(self) -> rules.Facts:
        """What was written in a form that can be judged."""
        assert self.starts_on.data is not None  # noqa: S101 - both days are required
        assert self.ends_on.data is not None  # noqa: S101
        return rules.Facts(
            self.pilot_key.data,
            self.starts_on.data,
            self.ends_on.data,
            self.applied_on.data,
            self.voucher_accepted_on.data,
            Consumer(self.consumer.data),
            self.supporter.data or "",
            self.municipal.data or "",
            self.grounds.data or "",
        )


class LineForm(BaseForm):
    """One line of a decision."""

    service_key = SelectField(_l("Service"))
    unit = RadioField(
        _l("Granted in"),
        choices=options(labels.UNITS.items()),
        validators=[required(_l("Choose euros or hours."))],
    )
    amount = StrippedString(_l("How much"), validators=[required(_l("Give the amount.")), Length(max=20)])
    every = RadioField(_l("For what time"), choices=options(labels.EVERY.items()), default=Every.MONTH)
    carry = RadioField(_l("What is left unused"), choices=options(labels.CARRIES.items()), default=Carry.NONE)
    bands = ChoicesField(_l("When the service may be used"))
    value_kind = RadioField(
        _l("Value of the voucher"), choices=options(labels.VALUE_KINDS.items()), default=ValueKind.FIXED
    )
    unit_value = MoneyField(_l("Value of an hour"), validators=[Optional()])
    fee_ground = RadioField(
        _l("Client fee"),
        choices=options(labels.FEE_GROUNDS.items()),
        validators=[required(_l("Choose the ground of the client fee."))],
    )
    legal_basis = StrippedString(_l("Legal basis"), validators=[Optional(), Length(max=200)])

    @classmethod
    def of(cls, services: Iterable[tuple[str, str]], bands: Iterable[tuple[str, str]]) -> Self:
        """The form with the services and the times of the pilot: (key, name)."""
        form = cls.from_request()
        form.service_key.choices = options(services)
        form.bands.choices = options(bands)
        return form

    def validate_amount(self, field: Any) -> None:
        """An amount of the chosen unit, to the cent or the minute."""
        if self.unit.data not in list(Unit):
            return
        try:
            rules.read_amount(field.data or "", Unit(self.unit.data))
        except rules.BadAmount as error:
            raise ValidationError(str(labels.amount_fault(error))) from error

    def validate_unit_value(self, field: Any) -> None:
        """A value is something."""
        if field.data is not None and not field.data.cents:
            raise ValidationError(str(labels.FAULTS["nothing"]))

    def facts(self) -> rules.LineFacts:
        """What was written."""
        return rules.LineFacts(
            self.service_key.data,
            rules.read_amount(self.amount.data or "", Unit(self.unit.data)),
            Every(self.every.data),
            Carry(self.carry.data),
            tuple(self.bands.data or ()),
            ValueKind(self.value_kind.data),
            self.unit_value.data,
            FeeGround(self.fee_ground.data),
            self.legal_basis.data or "",
        )


class ReturnPlanForm(BaseForm):
    """Why a proposal is returned."""

    reason = Prose(
        _l("Why the decision is returned"),
        validators=[required(_l("Write why the decision is returned.")), short_enough(), no_identity_code],
    )


class ChangeForm(BaseForm):
    """What the next decision does, and from when."""

    kind = RadioField(
        _l("What is decided"),
        choices=options((kind, labels.KINDS[kind]) for kind in (DecisionKind.CHANGE, DecisionKind.END)),
        validators=[required(_l("Choose what is decided."))],
    )
    starts_on = DateField(
        _l("From which day"), validators=[required(_l("Give the first day."))], reach=AGREED
    )


class PostedForm(BaseForm):
    """When the letter was posted."""

    posted_on = DateField(
        _l("Posted on"), validators=[required(_l("Give the day of posting."))], reach=AGREED
    )
