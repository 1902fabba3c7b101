"""Organisations and their pilots: what a pilot offers, to whom, where, at what price and by which rules.

A pilot is data: one YAML file that `loading` checks and `service` keeps in versions. The words every pilot shares
(municipalities, services, groups, price bands, evidence) are in `vocabulary`.
"""
