"""Funds, the agreements that say which fund pays what, and the ledger. Money is whole rupiah."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Json, Money, UtcDateTime
from app.core.ids import new_id
from app.identity.models import Organisation


class Fund(Base):
    """A pot of one organisation's money for a period; `amount` is what was pledged."""

    __tablename__ = "funds"
    __table_args__ = (
        CheckConstraint("state IN ('pledged', 'confirmed', 'exhausted', 'closed')", name="state"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("starts_on < ends_on", name="period"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    earmark_id: Mapped[str] = mapped_column(Text, default="")
    earmark_en: Mapped[str] = mapped_column(Text, default="")
    amount: Mapped[int] = mapped_column(Money)
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    state: Mapped[str] = mapped_column(String(10), default="pledged")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    balances: Mapped[list[FundBalance]] = relationship(lazy="raise", order_by="FundBalance.account")
    organisation: Mapped[Organisation] = relationship(lazy="raise")


class FundBalance(Base):
    """What stands in one account of a fund: the running sum of the ledger, kept in the same transaction, never below zero."""

    __tablename__ = "fund_balances"
    __table_args__ = (
        CheckConstraint("account IN ('available', 'reserved', 'committed', 'spent')", name="account"),
        CheckConstraint("amount >= 0", name="never_below_zero"),
    )

    fund_id: Mapped[str] = mapped_column(ForeignKey("funds.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(10), primary_key=True)
    amount: Mapped[int] = mapped_column(Money)


class LedgerEntry(Base):
    """Money that moves from one account of a fund to another; `outside` is where it comes from and goes to. Append-only."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "from_account IN ('outside', 'available', 'reserved', 'committed', 'spent')", name="from_account"
        ),
        CheckConstraint("to_account IN ('outside', 'available', 'reserved', 'committed', 'spent')", name="to_account"),
        CheckConstraint("from_account <> to_account", name="accounts_differ"),
        Index("ix_ledger_entries_fund_id_at", "fund_id", "at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    fund_id: Mapped[str] = mapped_column(ForeignKey("funds.id"))
    from_account: Mapped[str] = mapped_column(String(10))
    to_account: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int] = mapped_column(Money)
    line: Mapped[str | None] = mapped_column(String(40))
    placement_id: Mapped[str | None] = mapped_column(ForeignKey("placements.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    actor_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Agreement(Base):
    """Which fund pays which cost line, for which regions and posts; used in rounds once every party has signed."""

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'signed', 'ended')", name="state"),
        CheckConstraint("min_placements >= 0", name="min_placements"),
        CheckConstraint("max_placements IS NULL OR max_placements >= min_placements", name="max_placements"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    title_id: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300))
    anywhere: Mapped[bool] = mapped_column(default=True)
    tags: Mapped[list[str]] = mapped_column(Json)
    min_placements: Mapped[int] = mapped_column(default=0)
    max_placements: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    lines: Mapped[list[AgreementLine]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="AgreementLine.line"
    )
    regions: Mapped[list[AgreementRegion]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="AgreementRegion.region_code"
    )
    signatures: Mapped[list[Signature]] = relationship(lazy="raise", order_by="Signature.organisation_id")


class AgreementLine(Base):
    """The fund that pays one cost line; the line `*` stands for every line not named."""

    __tablename__ = "agreement_lines"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    fund_id: Mapped[str] = mapped_column(ForeignKey("funds.id"), index=True)

    fund: Mapped[Fund] = relationship(lazy="raise")


class AgreementRegion(Base):
    """A region in which the agreement may be used, with all regions below it; read only where `anywhere` is false."""

    __tablename__ = "agreement_regions"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), primary_key=True)


class Signature(Base):
    """One party's signature under an agreement."""

    __tablename__ = "agreement_signatures"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    signed_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
