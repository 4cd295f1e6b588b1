"""Meetings: who meets whom, when and at which table; proven best, repaired on the day."""
