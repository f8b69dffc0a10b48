# The server in an image: packages and compiled code are made in a first stage, and only they go into the second.
#
#   docker build -t factory-dashboard .
#   docker run -d --name factory --read-only --tmpfs /tmp -v factory-data:/data -p 127.0.0.1:5000:5000 factory-dashboard

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends binutils >/dev/null
RUN python -m venv /opt/venv
COPY requirements.txt /opt/
# What only tests, notebooks, debuggers or compilers read, and pip itself, is a third of the packages.
RUN /opt/venv/bin/pip install --quiet --no-compile -r /opt/requirements.txt \
    && /opt/venv/bin/pip uninstall --quiet --yes pip setuptools \
    && find /opt/venv -type d -name tests -prune -exec rm -rf {} + \
    && find /opt/venv -type f \( -name '*.js.map' -o -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.h' -o -name '*.a' \) -delete \
    && cd /opt/venv/lib/python3*/site-packages \
    && strip --strip-debug pysqlite3/*.so _brotli*.so \
    && rm -rf /opt/venv/share plotly/labextension plotly/package_data/widgetbundle.js plotly/package_data/datasets numpy/f2py numpy/distutils dash/testing sqlalchemy/testing
COPY . /opt/factory-dashboard
# Ours by content, since times of files need not survive the way into the image; of the packages what the server imports, and not
# the rest, which is three quarters of them.
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/factory-dashboard \
    && cd /opt/factory-dashboard \
    && /opt/venv/bin/python -c "import api, brotli, callbacks, celery.bin.celery, celery.worker, components.shell, dash, granian, jobs.sending, pysqlite3, services, sharing"

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Factory Productivity Dashboard" org.opencontainers.image.licenses="MIT"
# A number, so that orchestrators see that it isn't root; a volume made for /data begins with this folder's owner.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin factory \
    && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/factory-dashboard /opt/factory-dashboard
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 PORT=5000 DATABASE_URL=sqlite:////data/factory.db LOG_FORMAT=json
WORKDIR /opt/factory-dashboard
USER 10001:10001
VOLUME /data
EXPOSE 5000
# What makes it unready, a thread that ended or a database that hangs, is what a restart may cure.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/ready'); exit(c.getresponse().status != 200)"]
# Without a shell in between, SIGTERM reaches the server, which stores what is waiting and ends.
CMD ["python", "app.py"]
