"""What is said of each thing that happens on a Trello board, and how far it is heard."""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.readings import Importance

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
VERBS: Mapping[str, tuple[str, Importance]] = {
    "created": (N_("{actor} created this card in {list}"), _NORMAL),
    "moved": (N_("{actor} moved this card from {before} to {list}"), _NORMAL),
    "moved_here": (N_("{actor} moved this card here from another board"), _NORMAL),
    "moved_away": (N_("{actor} moved this card to the board {board}"), _LOUD),
    "renamed": (N_("{actor} renamed this card"), _QUIET),
    "described": (N_("{actor} changed the description"), _QUIET),
    "due": (N_("{actor} set the due date to {due}"), _NORMAL),
    "start": (N_("{actor} changed the start date"), _QUIET),
    "completed": (N_("{actor} marked this card as complete"), _LOUD),
    "uncompleted": (N_("{actor} marked this card as not complete"), _NORMAL),
    "archived": (N_("{actor} archived this card"), _NORMAL),
    "restored": (N_("{actor} brought this card back"), _NORMAL),
    "commented": (N_("{actor} commented"), _NORMAL),
    "comment_edited": (N_("{actor} edited a comment"), _QUIET),
    "comment_deleted": (N_("{actor} deleted a comment"), _QUIET),
    "member_added": (N_("{actor} added {member}"), _QUIET),
    "member_removed": (N_("{actor} took {member} off"), _QUIET),
    "label_added": (N_("{actor} added the label {label}"), _QUIET),
    "label_removed": (N_("{actor} removed the label {label}"), _QUIET),
    "attached": (N_("{actor} attached {file}"), _QUIET),
    "detached": (N_("{actor} took the attachment {file} off"), _QUIET),
    "checklist_added": (N_("{actor} added the checklist {checklist}"), _QUIET),
    "checklist_removed": (N_("{actor} removed the checklist {checklist}"), _QUIET),
    "item_added": (N_("{actor} added {item} to {checklist}"), _QUIET),
    "item_changed": (N_("{actor} changed {item}"), _QUIET),
    "item_removed": (N_("{actor} removed {item} from the checklist {checklist}"), _QUIET),
    "checked": (N_("{actor} ticked {item}"), _QUIET),
    "unchecked": (N_("{actor} unticked {item}"), _QUIET),
    "field_changed": (N_("{actor} changed the field {field}"), _QUIET),
    "deleted": (N_("{actor} deleted this card"), _LOUD),
}
UNSAID: Mapping[tuple[str, str], str] = {
    ("due", "due"): N_("{actor} took the due date off"),
    ("moved", "before"): N_("{actor} moved this card to {list}"),
    ("label_added", "label"): N_("{actor} added a label"),
    ("label_removed", "label"): N_("{actor} removed a label"),
    ("field_changed", "field"): N_("{actor} changed a field"),
    ("attached", "file"): N_("{actor} attached a file"),
    ("created", "list"): N_("{actor} created this card"),
    ("moved_away", "board"): N_("{actor} moved this card to another board"),
    ("member_added", "member"): N_("{actor} added somebody"),
    ("member_removed", "member"): N_("{actor} took somebody off"),
}
"""What is said where Trello leaves out what an event's verb names."""
THEMSELVES: Mapping[str, str] = {
    "member_added": N_("{actor} joined this card"),
    "member_removed": N_("{actor} left this card"),
}
"""What is said of those who do it to themselves."""
BOARD_VERBS: Mapping[str, str] = {
    "list_created": N_("{actor} created the list {list}"),
    "list_changed": N_("{actor} changed the list {list}"),
    "board_changed": N_("{actor} changed the board {board}"),
    "board_member_added": N_("{actor} added {member} to the board {board}"),
}
"""What belongs to no card: posts of their own, for who asks for them."""
SIMPLE: Mapping[str, str] = {
    "createCard": "created",
    "copyCard": "created",
    "emailCard": "created",
    "convertToCardFromCheckItem": "created",
    "moveCardToBoard": "moved_here",
    "moveCardFromBoard": "moved_away",
    "commentCard": "commented",
    "copyCommentCard": "commented",
    "updateComment": "comment_edited",
    "deleteComment": "comment_deleted",
    "addMemberToCard": "member_added",
    "removeMemberFromCard": "member_removed",
    "addLabelToCard": "label_added",
    "removeLabelFromCard": "label_removed",
    "addAttachmentToCard": "attached",
    "deleteAttachmentFromCard": "detached",
    "addChecklistToCard": "checklist_added",
    "removeChecklistFromCard": "checklist_removed",
    "createCheckItem": "item_added",
    "updateCheckItem": "item_changed",
    "deleteCheckItem": "item_removed",
    "updateCustomFieldItem": "field_changed",
    "deleteCard": "deleted",
    "createList": "list_created",
    "moveListToBoard": "list_created",
    "updateList": "list_changed",
    "updateBoard": "board_changed",
    "createLabel": "board_changed",
    "updateLabel": "board_changed",
    "deleteLabel": "board_changed",
    "addMemberToBoard": "board_member_added",
}
"""Trello's action types that mean one thing; the others are told by what changed."""
