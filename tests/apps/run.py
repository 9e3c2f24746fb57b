"""Runs one of these apps: `python run.py NAME`.

Idle, Gradio 6 looks for work a thousand times a second, which takes a twentieth of a processor.
Many apps are up at once here, so they look fifty times; older generations look twenty times.
"""

import runpy
import sys
from functools import wraps

from gradio.queueing import Queue

PAUSE = 0.02

make = Queue.__init__


@wraps(make)
def make_calmer(self, *args, **options):
    make(self, *args, **options)
    self.sleep_when_free = max(PAUSE, self.sleep_when_free)


Queue.__init__ = make_calmer
runpy.run_path(f"{sys.argv[1]}.py", run_name="__main__")
