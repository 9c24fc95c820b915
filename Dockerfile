# syntax=docker/dockerfile:1
# Two images of one build: `engine` is correlator serve; `demo` is the bridge and the worker that docs/how-to/run-the-demo-services.md tells of.
# A digest says more than a tag: docker build --build-arg PYTHON=3.11.17-slim-bookworm@sha256:...
ARG PYTHON=3.11.17-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY correlator correlator
COPY dashboards dashboards
COPY exporters exporters
COPY rules rules
RUN pip wheel --no-deps --wheel-dir /wheels .
# What is installed here is copied as a whole; pip is not in it.
RUN python -m venv --without-pip /opt/engine \
 && pip --python /opt/engine install "$(ls /wheels/correlator-*.whl)[engine,redis,elasticsearch,kafka]"
RUN python -m venv --without-pip /opt/demo \
 && pip --python /opt/demo install "$(ls /wheels/correlator-*.whl)[demo,redis]"

FROM python:${PYTHON} AS runtime
# 10001 belongs to nobody else. /data is made here so that a new volume on it belongs to the user, too.
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore setuptools wheel pip \
 && groupadd --gid 10001 correlator \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin correlator \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
USER 10001:10001

FROM runtime AS demo
COPY --from=build /opt/demo /opt/demo
ENV PATH=/opt/demo/bin:$PATH
ENTRYPOINT ["python", "-m"]
CMD ["correlator.demo.bridge", "--help"]

FROM runtime AS engine
COPY --from=build /opt/engine /opt/engine
# Beyond loopback the engine starts with a token only: give CORRELATOR_LISTEN__TOKEN_FILE.
ENV PATH=/opt/engine/bin:$PATH \
    CORRELATOR_DATA_DIR=/data \
    CORRELATOR_LISTEN__OTLP_HTTP=0.0.0.0:4318 \
    CORRELATOR_LISTEN__OTLP_GRPC=0.0.0.0:4317 \
    CORRELATOR_LISTEN__API=0.0.0.0:7070
EXPOSE 4317 4318 7070
VOLUME ["/data"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 7070, timeout=2); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["correlator"]
CMD ["serve"]
