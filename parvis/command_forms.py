"""Forms for the bot's commands (feed.command_forms.CommandForms): the same description, the same executor."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.commands.runner import CommandRunner
from appservice.errors import CommandError
from appservice.formatting import sanitize
from appservice.ids import RoomId
from appservice.languages import Phrases, phrases
from feed.command_forms import DraftView, FieldView, FormAnswer, FormView
from feed.contracts import ConnectionSheet
from feed.model import GroupView, Viewer
from parvis.draft_slips import Drafts
from parvis.form_sections import PLACES, order_of
from parvis.rendering import render_reply
from spaces.directory import Directory
from spaces.kinds import Kind

WITHOUT_FORM: Mapping[str, str] = {
    "help": "pages explain themselves",
    "language": "the page You has it",
    "group list": "the directory",
    "group show": "the group's page",
    "member list": "the group's page",
    "connection list": "the group's page",
    "connection show": "the connection's page",
    "connection dead": "the connection's page",
    "person list": "the page of people who are to come",
    "status": "the page of figures is the operator's",
}
"""Commands that have a page of their own, or need none, each with the reason."""


class Forms:
    """Offers what the viewer may run."""

    def __init__(
        self,
        *,
        runner: CommandRunner,
        directory: Directory,
        kinds: Mapping[str, Kind],
        drafts: Drafts,
    ) -> None:
        self._drafts = drafts
        self._runner = runner
        self._directory = directory
        self._kinds = kinds

    async def of_group(self, viewer: Viewer, group: GroupView) -> tuple[FormView, ...]:
        """Return the forms about one group that the viewer's level there is enough for, and an
        admin's for admins.
        """
        level = await self._directory.level(viewer.user_id, group.posts_room_id)
        commands = [
            command
            for command in self._offered(viewer)
            if command.about_group
            and (level >= command.level or command.audience is Audience.ADMINS)
            and _makes_sense_there(command, group)
        ]
        kind = self._kinds.get(group.kind)
        offered = [_suggesting(one, kind.sources if kind else ()) for one in _ordered(commands)]
        return tuple([await self._form(one, viewer, _about(group)) for one in offered])

    async def of_connection(self, viewer: Viewer, sheet: ConnectionSheet) -> tuple[FormView, ...]:
        """Return the forms about one connection: who was given its sheet is an owner."""
        commands = [
            _narrowed(command, sheet, viewer)
            for command in self._offered(viewer)
            if command.about_connection and _makes_sense(command, sheet)
        ]
        about = _about(None, sheet)
        return tuple([await self._form(command, viewer, about) for command in _ordered(commands)])

    async def of_house(self, viewer: Viewer) -> tuple[FormView, ...]:
        """Return the forms that are about no single group."""
        commands = [
            command
            for command in self._offered(viewer)
            if not (command.about_group or command.about_connection)
        ]
        return tuple([await self._form(command, viewer, {}) for command in _ordered(commands)])

    async def drafts(self, viewer: Viewer) -> tuple[DraftView, ...]:
        """Return the drafts of groups that the viewer may see."""
        return await self._drafts.of(viewer)

    async def run(
        self,
        viewer: Viewer,
        command: str,
        given: dict[str, str],
        *,
        nonce: str,
        group: GroupView | None = None,
        connection: ConnectionSheet | None = None,
    ) -> FormAnswer | None:
        """Do what a form asks; sent twice with one nonce, it asks once."""
        found = next((one for one in self._offered(viewer) if one.name == command), None)
        if found is None or found.about_group is not bool(group):
            return None
        if found.about_connection is not bool(connection):
            return None
        request = _request(viewer, _about(group, connection), nonce=nonce)
        known = {parameter.name for parameter in found.parameters}
        filled = {name: text for name, text in given.items() if name in known}
        # A select that is left alone says nothing; a text field that is emptied does.
        said = {name: text for name, text in filled.items() if text or not _is_choice(found, name)}
        arguments = {**said, **request.arguments}
        missing = [one for one in found.parameters if one.required and not arguments.get(one.name)]
        words = phrases(viewer.language)
        if missing:
            return FormAnswer(sanitize(f"<p>{words(missing[0].meaning)} ?</p>"), done=False)
        answer = await self._runner.perform(found, replace(request, arguments=arguments))
        return FormAnswer(sanitize(await render_reply(answer.text)), answer.done)

    def _offered(self, viewer: Viewer) -> list[Command]:
        allowed = self._runner.allowed(admin=viewer.is_admin)
        return [command for command in allowed if command.name not in WITHOUT_FORM]

    async def _form(self, command: Command, viewer: Viewer, about: Mapping[str, str]) -> FormView:
        words = phrases(viewer.language)
        shown = [one for one in command.parameters if one.name not in about]
        present = await self._present(command, viewer, about)
        fields = tuple(_field(one, words, present.get(one.name, "")) for one in shown)
        place, alters = PLACES.get(command.name), command.present is not None
        if place is None:
            return FormView(command.name, words(command.summary), fields, alters=alters)
        section, title, action = words(place.section), words(place.title), words(place.action)
        return FormView(command.name, title, fields, section, action, alters)

    async def _present(
        self, command: Command, viewer: Viewer, about: Mapping[str, str]
    ) -> Mapping[str, str]:
        if command.present is None:
            return {}
        try:
            return await command.present(_request(viewer, about))
        except CommandError:
            return {}


def _about(group: GroupView | None, connection: ConnectionSheet | None = None) -> Mapping[str, str]:
    """Return the arguments that a page fills, by what it is about."""
    if connection:
        return {"group": connection.group_slug, "connection": connection.short}
    return {"group": group.slug} if group else {}


def _makes_sense(command: Command, sheet: ConnectionSheet) -> bool:
    """Tell whether a command can do anything to the connection as it is."""
    if command.words[0] == "case" and command.name != "case forget":
        return bool(sheet.account and sheet.account.name)
    sense = {
        "connection mapping": sheet.mappable,
        "connection scheme": bool(sheet.schemes),
        "connection pause": not sheet.paused,
        "connection resume": sheet.paused,
        "connection replay": bool(sheet.parked_count),
        "connection rotate": sheet.rotates,
    }
    return sense.get(command.name, True)


def _makes_sense_there(command: Command, group: GroupView) -> bool:
    """Tell whether a command can do anything to the group as it is."""
    sense = {
        "group chat": group.chat_room_id is None,
        "group archive": not group.archived,
        "group restore": group.archived,
    }
    return sense.get(command.name, True)


def _narrowed(command: Command, sheet: ConnectionSheet, viewer: Viewer) -> Command:
    """Return *command* with what makes a difference for the connection's app alone."""
    parameters = command.parameters
    if command.name == "connection mapping":  # The whole stands in the form.
        parameters = tuple(one for one in parameters if one.name != "line")
    if command.name == "connection preview" and not (sheet.mappable and viewer.is_admin):
        parameters = tuple(one for one in parameters if one.name != "mapping")
    if command.name == "connection option":
        always = ("connection", "group", *sheet.options)
        parameters = tuple(one for one in parameters if one.name in always)
    if command.name == "connection scheme":
        parameters = tuple(
            replace(one, choices=sheet.schemes) if one.name == "scheme" else one
            for one in parameters
        )
    return replace(command, parameters=parameters)


