# Two stages: the first has a compiler for durable_rules, the second has none.
# The tag names the minor version, so that a rebuild brings security fixes; name a digest where builds must repeat exactly.

FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
RUN python -m venv .venv
COPY requirements.txt ./
# setuptools first, at its pinned version: durable_rules is built with it. The import proves that the build is good.
RUN grep '^setuptools==' requirements.txt > /tmp/build.txt \
    && .venv/bin/pip install -r /tmp/build.txt \
    && CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject \
       .venv/bin/pip install --no-build-isolation --use-pep517 -r requirements.txt \
    && .venv/bin/python -c 'import durable_rules_engine'
# .dockerignore lets through only what the service needs.
COPY . ./
RUN .venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q .venv/lib engine explain authoring service storage api runtime cli

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Patron" \
      org.opencontainers.image.description="Next-best-action decisions from rules that marketers can read" \
      org.opencontainers.image.licenses="Apache-2.0"
# Nothing under /app can be written by the service; the embedded store, if used, has a folder of its own.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin patron \
    && install --directory --owner=patron --group=patron --mode=0750 /var/lib/patron
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATRON_BIND=0.0.0.0:8080 \
    PATRON_DATA=/var/lib/patron
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; port = os.environ['PATRON_BIND'].rpartition(':')[2]; asked = http.client.HTTPConnection('127.0.0.1', int(port), timeout=2); asked.request('GET', '/livez'); sys.exit(asked.getresponse().status != 200)"]
CMD ["gunicorn", "wsgi:app"]
