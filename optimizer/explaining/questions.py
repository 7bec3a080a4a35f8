"""What can be asked of a solution."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.errors import DocumentError, DocumentRefused
from optimizer.index import Index

ASKABLE = ("volunteer", "post", "fund", "agreement", "policy")


class QuestionRefused(DocumentRefused):
    """The question names what the problem does not know, or fits no kind of question."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: about a volunteer (with `post`: why not there), a post, a fund, an agreement or a policy, by identifier."""

    volunteer: str | None = None
    post: str | None = None
    fund: str | None = None
    agreement: str | None = None
    policy: str | None = None

    @property
    def kind(self) -> str:
        """What it is about, such as `volunteer` or, with a post beside it, `volunteer-at-post`."""
        named = [name for name in ASKABLE if getattr(self, name) is not None]
        return "volunteer-at-post" if named == ["volunteer", "post"] else named[0]

    def named(self) -> dict[str, str]:
        """Return the identifiers that it names, by what they are of."""
        return {name: value for name in ASKABLE if (value := getattr(self, name)) is not None}

    def check(self, index: Index) -> None:
        """Raise QuestionRefused unless exactly one thing is asked about, and every identifier is known."""
        named = self.named()
        if len(named) != 1 and set(named) != {"volunteer", "post"}:
            message = f"{len(named)} things are asked about at once." if named else "Nothing is asked about."
            remedy = "Ask about one volunteer (with or without a post), post, fund, agreement or policy."
            raise QuestionRefused([DocumentError("", "not-one-question", message, remedy)])
        known = {
            "volunteer": index.volunteer,
            "post": index.post,
            "fund": index.fund,
            "agreement": index.agreement,
            "policy": {policy.id for policy in index.problem.policies},
        }
        wrong = [
            DocumentError(
                "", "unknown-identifier", f"The problem has no {name} {value!r}.", f"Name a {name} of the problem."
            )
            for name, value in named.items()
            if value not in known[name]
        ]
        if wrong:
            raise QuestionRefused(wrong)
