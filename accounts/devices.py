"""How a log-in's device is called in its member's list: read out of the User-Agent when it is shown."""

from django.utils.translation import gettext as _

FALLBACK_MAX_CHARS = 40
# The first mark that is found decides: browsers name those that they descend from, too.
BROWSERS = (
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(inapp", "NAVER"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def name_of(user_agent: str) -> str:
    """Such as "Chrome on Android"; of what is no browser its first words, never nothing."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    own_words = "".join(c if c.isprintable() else " " for c in user_agent.partition("(")[0])
    says_nothing = own_words.startswith("Mozilla/")  # as everything does that passes for a browser
    first_words = "" if says_nothing else " ".join(own_words.split()[:3])[:FALLBACK_MAX_CHARS].strip()
    return browser or first_words or system or _("Unknown device")
