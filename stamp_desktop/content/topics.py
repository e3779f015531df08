"""The topics that content balance draws from, as source files write them. A topic alone never fixes an item's level.

Higher major levels take up the topics of the lower ones in depth, so that any topic may stand at any level.
"""

NOVICE = frozenset(
    {
        "calendar/time",
        "clothing",
        "colours/shapes",
        "community",
        "daily routines",
        "family/friends",
        "food/beverage",
        "home",
        "leisure",
        "pets/animals",
        "places/geography",
        "school",
        "self",
        "shopping",
        "weather/seasons",
    }
)
INTERMEDIATE = frozenset(
    {
        "contemporary issues",
        "culture",
        "current events",
        "economics",
        "future plans",
        "health",
        "history",
        "holidays",
        "literature",
        "occupations",
        "science",
        "social science",
        "transport/travel",
    }
)
ADVANCED = frozenset({"art", "mathematics", "politics", "religion"})

TOPICS = NOVICE | INTERMEDIATE | ADVANCED
