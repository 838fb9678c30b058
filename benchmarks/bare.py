"""The yardstick of benchmarks/http.py: a bare Flask route with two Redis round trips, as one would write it."""

import os

import orjson
import redis
from flask import Flask, Response, request

app = Flask(__name__)
store = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.post("/bare")
def bare() -> Response:
    body = orjson.loads(request.get_data())
    store.get(body["id"])
    store.set(body["id"], b"1")
    return Response(orjson.dumps({"id": body["id"], "stored": True}), mimetype="application/json")
