"""The bot's whole table of commands, and who may run them."""

from collections.abc import Mapping, Sequence

from appservice.account import Account
from appservice.commands.builtin import BUILTIN_REPLIES, builtin_commands
from appservice.commands.grammar import Command
from appservice.commands.replies import Replies
from appservice.commands.runner import CommandRunner
from appservice.floor import Trays
from appservice.ids import RoomId, UserId, server_of
from bridges.aside import AsideCommands
from bridges.asking import Asking as ConnectionAsking
from bridges.case_commands import CaseCommands
from bridges.commands import ConnectionCommands
from bridges.house import Bridges
from bridges.import_commands import ImportCommands
from bridges.import_replies import IMPORT_REPLIES
from bridges.mapping.commands import MappingCommand
from bridges.preview import PreviewCommand
from bridges.replies import REPLIES as BRIDGE_REPLIES
from bridges.steering import SteeringCommands
from feed.inquiries import Inquiries
from parvis.config import Config
from parvis.front import Front
from parvis.rendering import render_reply
from parvis.status import STATUS_REPLIES, StatusCommand
from spaces.commands.access import ACCESS_REPLIES, AccessCommand
from spaces.commands.asking import Asking
from spaces.commands.founding import FoundingCommands
from spaces.commands.founding_replies import FOUNDING_REPLIES
from spaces.commands.frame import FRAME_REPLIES, FrameCommands
from spaces.commands.groups import GroupCommands
from spaces.commands.inviting import InvitingCommands
from spaces.commands.inviting_replies import INVITING_REPLIES
from spaces.commands.life import LifeCommands
from spaces.commands.life_replies import LIFE_REPLIES
from spaces.commands.lifting import LIFT_REPLIES, LiftCommands
from spaces.commands.members import MemberCommands
from spaces.commands.merging import MERGING_REPLIES, MergingCommands
from spaces.commands.moving import MOVING_REPLIES, MovingCommands
from spaces.commands.people import PeopleCommands
from spaces.commands.people_replies import PEOPLE_REPLIES
from spaces.commands.replies import replies_with
from spaces.commands.splitting import SplitCommands
from spaces.commands.trying_names import NAME_REPLIES
from spaces.house import Spaces
from spaces.kinds import Kind
from spaces.reconcile import Reconciler


class Standing:
    """Who belongs to the organization: members of the root space; the config's admins."""

    def __init__(self, *, bot: Account, reconciler: Reconciler, admins: Sequence[str]) -> None:
        self._bot = bot
        self._reconciler = reconciler
        self._admins = frozenset(admins)

    async def is_staff(self, user_id: UserId) -> bool:
        """Tell whether an account of our server is in the root space."""
        if server_of(user_id) != server_of(self._bot.user_id):
            return False
        return user_id in await self._bot.joined_members(await self._reconciler.root())

    def is_admin(self, user_id: UserId) -> bool:
        """Tell whether the config lists an account."""
        return user_id in self._admins


def build_commands(
    config: Config,
    trays: Trays,
    front: Front,
    spaces: Spaces,
    bridges: Bridges,
    inquiries: Inquiries,
) -> CommandRunner:
    """Return the runner with every command; it is still to be started."""
    requests = front.requests
    kinds = spaces.reconciler.house.kinds
    founding = FoundingCommands(directory=spaces.directory, founding=spaces.founding, kinds=kinds)
    status = StatusCommand(trays=trays, deliveries=bridges.deliveries)
    lifting = LiftCommands(
        directory=spaces.directory,
        groups=spaces.groups,
        references=spaces.life.references,
        room_of=inquiries.room_of,
    )
    runner: CommandRunner
    builtin = builtin_commands(requests=requests, allowed=lambda admin: runner.allowed(admin=admin))
    runner = CommandRunner(
        bot=trays.bot.user_id,
        database=trays.database,
        requests=requests,
        outbox=trays.outbox,
        commands=[
            *builtin,
            *founding.table(),
            *_about_groups(config, spaces, bridges, founding),
            *PeopleCommands(upkeep=spaces.upkeep).table(),
            *_about_connections(config, trays, spaces, bridges),
            *InvitingCommands(desk=spaces.inviting.desk, public_url=config.web.public_url).table(),
            *status.table(),
            *lifting.table(),
        ],
        replies=_replies(kinds),
        standing=Standing(bot=trays.bot, reconciler=spaces.reconciler, admins=config.admins),
        render=render_reply,
        default_language=config.organization.language,
        room_of=front.doorkeeper.plain_room,
        ready=spaces.reconciler.catch_up,
        listeners=(founding,),
    )
    return runner


