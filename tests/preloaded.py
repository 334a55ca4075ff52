# ruff: noqa: E402, F401
"""What the process imports of which the others are forked (``tests/processes.py``).

Never Alembic: a test looks whether a process has needed it.
"""

import gc

gc.disable()  # nothing that is imported is garbage

import distributed.cli.dask_scheduler
import distributed.cli.dask_worker
import psycopg
import pytest
from apprise.manager_plugins import NotificationManager

import jobs.cli.main
import jobs.delivery.channels
import jobs.scheduler
import tests.stores

NotificationManager().load_modules()  # a hundred modules, which the first channel would load
gc.enable()
gc.freeze()
