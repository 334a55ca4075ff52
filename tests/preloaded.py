# ruff: noqa: E402, F401
"""What the process imports of which the others are forked (``tests/processes.py``).

Never Alembic: a test looks whether a process has needed it.
"""

import gc

gc.disable()  # nothing that is imported is garbage

from importlib import import_module
from pkgutil import walk_packages

import distributed.cli.dask_scheduler
import distributed.cli.dask_worker
import pandas
import psycopg
import pytest
import streamlit.web.cli
import streamlit.web.server.app_discovery
import streamlit.web.server.starlette.starlette_server
from apprise.manager_plugins import NotificationManager

import dashboard.app.server
import jobs.cli.main
import jobs.delivery.channels
import jobs.scheduler
import tests.stores
from dashboard import pages

for found in walk_packages(pages.__path__, f"{pages.__name__}."):
    is_a_page = found.name.count(".") == 2 or found.name.endswith(".page")  # a script, which Streamlit runs
    if not is_a_page:
        import_module(found.name)
NotificationManager().load_modules()  # a hundred modules, which the first channel would load
gc.enable()
gc.freeze()
