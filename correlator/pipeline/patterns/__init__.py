"""Known ways of failing: rules read from files that may change, held against stories, services and dependencies.

patterns  the rules in force and what they matched; files: read again when they change; windows: what happened lately
check     a rule file and the tests beside it
"""
