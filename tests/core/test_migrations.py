import app.models  # noqa: F401 - every slice's tables
from app.core import migrations
from app.core.database import Database
from app.demo.cohort import PRESETS, make_cohort
from app.demo.loading import load
from app.geography.service import load_reference


def test_models_and_migrations_agree(database_url: str) -> None:
    assert migrations.current(database_url) == migrations.head()
    assert migrations.pending(database_url) == []
    assert migrations.differences(database_url) == []


def test_every_step_goes_down_and_up_again(database_url: str) -> None:
    migrations.downgrade(database_url, "base")
    assert migrations.current(database_url) is None
    migrations.upgrade(database_url)
    assert migrations.differences(database_url) == []


def test_a_whole_cohort_fits_into_the_tables(database: Database) -> None:
    cohort = make_cohort(PRESETS["demo"], 7)
    with database.transaction() as session:
        assert load_reference(session) == 38 + 514
        loaded = load(session, cohort)
    assert len(loaded.people) == 120
    assert len(loaded.needs) == len(cohort.needs)
