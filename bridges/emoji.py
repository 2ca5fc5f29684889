"""Emoji that programs and people write by name, as Slack, GitHub and GitLab know them."""

import re

_NAMED = re.compile(r"(?<![\w:]):([a-z0-9_+\-]{1,40}):(?::skin-tone-[2-6]:)?(?!\w)")
_FLAG = re.compile(r"flag-([a-z])([a-z])")
_REGIONAL = 0x1F1E6 - ord("a")
_EMOJI = (
    "+1=👍 thumbsup=👍 -1=👎 thumbsdown=👎 tada=🎉 rocket=🚀 smile=😄 heart=❤️ eyes=👀 warning=⚠️ bug=🐛 fire=🔥 "
    "x=❌ heavy_check_mark=✔️ white_check_mark=✅ ballot_box_with_check=☑️ heavy_multiplication_x=✖️ "
    "negative_squared_cross_mark=❎ red_circle=🔴 large_blue_circle=🔵 blue_circle=🔵 large_green_circle=🟢 "
    "green_circle=🟢 large_yellow_circle=🟡 yellow_circle=🟡 large_orange_circle=🟠 orange_circle=🟠 "
    "large_purple_circle=🟣 purple_circle=🟣 white_circle=⚪ black_circle=⚫ large_red_square=🟥 red_square=🟥 "
    "large_green_square=🟩 green_square=🟩 large_yellow_square=🟨 yellow_square=🟨 large_orange_square=🟧 "
    "orange_square=🟧 large_blue_square=🟦 blue_square=🟦 small_red_triangle=🔺 small_red_triangle_down=🔻 "
    "large_blue_diamond=🔷 large_orange_diamond=🔶 small_blue_diamond=🔹 small_orange_diamond=🔸 sparkles=✨ "
    "memo=📝 pencil=📝 pencil2=✏️ lock=🔒 unlock=🔓 closed_lock_with_key=🔐 key=🔑 shield=🛡️ bulb=💡 "
    "construction=🚧 wave=👋 arrow_up=⬆️ arrow_down=⬇️ arrow_right=➡️ arrow_left=⬅️ arrow_upper_right=↗️ "
    "arrow_lower_right=↘️ arrow_up_small=🔼 arrow_down_small=🔽 arrows_counterclockwise=🔄 repeat=🔁 "
    "fast_forward=⏩ information_source=ℹ️ question=❓ grey_question=❔ exclamation=❗ heavy_exclamation_mark=❗ "
    "grey_exclamation=❕ bangbang=‼️ rotating_light=🚨 boom=💥 collision=💥 bell=🔔 no_bell=🔕 mega=📣 "
    "loudspeaker=📢 hourglass=⌛ hourglass_flowing_sand=⏳ stopwatch=⏱️ alarm_clock=⏰ clock1=🕐 ghost=👻 "
    "chart_with_upwards_trend=📈 chart_with_downwards_trend=📉 bar_chart=📊 no_entry=⛔ no_entry_sign=🚫 stop_sign=🛑 "
    "octagonal_sign=🛑 wrench=🔧 hammer=🔨 hammer_and_wrench=🛠️ gear=⚙️ package=📦 robot_face=🤖 robot=🤖 "
    "computer=💻 desktop_computer=🖥️ phone=☎️ iphone=📱 floppy_disk=💾 electric_plug=🔌 battery=🔋 satellite=📡 "
    "globe_with_meridians=🌐 earth_africa=🌍 cloud=☁️ sunny=☀️ zap=⚡ snowflake=❄️ umbrella=☔ thermometer=🌡️ "
    "calendar=📆 date=📅 spiral_calendar_pad=🗓️ clipboard=📋 pushpin=📌 round_pushpin=📍 paperclip=📎 link=🔗 "
    "mag=🔍 bookmark=🔖 label=🏷️ file_folder=📁 open_file_folder=📂 page_facing_up=📄 newspaper=📰 books=📚 book=📖 "
    "email=📧 envelope=✉️ inbox_tray=📥 outbox_tray=📤 speech_balloon=💬 thought_balloon=💭 moneybag=💰 "
    "credit_card=💳 euro=💶 shopping_trolley=🛒 gift=🎁 trophy=🏆 medal=🏅 star=⭐ star2=🌟 100=💯 dart=🎯 "
    "checkered_flag=🏁 triangular_flag_on_post=🚩 house=🏠 office=🏢 factory=🏭 car=🚗 bike=🚲 ship=🚢 airplane=✈️ "
    "recycle=♻️ wastebasket=🗑️ broom=🧹 lipstick=💄 art=🎨 test_tube=🧪 microscope=🔬 ambulance=🚑 hospital=🏥 pill=💊 "
    "seedling=🌱 deciduous_tree=🌳 coffee=☕ cake=🎂 birthday=🎂 beer=🍺 pizza=🍕 clap=👏 raised_hands=🙌 pray=🙏 muscle=💪 "
    "point_right=👉 point_left=👈 point_up=☝️ point_down=👇 ok_hand=👌 raised_hand=✋ handshake=🤝 blush=😊 "
    "slightly_smiling_face=🙂 grin=😁 joy=😂 wink=😉 thinking_face=🤔 thinking=🤔 confused=😕 cry=😢 sob=😭 scream=😱 "
    "rage=😡 sweat_smile=😅 sunglasses=😎 tired_face=😫 skull=💀 skull_and_crossbones=☠️ bust_in_silhouette=👤 "
    "busts_in_silhouette=👥 man=👨 woman=👩 baby=👶 dog=🐶 cat=🐱 whale=🐳 turtle=🐢 snail=🐌 "
    "one=1️⃣ two=2️⃣ three=3️⃣ four=4️⃣ five=5️⃣ heavy_plus_sign=➕ heavy_minus_sign=➖ new=🆕 ok=🆗 up=🆙 sos=🆘 vs=🆚"
)
"""Those that are written most; others keep their names."""
_SIGNS = dict(pair.split("=") for pair in _EMOJI.split())


def with_signs(text: str) -> str:
    """Return *text* with the signs of the emoji that it names."""
    return _NAMED.sub(lambda found: _sign(found[1]) or found[0], text)


def _sign(name: str) -> str:
    flag = _FLAG.fullmatch(name)
    if flag:
        return chr(_REGIONAL + ord(flag[1])) + chr(_REGIONAL + ord(flag[2]))
    return _SIGNS.get(name, "")
