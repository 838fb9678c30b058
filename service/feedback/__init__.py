"""Sender feedback: what a mail service reports about messages (bounced, opened, unsubscribed), as events and outcomes.

A feedback table (`services/*.yaml`, one per service) maps the reports of a service; `table` is its form, `read` reads
it, `reports` reads the body of a webhook with it, and `apply` carries out what follows.
"""
