"""Apps that want a request, or its secrets, to go where it should not."""

import json
from typing import Any

from starlette.responses import JSONResponse, RedirectResponse, Response

from tests.hostile.scenario import (
    Act,
    Scenario,
    Scene,
    config_with,
    info_with,
    joined,
    script,
    with_props,
)
from tests.minimal_app import PREFIX
from tests.scripted_app import CLOSE_STREAM, Script, completed, minimal_app

CONFIG, INFO = ("GET", "/config"), ("GET", f"{PREFIX}/info")
JOIN, DATA = ("POST", f"{PREFIX}/queue/join"), ("GET", f"{PREFIX}/queue/data")
HEARTBEAT = ("GET", f"{PREFIX}/heartbeat/")
META = {"_type": "gradio.FileData"}


def a_prefix(name: str, prefix: str) -> Scenario:
    """An app whose API is, as it says, at `prefix` (a format of the two origins)."""

    def play(scene: Scene) -> Script:
        told = prefix.format(elsewhere=scene.elsewhere, netloc=scene.netloc_elsewhere)
        return script(config=config_with(api_prefix=told), routes={INFO: [Response("", 404)]})

    return Scenario(
        name=f"an API prefix {name}", play=play, error="prefix", arguments={}, alone=True
    )


ORIGINS = Act()

ORIGINS += [
    a_prefix("that is a URL", "{elsewhere}/gradio_api"),
    a_prefix("that names a host", "//{netloc}/gradio_api"),
    a_prefix("that makes a user of the host", "@{netloc}/gradio_api"),
    a_prefix("that makes a name of the port", ".{netloc}/gradio_api"),
    a_prefix("with dots", "/../../gradio_api"),
    a_prefix("that begins a query", "/gradio_api?a="),
    a_prefix("that ends a line", "/gradio_api\r\nX-Evil: {elsewhere}"),
    a_prefix("with a backslash", "/\\{netloc}/gradio_api"),
]


def a_redirect(what: str, method: str, path: str, status: int, **ends: Any) -> Scenario:
    """An app that sends the client elsewhere instead of answering."""

    def play(scene: Scene) -> Script:
        there = RedirectResponse(f"{scene.elsewhere}{path}", status)
        return script(routes={(method, path): [there]})

    return Scenario(name=f"a redirect ({status}) of {what}", play=play, **ends)


ORIGINS += [
    *(
        a_redirect("the configuration", *CONFIG, status, error=f"/config gives {status}")
        for status in (301, 302, 303, 307, 308)
    ),
    a_redirect("the description", *INFO, 302, error="`x` is not a parameter"),
    a_redirect("a call", *JOIN, 307, error="The app answered 307"),
    a_redirect("a call's messages", *DATA, 302, error="The app answered 302"),
]


@ORIGINS(error="/config gives 302")
def a_redirect_to_a_local_file(scene: Scene) -> Script:
    there = Response("", 302, {"location": "file:///etc/passwd"})
    return script(routes={CONFIG: [there]})


@ORIGINS(error="/config gives 302")
def redirects_without_end(scene: Scene) -> Script:
    return script(routes={CONFIG: [RedirectResponse(f"{scene.url}/config", 302)]})


@ORIGINS(gives="hello")
def headers_that_lead_elsewhere(scene: Scene) -> Script:
    headers = {
        "refresh": f"0; url={scene.elsewhere}",
        "link": f"<{scene.elsewhere}>; rel=preload",
        "alt-svc": f'h2="{scene.netloc_elsewhere}"; ma=86400',
        "content-location": f"{scene.elsewhere}/",
        "location": f"{scene.elsewhere}/",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "report-to": json.dumps({"endpoints": [{"url": scene.elsewhere}]}),
    }
    config, info = minimal_app()
    return script(
        join=[JSONResponse({"event_id": "event-1"}, headers=headers)],
        routes={CONFIG: [JSONResponse(config, headers=headers)],
                INFO: [JSONResponse(info, headers=headers)]},
    )  # fmt: skip


@ORIGINS(gives="hello")
def a_configuration_that_names_another_root(scene: Scene) -> Script:
    there = scene.elsewhere
    lies = {"root": there, "root_path": there, "api_url": there, "share_url": there, "src": there,
            "space_id": "victim/private", "is_space": True, "stylesheets": [f"{there}/a.css"],
            "theme": f"{there}/t.json", "username": "admin", "page": {there: {}}}  # fmt: skip
    return script(config=config_with(**lies))


@ORIGINS(gives="hello")
def a_schema_that_is_elsewhere(scene: Scene) -> Script:
    there = {"$ref": f"{scene.elsewhere}/schema.json", "$schema": f"{scene.elsewhere}/meta"}
    return script(info=info_with(type=there))


@ORIGINS(gives="hello")
def defaults_that_are_files_elsewhere(scene: Scene) -> Script:
    file = {"path": f"{scene.elsewhere}/a", "url": f"{scene.elsewhere}/b", "meta": META}
    config = with_props("textbox", value=file)
    return script(config=config, info=info_with(parameter_default=file, example_input=file))


@ORIGINS(gives="hello")
def cookies_for_another_host(scene: Scene) -> Script:
    answer = joined()
    answer.set_cookie("host", "a", domain="127.0.0.1")
    answer.raw_headers.append((b"set-cookie", b"wide=1; Domain=.; Path=/; SameSite=None"))
    answer.raw_headers.append((b"set-cookie", b"big=" + b"x" * 60_000))
    answer.raw_headers += [(b"set-cookie", b"c%d=%d" % (n, n)) for n in range(500)]
    return script(join=[answer])


@ORIGINS(gives="hello")
def a_replica_that_is_elsewhere(scene: Scene) -> Script:
    answer = joined()
    answer.headers["x-proxied-replica"] = f"a-..%2f..@{scene.netloc_elsewhere}"
    return script(join=[answer])


@ORIGINS()
def heartbeats_that_are_redirected(scene: Scene) -> Script:
    config = config_with()
    config["components"].append({"id": 9, "type": "state", "props": {}, "skip_api": True})
    config["dependencies"][0] |= {"inputs": [0, 9], "outputs": [1, 9]}

    there = RedirectResponse(f"{scene.elsewhere}/heartbeat", 302)
    messages = [[completed("event-1", ["hello", None]), CLOSE_STREAM]]
    return script(config=config, data=messages, routes={HEARTBEAT: [there]})
