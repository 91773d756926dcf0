# syntax=docker/dockerfile:1
# Two stages: the first builds a virtual environment, the second runs it as a user without rights.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/voltaro
COPY requirements.lock setup.cfg pyproject.toml README.md LICENSE ./
COPY voltaro voltaro
COPY actors actors
COPY persistence persistence
COPY web web
RUN /opt/voltaro/bin/pip install --no-cache-dir --constraint requirements.lock .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/voltaro voltaro
COPY --from=build /opt/voltaro /opt/voltaro
ENV PATH=/opt/voltaro/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VOLTARO_HOST=0.0.0.0 \
    VOLTARO_DATA_DIR=/var/lib/voltaro \
    VOLTARO_LOG_FORMAT=json
USER voltaro
WORKDIR /var/lib/voltaro
EXPOSE 8080 9000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/livez', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["voltaro", "serve"]
