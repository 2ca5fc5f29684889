"""What the bot says about changes to groups."""

from collections.abc import Mapping

from appservice.commands.replies import Reply, quoted
from appservice.ids import localpart
from appservice.languages import LANGUAGES, N_, Phrases
from spaces.charter import QUESTIONS
from spaces.commands.life import POSTINGS, Change, CharterShown, GroupChanged, OwnershipPassed

_CHANGED = {
    Change.NAME: N_("The group is called **{name}** now; its address stays `{slug}`."),
    Change.CHARTER: N_("The charter of **{name}** is changed; members read it in the topic."),
    Change.LABELS: N_("Labels of **{name}**: {labels}"),
    Change.PARENT: N_("**{name}** has its new place."),
    Change.ORDER: N_("**{name}** has its new place in the lists."),
    Change.POSTING: N_("In **{name}** it is decided now whose posts appear at once: {posting}."),
    Change.LANGUAGE: N_("In **{name}** apps speak this language from now on: {language}."),
    Change.RULE: N_("**{name}** brings in those whom this rule means: {rule}"),
    Change.ARCHIVED: N_("**{name}** rests: it can be read, nothing can be written."),
    Change.RESTORED: N_("**{name}** is awake again."),
}

_LANGUAGES = {language.value: name for language, name in LANGUAGES.items()}


def _changed(fact: GroupChanged, words: Phrases) -> str:
    declared = fact.group.declaration
    return words(
        _CHANGED[fact.change],
        name=quoted(declared.name),
        slug=declared.slug,
        labels=", ".join(quoted(label) for label in declared.labels) or words(N_("none")),
        posting=words(POSTINGS[declared.posting]),
        language=_LANGUAGES.get(declared.language) or words(N_("the organization’s")),
        rule=quoted(declared.rule) or words(N_("nobody")),
    )


def _charter(fact: CharterShown, words: Phrases) -> str:
    declared = fact.group.declaration
    told = declared.charter.told(words) or words(N_("Nothing is said yet."))
    parts = [f"**{quoted(declared.name)}**", told]
    asked = {question.name: question.asked for question in QUESTIONS}
    if missing := [words(asked[name]) for name in fact.missing if name in asked]:
        parts.append(words(N_("Still without an answer: {questions}"), questions=" ".join(missing)))
    return "\n\n".join(parts)


def _passed(fact: OwnershipPassed, words: Phrases) -> str:
    return words(
        N_("{person} is the owner of **{group}** now; you stay a member."),
        person=quoted(localpart(fact.user_id)),
        group=quoted(fact.group.name),
    )


LIFE_REPLIES: Mapping[type, Reply] = {
    GroupChanged: _changed,
    CharterShown: _charter,
    OwnershipPassed: _passed,
}
