"""Helpers that let one app file run unchanged on gradio 3.50 .. 6.x.

The apps are started as scripts of their own, with their settings in the environment:
KS_PORT KS_AUTH=1 KS_ROOT_PATH KS_MAX_SIZE KS_API_OPEN=0|1 KS_CONCURRENCY KS_QUEUE=0 KS_SHOW_ERROR=0
KS_MAX_FILE_SIZE=1kb KS_MCP=1 KS_MONITORING=1 KS_ASSETS=folder
"""

from __future__ import annotations

import inspect
import os
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
import gradio as gr

VERSION = tuple(int(x) for x in gr.__version__.split(".")[:3])
ASSETS = Path(os.environ.get("KS_ASSETS", Path(__file__).with_name("assets")))
# Written here, because a checkout could not hold this name on every file system.
(ASSETS / "ünï cödé & #1?.txt").write_text("unicode name\n")


def has(name):
    return hasattr(gr, name)


def _accepts(fn):
    try:
        p = inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return None
    # gradio 3's **kwargs only produce warnings, so treat them as "named params only"
    return set(p)


def C(name, *a, **kw):
    """gr.<name>(...) with the keyword arguments that this version knows."""
    cls = getattr(gr, name)
    ok = _accepts(cls.__init__)
    if ok is not None:
        kw = {k: v for k, v in kw.items() if k in ok}
    return cls(*a, **kw)


def on(trigger, fn, inputs=None, outputs=None, **kw):
    """button.click(...) and the like, with the keyword arguments that this version knows.

    `visibility`, public, undocumented or private, is put the way that this version spells it.
    """
    ok = _accepts(trigger) or set()
    vis = kw.pop("visibility", None)
    if vis is not None:
        if "api_visibility" in ok:
            kw["api_visibility"] = vis
        elif vis == "private":
            kw["api_name"] = False
        elif vis == "undocumented" and "show_api" in ok:
            kw["show_api"] = False
    if "js" in kw and "js" not in ok and "_js" in ok:
        kw["_js"] = kw.pop("js")
    # From 6.0 api_name=False is no longer the way.
    if kw.get("api_name") is False and "api_visibility" in ok:
        kw.pop("api_name")
        kw["api_visibility"] = "private"
    kw = {k: v for k, v in kw.items() if k in ok}
    return trigger(fn, inputs, outputs, **kw)


def launch(demo, **extra):
    env = os.environ
    q = {}
    if env.get("KS_MAX_SIZE"):
        q["max_size"] = int(env["KS_MAX_SIZE"])
    if env.get("KS_API_OPEN"):
        q["api_open"] = env["KS_API_OPEN"] == "1"
    if env.get("KS_CONCURRENCY"):
        if VERSION < (4,):
            q["concurrency_count"] = int(env["KS_CONCURRENCY"])
        elif "default_concurrency_limit" in _accepts(demo.queue):
            q["default_concurrency_limit"] = int(env["KS_CONCURRENCY"])
    if VERSION < (4,) and "concurrency_count" not in q:
        q["concurrency_count"] = 4
    if env.get("KS_QUEUE", "1") == "1" and hasattr(demo, "queue"):
        demo.queue(**q)
    kw = {
        "server_name": "127.0.0.1",
        "server_port": int(env.get("KS_PORT", "7860")),
        "share": False,
        "quiet": False,
        "show_error": env.get("KS_SHOW_ERROR", "1") == "1",
        "allowed_paths": [str(ASSETS)],
        "inbrowser": False,
        "ssr_mode": False,
    }
    if env.get("KS_AUTH"):
        kw["auth"] = ("user", "pass")
    if env.get("KS_ROOT_PATH"):
        kw["root_path"] = env["KS_ROOT_PATH"]
    if env.get("KS_MAX_FILE_SIZE"):
        v = env["KS_MAX_FILE_SIZE"]
        kw["max_file_size"] = int(v) if v.isdigit() else v
    if env.get("KS_MCP"):
        kw["mcp_server"] = True
    if env.get("KS_MONITORING"):
        kw["enable_monitoring"] = True
    kw.update(extra)
    ok = _accepts(demo.launch)
    demo.launch(**{k: v for k, v in kw.items() if k in ok})
