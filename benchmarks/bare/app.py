"""The yardsticks of benchmarks/http.py: Flask routes with two Redis round trips and nothing else.

`/bare` is written as Flask's and redis-py's own pages write it; `/lean` avoids Flask's JSON on the way in and out.
"""

import os
from typing import Any

import orjson
import redis
from flask import Flask, Response, request

app = Flask(__name__)
store = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.post("/bare")
def bare() -> dict[str, Any]:
    body = request.get_json()
    store.get(body["id"])
    store.set(body["id"], b"1")
    return {"id": body["id"], "stored": True}


@app.post("/lean")
def lean() -> Response:
    body = orjson.loads(request.get_data())
    store.get(body["id"])
    store.set(body["id"], b"1")
    return Response(orjson.dumps({"id": body["id"], "stored": True}), mimetype="application/json")
