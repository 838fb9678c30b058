"""The HTTP API: `create_app(service, settings)`. Views load, call and dump; what the product does is in `service`."""

from api.app import create_app
from api.settings import SCOPES, ApiKey, ApiSettings

__all__ = ["SCOPES", "ApiKey", "ApiSettings", "create_app"]
