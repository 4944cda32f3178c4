"""Audits and the inbox: changes by people, the daily pass, notifications sent on."""