def _about_connections(
    config: Config, trays: Trays, spaces: Spaces, bridges: Bridges
) -> list[Command]:
    asking = ConnectionAsking(connections=bridges.connections, rights=spaces.directory)
    connecting = ConnectionCommands(
        apps=bridges.apps,
        connections=bridges.connections,
        outbox=trays.outbox,
        asking=asking,
        pulling=bridges.pulling,
        public_url=config.web.public_url,
        takes_letters=bridges.letterbox is not None,
    )
    steering = SteeringCommands(
        apps=bridges.apps,
        connections=bridges.connections,
        deliveries=bridges.deliveries,
        outbox=trays.outbox,
        asking=asking,
        pulling=bridges.pulling,
        public_url=config.web.public_url,
    )
    aside = AsideCommands(
        deliveries=bridges.deliveries, asking=asking, look_again=bridges.pipeline.look_again
    )
    preview = PreviewCommand(
        apps=bridges.apps,
        deliveries=bridges.deliveries,
        asking=asking,
        shared=bridges.rooms.shared,
        mapper=bridges.mapper,
    )
    mapping = MappingCommand(
        apps=bridges.apps,
        connections=bridges.connections,
        asking=asking,
        mapper=bridges.mapper,
    )
    importing = ImportCommands(
        apps=bridges.apps,
        connections=bridges.connections,
        outbox=trays.outbox,
        asking=asking,
        pulling=bridges.pulling,
        bot=trays.bot,
        public_url=config.web.public_url,
    )
    cases = CaseCommands(bridges=bridges, asking=asking, bot=trays.bot.user_id)
    return [
        *connecting.table(),
        *steering.table(),
        *aside.table(),
        *preview.table(),
        *mapping.table(),
        *cases.table(),
        *importing.table(),
    ]


def _replies(kinds: Mapping[str, Kind]) -> Replies:
    """Return what says each fact, naming *kinds*."""
    return Replies(
        BUILTIN_REPLIES,
        replies_with(kinds),
        FOUNDING_REPLIES,
        LIFE_REPLIES,
        FRAME_REPLIES,
        NAME_REPLIES,
        ACCESS_REPLIES,
        PEOPLE_REPLIES,
        INVITING_REPLIES,
        MOVING_REPLIES,
        MERGING_REPLIES,
        LIFT_REPLIES,
        BRIDGE_REPLIES,
        IMPORT_REPLIES,
        STATUS_REPLIES,
    )


def _about_groups(
    config: Config, spaces: Spaces, bridges: Bridges, founding: FoundingCommands
) -> list[Command]:
    asking = Asking(
        directory=spaces.directory,
        members=spaces.members,
        server_name=config.homeserver.server_name,
    )
    groups = GroupCommands(
        asking=asking,
        directory=spaces.directory,
        members=spaces.members,
        reconciler=spaces.reconciler,
        apps_in=lambda room_id: _apps_in(bridges, room_id),
    )
    life = LifeCommands(
        asking=asking,
        groups=spaces.groups,
        members=spaces.members,
        reconciler=spaces.reconciler,
        resting=spaces.life.resting,
    )
    moving = MovingCommands(
        asking=asking, adoption=spaces.life.adoption, succession=spaces.life.succession
    )
    merging = MergingCommands(asking=asking, merging=spaces.life.merging)
    splitting = SplitCommands(asking=asking, founding=founding, kinds=spaces.reconciler.house.kinds)
    members = MemberCommands(asking=asking, members=spaces.members, farewell=spaces.life.farewell)
    return [
        *groups.table(),
        *life.table(),
        *FrameCommands(asking=asking, members=spaces.members, reconciler=spaces.reconciler).table(),
        *AccessCommand(asking=asking, reconciler=spaces.reconciler).table(),
        *moving.table(),
        *merging.table(),
        *splitting.table(),
        *members.table(),
    ]


async def _apps_in(bridges: Bridges, room_id: RoomId) -> frozenset[str]:
    """Return the apps that feed a room."""
    return frozenset(one.app for one in await bridges.connections.in_room(room_id))
