"""Where each command's form stands on its page, what it is called there and what its button says.

A page about one group need not say "a group": its forms have names of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.languages import N_


@dataclass(frozen=True)
class Place:
    """A form's place; all are msgids."""

    section: str
    title: str
    action: str


_IDENTITY, _PEOPLE, _POSTS = N_("Name and purpose"), N_("People"), N_("Posts")
_STANDING, _LIFE, _ROOMS = (
    N_("Place in the lists"),
    N_("Rest and succession"),
    N_("History and upkeep"),
)
_DRAFTS, _SOURCES, _STAFF = N_("New groups"), N_("Sources"), N_("Directory of people")
_TOLD, _BACK, _CALLS = N_("What is told"), N_("At the source"), N_("Calls and secret")

PLACES: Mapping[str, Place] = {
    "group charter": Place(_IDENTITY, N_("What it is for"), N_("Save the charter")),
    "group rename": Place(_IDENTITY, N_("Name"), N_("Rename")),
    "group label": Place(_IDENTITY, N_("Labels"), N_("Change the labels")),
    "member add": Place(_PEOPLE, N_("Invite a person, or change their role"), N_("Invite")),
    "member remove": Place(_PEOPLE, N_("Take a person out"), N_("Take out")),
    "group access": Place(_PEOPLE, N_("Who may join"), N_("Save")),
    "group rule": Place(_PEOPLE, N_("Whom the directory brings in"), N_("Save the rule")),
    "group transfer": Place(_PEOPLE, N_("Hand the group over"), N_("Hand over")),
    "group chat": Place(_POSTS, N_("A room for chat"), N_("Make it")),
    "group posting": Place(_POSTS, N_("Whose posts appear at once"), N_("Save")),
    "group language": Place(_SOURCES, N_("Language of the cards"), N_("Save")),
    "connect": Place(_SOURCES, N_("Connect a business app"), N_("Connect")),
    "connection import": Place(_SOURCES, N_("Take over from another bridge"), N_("Take over")),
    "group order": Place(_STANDING, N_("Landmark or living group"), N_("Place it")),
    "group parent": Place(_STANDING, N_("Group above it"), N_("Place it")),
    "group end": Place(_LIFE, N_("Last day"), N_("Save")),
    "group archive": Place(_LIFE, N_("Let it rest: read only"), N_("Let it rest")),
    "group restore": Place(_LIFE, N_("Wake it"), N_("Wake it")),
    "group merge": Place(_LIFE, N_("Have it go on in another group"), N_("Merge")),
    "group split": Place(_LIFE, N_("Have one label go on in a new group"), N_("Split off")),
    "group adopt": Place(_ROOMS, N_("Take an existing conversation in"), N_("Take in")),
    "group upgrade": Place(_ROOMS, N_("Go on in newer rooms"), N_("Upgrade")),
    "group name": Place(_DRAFTS, N_("Try a name"), N_("Try it")),
    "group create": Place(_DRAFTS, N_("Draft a group"), N_("Draft it")),
    "draft list": Place(_DRAFTS, N_("What is being drafted"), N_("Show")),
    "draft answer": Place(_DRAFTS, N_("Go on with a draft of yours"), N_("Go on")),
    "draft approve": Place(_DRAFTS, N_("Approve a draft"), N_("Approve")),
    "draft refuse": Place(_DRAFTS, N_("Refuse a draft"), N_("Refuse")),
    "draft drop": Place(_DRAFTS, N_("Drop a draft of yours"), N_("Drop")),
    "connection option": Place(_TOLD, N_("What it tells, and how"), N_("Save the choices")),
    "connection mapping": Place(_TOLD, N_("What calls of any form mean"), N_("Save the mapping")),
    "connection preview": Place(_TOLD, N_("See what a call would look like"), N_("Show")),
    "connection test": Place(_TOLD, N_("Send a test card"), N_("Send")),
    "case forget": Place(_TOLD, N_("Forget a case for good"), N_("Forget it")),
    "case reply": Place(_BACK, N_("Comment on a case"), N_("Comment")),
    "case close": Place(_BACK, N_("Close a case"), N_("Close it")),
    "case assign": Place(_BACK, N_("Assign a case"), N_("Assign it")),
    "case create": Place(_BACK, N_("Create a case beside another"), N_("Create it")),
    "connection pause": Place(_CALLS, N_("Take no calls for a while"), N_("Pause")),
    "connection resume": Place(_CALLS, N_("Take calls again"), N_("Resume")),
    "connection replay": Place(
        _CALLS, N_("Read calls again that were put aside"), N_("Read again")
    ),
    "connection rotate": Place(_CALLS, N_("Replace the secret"), N_("Replace it")),
    "connection scheme": Place(_CALLS, N_("How calls are proved"), N_("Prove them so")),
    "connection remove": Place(_CALLS, N_("Remove it for good"), N_("Remove it")),
    "lift": Place(_POSTS, N_("Show a post in the group above"), N_("Show it there")),
    "person invite": Place(_STAFF, N_("Invite a person by letter"), N_("Send the letter")),
    "person revoke": Place(_STAFF, N_("Take a person’s codes back"), N_("Take them back")),
    "people show": Place(_STAFF, N_("How it stands with the directory"), N_("Show")),
    "people reload": Place(_STAFF, N_("Read the directory now"), N_("Read now")),
}
"""By command, in the order of pages; what is not named here stands last, as the bot calls it."""

_ORDER = {name: place for place, name in enumerate(PLACES)}


def order_of(command: str) -> int:
    """Return where a command's form stands among the others of its page."""
    return _ORDER.get(command, len(_ORDER))
