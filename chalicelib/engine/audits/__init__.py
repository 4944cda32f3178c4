"""Audits and the inbox: changes by people, the daily pass, and sending notifications on."""
