"""Every slice's tables in one import, for what needs them all: migrations, and the comparison of models and database."""

from __future__ import annotations

import app.applicants.models
import app.audit.models
import app.deployments.models
import app.documents.models
import app.funding.models
import app.geography.models
import app.identity.models
import app.jobs.models
import app.notifications.models
import app.offers.models
import app.partners.models
import app.policies.models
import app.privacy.models
import app.reviews.models
import app.rounds.models
import app.schools.models
import app.transfers.models  # noqa: F401 - imported for the tables that the modules declare
from app.core.database import Base

METADATA = Base.metadata
