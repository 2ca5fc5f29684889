"""Drafts of groups as pages show them: to their author, and to those who decide."""

from collections.abc import Mapping

from appservice.ids import localpart
from appservice.languages import N_, Phrases, phrases
from feed.command_forms import DraftView
from feed.model import Viewer
from spaces.charter import QUESTIONS
from spaces.commands.access import ACCESS
from spaces.drafts import Draft, DraftState
from spaces.founding import Founding
from spaces.kinds import Kind


class Drafts:
    """Finds what the viewer may see."""

    def __init__(self, founding: Founding, kinds: Mapping[str, Kind]) -> None:
        self._founding = founding
        self._kinds = kinds

    async def of(self, viewer: Viewer) -> tuple[DraftView, ...]:
        """Return what waits for the viewer's word, and then what they drafted themselves."""
        words = phrases(viewer.language)
        waiting = await self._founding.drafts.waiting() if viewer.is_admin else ()
        own = await self._founding.drafts.of(viewer.user_id)
        theirs = [one for one in waiting if one.author != viewer.user_id]
        return (
            *(self._view(one, words, own=False) for one in theirs),
            *(self._view(one, words, own=True) for one in own),
        )

    def _view(self, draft: Draft, words: Phrases, *, own: bool) -> DraftView:
        kind, charter = self._kinds.get(draft.kind), draft.charter
        asked = {one.name: words(one.asked) for one in QUESTIONS}
        asked["reason"] = words(N_("Why is it not open to all?"))
        answers = [(text, str(getattr(charter, name))) for name, text in asked.items()]
        waits = draft.state is DraftState.WAITING
        return DraftView(
            identifier=draft.uuid,
            name=draft.name,
            kind=kind.names[words.language] if kind else draft.kind,
            access=words(ACCESS[draft.access]),
            author=localpart(draft.author),
            state=words(N_("waits for an admin") if waits else N_("begun")),
            own=own,
            purpose=charter.purpose,
            answers=tuple((text, answer) for text, answer in answers if answer),
            unanswered=tuple((name, asked[name]) for name in draft.missing),
        )
