"""Atalaya: watches the news of South America for cooperation between governments."""
