# The service as one small image: wheels are fetched and checked once, the last stage has no compiler, its packages no pip, its process no root.
# Pin a digest where builds must be the same for ever: --build-arg PYTHON_IMAGE=docker.io/library/python:3.13-slim@sha256:…
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
WORKDIR /srv/haru
COPY requirements.txt ./
RUN python -m venv --without-pip /opt/haru \
    && python -m pip --python /opt/haru/bin/python --disable-pip-version-check install \
    --no-cache-dir --no-deps --only-binary :all: --require-hashes --requirement requirements.txt
COPY . .
# A key for this line alone: nothing is signed while files are collected, and no image may hold a secret.
RUN DJANGO_SECRET_KEY=only-while-the-assets-are-collected VAR_DIR=/srv/haru/var \
    /opt/haru/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /opt/haru/bin/python -m compileall -q accounts chat config \
    && chmod -R a+rX /srv/haru

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/haru/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/srv/haru/var \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /srv/haru
COPY --from=build /opt/haru /opt/haru
COPY --from=build /srv/haru /srv/haru
# Owns no file, so that it can change none; a number, since Kubernetes proves by it that this is not root.
USER 10001:10001
EXPOSE 8000
# Gunicorn drains on it: the grace that the container gets must be above DRAIN_SECONDS + 20.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)"]
CMD ["gunicorn", "--config", "config/gunicorn.py", "config.asgi:application"]
