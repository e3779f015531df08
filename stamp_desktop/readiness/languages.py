"""What the writing of a language takes: letters that a font must have, and how they are typed. A table; it asks nothing.

Letters are those of CLDR's main exemplar sets that no English keyboard or font can be trusted with, or a telling few of them
where a script has thousands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Way: TypeAlias = Literal["palette", "layout", "method", "none"]
"""How it is typed: by the exam's palette beside any Latin keyboard, by a keyboard layout, by an input method, not at all."""


@dataclass(frozen=True, slots=True)
class Writing:
    """`family` is the one that the exam sets it in, "" where its own will do or any will. `layouts` are X keyboard layouts,
    `engines` the beginnings of the names of ibus engines; either of them is enough.
    """

    name: str
    letters: str
    way: Way = "palette"
    layouts: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    family: str = ""


def _latin(name: str, letters: str) -> Writing:
    return Writing(name, letters)


def _cyrillic(name: str, letters: str, layout: str) -> Writing:
    return Writing(name, letters, "layout", (layout,))


def _indic(name: str, letters: str, *layouts: str, family: str = "") -> Writing:
    return Writing(name, letters, "layout", (*layouts, "in"), (), family)


WRITINGS: Final[Mapping[str, Writing]] = {
    "am": Writing("Amharic", "አማርኛ", "layout", ("et",)),
    "ar": Writing(
        "Arabic", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهويى؟", "layout", ("ara", "eg", "sy", "iq", "ma"), (), "Noto Naskh Arabic"
    ),
    "ase": Writing("American Sign Language", "", "none"),
    "bfi": Writing("British Sign Language", "", "none"),
    "bn": _indic("Bengali", "অআকখগবাংলা", "bd"),
    "ca": _latin("Catalan", "àçèéíïòóúü·"),
    "chk": _latin("Chuukese", "áéíóúūō"),
    "cnh": _latin("Hakha Chin", "ṭ"),
    "cs": _latin("Czech", "áčďéěíňóřšťúůýž"),
    "cy": _latin("Welsh", "âêîôûŵŷ"),
    "da": _latin("Danish", "æøåé"),
    "de": _latin("German", "äöüßÄÖÜ„“"),
    "el": Writing("Greek", "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώΐΰ", "layout", ("gr",)),
    "en": _latin("English", "“”‘’–é"),
    "es": _latin("Spanish", "áéíñóúü¿¡ÁÉÍÑÓÚ"),
    "et": _latin("Estonian", "äõöüšž"),
    "fa": Writing("Persian", "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی", "layout", ("ir", "af"), (), "Noto Naskh Arabic"),
    "fi": _latin("Finnish", "äöå"),
    "fil": _latin("Filipino", "áàâéíñóú"),
    "fr": _latin("French", "àâæçéèêëîïôœùûüÿ«»"),
    "gu": _indic("Gujarati", "અઆકખગગુજરાતી"),
    "haw": _latin("Hawaiian", "āēīōūʻ"),
    "he": Writing("Hebrew", "אבגדהוזחטיכלמנסעפצקרשתםןףץך", "layout", ("il",), (), "Noto Sans Hebrew"),
    "hi": _indic("Hindi", "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह", family="Noto Sans Devanagari"),
    "hmn": _latin("Hmong", "abcjqvxz"),
    "hr": _latin("Croatian", "čćđšž"),
    "ht": _latin("Haitian Creole", "àèéòô"),
    "hu": _latin("Hungarian", "áéíóöőúüű"),
    "hy": Writing("Armenian", "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ", "layout", ("am",)),
    "id": _latin("Indonesian", "é"),
    "ilo": _latin("Ilocano", "ñáéíóú"),
    "it": _latin("Italian", "àèéìòù"),
    "ja": Writing("Japanese", "あいうアイウ日本語漢字学校", "method", (), ("mozc", "anthy", "kkc", "skk"), "Noto Sans CJK JP"),
    "ka": Writing("Georgian", "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ", "layout", ("ge",)),
    "kea": _latin("Cabo Verdean", "áâéêíñóôú"),
    "km": Writing("Khmer", "កខគឃងចឆជ", "layout", ("kh",)),
    "kn": _indic("Kannada", "ಅಆಕಖಗಕನ್ನಡ"),
    "ko": Writing("Korean", "가나다한국어학교", "layout", ("kr(kr106)", "kr"), ("hangul",), "Noto Sans CJK KR"),
    "la": _latin("Latin", "āēīōū"),
    "lo": Writing("Lao", "ກຂຄງຈສລາວ", "layout", ("la",)),
    "mh": _latin("Marshallese", "āḷṃņōọū"),
    "ml": _indic("Malayalam", "അആകഖഗമലയാളം"),
    "mr": _indic("Marathi", "अआइईकखगघळक्ष", family="Noto Sans Devanagari"),
    "my": Writing("Burmese", "ကခဂဃငမြန်မာ", "layout", ("mm",)),
    "ne": _indic("Nepali", "अआइईकखगघ", "np", family="Noto Sans Devanagari"),
    "nl": _latin("Dutch", "áéëïóöúü"),
    "no": _latin("Norwegian", "æøåé"),
    "pa": _indic("Punjabi", "ਅਆਕਖਗਪੰਜਾਬੀ"),
    "pl": _latin("Polish", "ąćęłńóśźż"),
    "ps": Writing("Pashto", "آابپتټثجځچڅحخدډذرړزژږسشښصضطظعغفقکګلمنڼوهۀيې", "layout", ("af",), (), "Noto Naskh Arabic"),
    "pt": _latin("Portuguese", "àáâãçéêíóôõú"),
    "ro": _latin("Romanian", "ăâîșț"),
    "ru": _cyrillic("Russian", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "ru"),
    "sk": _latin("Slovak", "áäčďéíĺľňóôŕšťúýž"),
    "sm": _latin("Samoan", "āēīōūʻ"),
    "so": _latin("Somali", "abcdefghijklmnopqrstuvwxyz"),
    "sq": _latin("Albanian", "çë"),
    "sr": _cyrillic("Serbian", "абвгдђежзијклљмнњопрстћуфхцчџш", "rs"),
    "sv": _latin("Swedish", "åäöé"),
    "sw": _latin("Swahili", "abcdefghijklmnopqrstuvwxyz"),
    "ta": _indic("Tamil", "அஆகஙசதமிழ்", "lk"),
    "te": _indic("Telugu", "అఆకఖగతెలుగు"),
    "th": Writing("Thai", "กขคงจฉชซภาษาไทย", "layout", ("th",), (), "Noto Sans Thai"),
    "ti": Writing("Tigrinya", "ትግርኛ", "layout", ("et",)),
    "tl": _latin("Tagalog", "áàâéíñóú"),
    "tr": _latin("Turkish", "çğıİöşü"),
    "uk": _cyrillic("Ukrainian", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "ua"),
    "ur": Writing("Urdu", "آابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنوہھءیے", "layout", ("pk",), (), "Noto Nastaliq Urdu"),
    "vi": _latin("Vietnamese", "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"),
    "wo": _latin("Wolof", "àéëñŋó"),
    "yo": _latin("Yoruba", "ẹọṣáàéèíìóòúù"),
    "zh": Writing(
        "Chinese", "中国汉语学习们说这", "method", (), ("libpinyin", "pinyin", "sunpinyin", "rime"), "Noto Sans CJK SC"
    ),
    "zh-hant": Writing(
        "Chinese (traditional)",
        "中國漢語學習們說這",
        "method",
        (),
        ("libzhuyin", "chewing", "cangjie", "rime"),
        "Noto Sans CJK TC",
    ),
}
OTHER_NAMES: Final[Mapping[str, str]] = {
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "yue": "zh-hant",
    "cmn": "zh",
    "nb": "no",
    "iw": "he",
    "prs": "fa",
    "sgn": "ase",
    "mww": "hmn",
    "hnj": "hmn",
}


def writing(language: str) -> Writing | None:
    """By BCP 47 tag, the longest part of it that is known; None for a language that this table lacks."""
    parts = language.lower().split("-")
    for length in range(len(parts), 0, -1):
        tag = "-".join(parts[:length])
        found = WRITINGS.get(OTHER_NAMES.get(tag, tag))
        if found is not None:
            return found
    return None
