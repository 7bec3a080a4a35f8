"""The people and places of the tests of applications."""

from tests.applicants.conftest import _in_january, cohort, draft, places, rina, sari, sent, yuliana

__all__ = ["_in_january", "cohort", "draft", "places", "rina", "sari", "sent", "yuliana"]
