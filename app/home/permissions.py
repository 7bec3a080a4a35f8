"""Everybody who is logged in has a home page."""

from app.identity.permissions import EVERYONE, rule

rule("home.view", roles=EVERYONE)
