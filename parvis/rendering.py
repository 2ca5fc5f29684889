"""The bot's replies as HTML, for rooms and for pages."""

from markdown import markdown


async def render_reply(text: str) -> str:
    """Return our own Markdown as HTML; what strangers wrote stands escaped in it."""
    return str(markdown(text))
