"""What can go wrong with a round."""

from __future__ import annotations

from app.core.i18n import mark
from app.core.problems import Conflict


class NothingToPlace(Conflict):
    """409: a round without needs, or without anybody in the pool."""

    code = "rounds.nothing_to_place"
    title = mark("There is nothing to place")
    message = mark(
        "The round has {needs} needs and the cohort {people} people in the pool. Both have to be more than none."
    )


class NeedsNotReady(Conflict):
    """409: only verified and open needs take part in a round."""

    code = "rounds.needs_not_ready"
    title = mark("Some needs cannot take part")
    message = mark("A round opens verified needs only. Verify those that are listed, or take them out of the round.")


class ProblemRefused(Conflict):
    """409: what stands in the database does not make a problem that can be solved; each place to mend is listed."""

    code = "rounds.problem_refused"
    title = mark("The round cannot be frozen yet")
    message = mark("Some records do not fit together, and nothing was stored. Mend what is listed, then freeze again.")


class NoJob(Conflict):
    """409: progress of a round that was never solved."""

    code = "rounds.no_job"
    title = mark("Nothing is being solved")
    message = mark("No solve of this round was asked for yet. Freeze it, then ask for a solve.")


class NoResult(Conflict):
    """409: something is asked about a result that is not there yet."""

    code = "rounds.no_result"
    title = mark("There is no result yet")
    message = mark("This round has no result yet. Solve it first.")


class NoSnapshot(Conflict):
    """409: the problem document of a round that is not frozen."""

    code = "rounds.no_snapshot"
    title = mark("The round is not frozen")
    message = mark("The problem document is made when the round is frozen. Freeze it first.")


class RegionsMissing(Conflict):
    """409: the round wants every region's approval, and some are missing."""

    code = "rounds.regions_missing"
    title = mark("Regions have not approved yet")
    message = mark("This round asks for the approval of each region with a placement. Missing: {regions}.")


class NoPart(Conflict):
    """409: an officer decides on a result without a placement in the own region."""

    code = "rounds.no_part"
    title = mark("Nothing to decide for your region")
    message = mark("The result places nobody in your region, so there is nothing to approve or refuse.")


class RegionRefused(Conflict):
    """409: an officer has refused the part of the own region."""

    code = "rounds.region_refused"
    title = mark("A region has refused its part")
    message = mark("Refused by the officers of: {regions}. Send the round back, mend what they say, and solve again.")


class NotVerified(Conflict):
    """409: the second program found something wrong with the result."""

    code = "rounds.not_verified"
    title = mark("The result did not pass its check")
    message = mark("The independent check found faults in this result, so it cannot be approved. Solve again.")


class PoolChanged(Conflict):
    """409: somebody who is placed has left the pool since the round was frozen."""

    code = "rounds.pool_changed"
    title = mark("The pool has changed")
    message = mark("People who are placed have left the pool since: {people}. Send the round back and solve it again.")


class ChoiceTaken(Conflict):
    """409: a second pin or ban for the same person and need."""

    code = "rounds.choice_taken"
    title = mark("Decided already")
    message = mark("The round has a pin or a ban for this person and need. Take it back first.")


class OnlyAScenario(Conflict):
    """409: a scenario is to be approved or published."""

    code = "rounds.only_a_scenario"
    title = mark("This is a what-if scenario")
    message = mark("A scenario is solved and compared, never approved or published. Change the round itself.")


class NotComparable(Conflict):
    """409: one of the rounds to be compared has no placements, or places another cohort."""

    code = "rounds.not_comparable"
    title = mark("These rounds cannot be compared")
    message = mark("Only rounds of one cohort whose result places people can be compared. This one cannot: {name}.")


class NotExplainable(Conflict):
    """409: a result that does not answer its snapshot any more by today's rules of reading, so nothing can be said about it."""

    code = "rounds.not_explainable"
    title = mark("This result cannot be explained")
    message = mark("This result was stored by another version and does not pass today's check. Solve the round again.")


class NoSuchGroup(Conflict):
    """409: a floor under groups to which nobody in the pool belongs."""

    code = "rounds.no_such_group"
    title = mark("Nobody belongs to these groups")
    message = mark("Nobody in the frozen pool belongs to the groups that the floor would be for.")


class NoPlacement(Conflict):
    """409: a question that supposes a placement, of a round that has none, or none that is proven within its work limit."""

    code = "rounds.no_placement"
    title = mark("There is no answer within the work limit")
    message = mark(
        "The rules leave no placement, or it was not proven within the round's work limit. Solve the round and see."
    )


class NoLottery(Conflict):
    """409: a draw, or a document, of a lottery that is not worked out."""

    code = "rounds.no_lottery"
    title = mark("There is no lottery yet")
    message = mark("The chances or the draw of this round are not worked out yet. Work them out first.")


class AlreadyDrawn(Conflict):
    """409: a round is drawn once."""

    code = "rounds.already_drawn"
    title = mark("The round was drawn")
    message = mark(
        "A round is drawn once, with one public value. Whoever wants another lottery freezes the round anew."
    )


class NoSuchGoal(Conflict):
    """409: more goals are to count in a lottery than the round has."""

    code = "rounds.no_such_goal"
    title = mark("The round has fewer goals")
    message = mark("The round has {number} goals. Let at most so many of them count.")
