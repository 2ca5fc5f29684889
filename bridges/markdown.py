"""A person's words as Markdown at a source: signed with their name, and doing nothing but saying.

What people write is theirs, also whom they name there. What would make the bot's account *act* for
them is broken: a line that begins with a slash is a command to GitLab, "@all" calls everybody.
"""

import re

from bridges.actions import Task

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!@])")
_COMMAND = re.compile(r"^(\s*)/", re.MULTILINE)
_EVERYBODY = re.compile(r"@(?=(?:all|board|card|channel|everyone|here|room)\b)", re.IGNORECASE)


def signed(task: Task, *, text: str | None = None) -> str:
    """Return the text below its author's name, with the hidden mark; *text* stands for the words."""
    said = task.words if text is None else text
    parts = [f"**{plain(task.author)}**" + (":" if said else ""), spoken(said)]
    mark = f"<!-- parvis:{task.mark} -->" if task.mark else ""
    return "\n\n".join(part for part in (*parts, mark) if part)


def plain(name: str) -> str:
    """Return a name in which no sign means anything, and which calls nobody."""
    return _SIGNS.sub(r"\\\1", name).replace("\\@", "@\u2060")


def spoken(text: str) -> str:
    """Return *text* without commands and calls to everybody; nobody's comment hides a mark."""
    text = _EVERYBODY.sub("@\u2060", _COMMAND.sub(r"\1\\/", text))
    return text.replace("<!--", "&lt;!--")