def _suggesting(command: Command, sources: Sequence[str]) -> Command:
    """Return `connect` with the apps that suit the group's kind first; any other command as it is."""
    if command.words != ("connect",):
        return command
    first = {app: place for place, app in enumerate(sources)}
    parameters = tuple(
        replace(one, choices=tuple(sorted(one.choices, key=lambda app: first.get(app, len(first)))))
        if one.name == "app"
        else one
        for one in command.parameters
    )
    return replace(command, parameters=parameters)


def _ordered(commands: Sequence[Command]) -> list[Command]:
    return sorted(commands, key=lambda command: order_of(command.name))


def _request(viewer: Viewer, about: Mapping[str, str], *, nonce: str = "") -> Request:
    """Return who asks; no room reads the answer but the viewer's own page."""
    return Request(
        sender=viewer.user_id,
        room_id=RoomId(""),
        event_id=f"web:{viewer.user_id}:{nonce}",
        language=viewer.language,
        arguments=about,
        is_admin=viewer.is_admin,
    )


def _field(parameter: Parameter, words: Phrases, value: str) -> FieldView:
    label = words(parameter.meaning)
    return FieldView(
        name=parameter.name,
        label=label[:1].upper() + label[1:],
        value=value,
        required=parameter.required,
        long=parameter.long,
        choices=tuple((choice, parameter.named(choice, words)) for choice in parameter.choices),
    )


def _is_choice(command: Command, name: str) -> bool:
    return any(one.name == name and one.choices for one in command.parameters)
