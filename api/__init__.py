"""The HTTP API. `api.app.create_app(service, settings, publishing)` makes it; views load, call and dump.

Nothing is imported here, so that settings can be read without Flask and the rest.
"""
