"""Atalaya: watches the news of South America for cooperation between governments."""

__version__ = "0.1.0"
