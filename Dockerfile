# The platform as one image. Servers, workers, the scheduler and migrations are commands of it:
#   docker build -t scaigrid:0.1.0 .        docs/decisions/0040-how-it-is-deployed.md says why it is as it is

# ---- the console, made of its sources
FROM node:22.14.0-bookworm-slim AS console
WORKDIR /src/app/console/web
COPY app/console/web/package.json app/console/web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY docs/reference/openapi.json /src/docs/reference/openapi.json
COPY app/console/web ./
RUN npm run build

# ---- the environment: every hash checked, nothing built here, no installer left in it
FROM python:3.11.13-slim-bookworm AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/scaigrid
COPY requirements/runtime.txt /tmp/runtime.txt
RUN pip --python /opt/scaigrid/bin/python install --no-compile --no-deps --require-hashes --only-binary=:all: \
    -r /tmp/runtime.txt
WORKDIR /srv/scaigrid
COPY app ./app
COPY acl ./acl
COPY indexing ./indexing
COPY rag ./rag
COPY evals ./evals
COPY tasks ./tasks
RUN rm -rf app/console/web \
    && printf '#!/bin/sh\nexec /opt/scaigrid/bin/python -m app.cli "$@"\n' > /opt/scaigrid/bin/scaigrid \
    && chmod 0755 /opt/scaigrid/bin/scaigrid \
    && /opt/scaigrid/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/scaigrid/lib . \
    && chmod -R a+rX,go-w /opt/scaigrid /srv/scaigrid

# ---- what runs: owned by root, run by nobody in particular, written nowhere but in its home and /tmp
FROM python:3.11.13-slim-bookworm
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ScaiGrid" \
      org.opencontainers.image.description="Permission-aware retrieval and assistants over your own documents" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/scaigrid/bin:$PATH \
    PYTHONPATH=/srv/scaigrid \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    SCAIGRID_HOME=/var/lib/scaigrid \
    SCAIGRID_HOST=0.0.0.0
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/scaigrid
COPY --from=environment /opt/scaigrid /opt/scaigrid
COPY --from=environment /srv/scaigrid /srv/scaigrid
COPY --from=console /src/app/console/built /srv/scaigrid/app/console/built
WORKDIR /srv/scaigrid
USER 10001:10001
VOLUME ["/var/lib/scaigrid"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "app.alive", "http://127.0.0.1:8000/livez"]
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve"]
