"""STAMP Desktop: delivers adaptive language-proficiency tests, records speech that can be rated, and loses nothing."""

__version__ = "0.1.0"
