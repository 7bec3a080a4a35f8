"""Deployments: a person in service, monthly check-ins, and the handover to who comes after."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, UtcDateTime
from app.core.ids import new_id


class Deployment(Base):
    """What an accepted offer becomes; `placement_id` is that of the offer, by which the ledger knows its money.

    `host_link` counts the links that were given to the school: only the newest one holds.
    """

    __tablename__ = "deployments"
    __table_args__ = (
        CheckConstraint("state IN ('preparing', 'in_service', 'completed', 'ended_early')", name="state"),
        CheckConstraint("starts_on < ends_on", name="period"),
        CheckConstraint("state <> 'ended_early' OR end_reason IS NOT NULL", name="end_reason"),
        Index("ix_deployments_state_starts_on", "state", "starts_on"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    offer_id: Mapped[str] = mapped_column(ForeignKey("offers.id"), unique=True)
    placement_id: Mapped[str] = mapped_column(ForeignKey("placements.id"), unique=True)
    applicant_id: Mapped[str] = mapped_column(ForeignKey("applicants.id"), index=True)
    need_id: Mapped[str] = mapped_column(ForeignKey("needs.id"), index=True)
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    arrived_on: Mapped[dt.date | None]
    host_arrived_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    host_link: Mapped[int] = mapped_column(default=0, server_default="0")
    ended_on: Mapped[dt.date | None]
    state: Mapped[str] = mapped_column(String(12), default="preparing")
    end_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class ChecklistItem(Base):
    """A thing to prepare that is done; what has no row is still to do. `app.deployments.vocabulary` has the list."""

    __tablename__ = "checklist_items"

    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(20), primary_key=True)
    done_by: Mapped[str] = mapped_column(String(36))
    done_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class CheckIn(Base):
    """A month's word from a deployment: by the volunteer (a draft until `written_at`), and the attendance that was confirmed."""

    __tablename__ = "check_ins"

    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    host_confirmed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Handover(Base):
    """What one volunteer leaves to the named successor, or to the school where there is none."""

    __tablename__ = "handovers"

    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"), primary_key=True)
    successor_id: Mapped[str | None] = mapped_column(ForeignKey("deployments.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Incident(Base):
    """Something that went wrong; confidential: only programme managers and the volunteer ever see it."""

    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint("severity IN ('note', 'serious', 'urgent')", name="severity"),
        CheckConstraint("(closed_at IS NULL) = (resolution IS NULL)", name="closed"),
        Index("ix_incidents_deployment_id_created_at", "deployment_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"))
    reported_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    happened_on: Mapped[dt.date]
    severity: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    resolution: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class HostFeedback(Base):
    """What the school says about a deployment, through its link."""

    __tablename__ = "host_feedback"
    __table_args__ = (Index("ix_host_feedback_deployment_id_written_at", "deployment_id", "written_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    deployment_id: Mapped[str] = mapped_column(ForeignKey("deployments.id"))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
