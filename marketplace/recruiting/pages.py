"""The pages of recruiting: every module of this room that adds routes to its blueprint."""

from __future__ import annotations

from marketplace.recruiting.blueprint import blueprint
from marketplace.recruiting.importing import views as importing
from marketplace.recruiting.invitations import link_views
from marketplace.recruiting.invitations import views as invitations
from marketplace.recruiting.sessions import views as sessions

__all__ = ["blueprint", "importing", "invitations", "link_views", "sessions"]
