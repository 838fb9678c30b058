"""The yardstick of benchmarks/http.py: a bare Flask route with two Redis round trips; `benchmarks.bare:app`."""

import os

import orjson
from flask import Flask, Response, request

from storage.link import open_link

app = Flask(__name__)
link = open_link(os.environ["REDIS_URL"], 0.2)


@app.post("/bare")
def bare() -> Response:
    body = orjson.loads(request.get_data())
    link.call("GET", body["id"])
    link.call("SET", body["id"], b"1")
    return Response(orjson.dumps({"id": body["id"], "stored": True}), mimetype="application/json")
