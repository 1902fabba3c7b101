"""Batches: what is payable, prepared by one person, released by another, sent on the organisation's rail, and what the
bank or Stripe says of it, until every payment is paid or payable again.
"""
