"""People who have applied, and the folder in which their documents lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.settings import Settings
from tests.applicants.conftest import _in_january, cohort, draft, places, rina, sari, sent, yuliana

__all__ = ["_in_january", "cohort", "draft", "places", "rina", "sari", "sent", "yuliana"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of this test."""
    return tmp_path / "data"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings under which a document of a tenth of a megabyte is too large."""
    return replace(settings, max_document_bytes=100_000)
