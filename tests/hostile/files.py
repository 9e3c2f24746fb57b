"""Apps whose files are somewhere else, are something else, or want to be."""

import base64
import json
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from tests.hostile.floods import zipped
from tests.hostile.scenario import (
    MIB,
    Act,
    Scenario,
    Scene,
    info_with,
    script,
    streamed,
    with_output,
    with_props,
)
from tests.minimal_app import PREFIX
from tests.scripted_app import Answers, Script

FILES = Act()

META = {"_type": "gradio.FileData"}
UPLOAD = ("POST", f"{PREFIX}/upload")
GIVEN = ("GET", f"{PREFIX}/file=/tmp/a.txt")


def with_file(out: Any, given: Answers | None = None) -> Script:
    """An app whose output is a file; what it answers when that is fetched."""
    routes = {GIVEN: given or [Response("the file")]}
    return script(
        out=out, config=with_output("file"), info=info_with(returns="File"), routes=routes
    )


def file(path: str = "/tmp/a.txt", **more: Any) -> dict[str, Any]:
    return {"path": path, "orig_name": "a.txt", "meta": META, **more}


def a_path(name: str, path: str) -> Scenario:
    """An app whose file is, as it says, at `path` (a format of the two origins)."""

    def play(scene: Scene) -> Script:
        return with_file(
            file(path.format(elsewhere=scene.elsewhere, netloc=scene.netloc_elsewhere))
        )

    return Scenario(name=f"a file's path {name}", play=play)


FILES += [
    a_path("that is a URL", "{elsewhere}/a.txt"),
    a_path("that is a URL in capitals", "HTTP://{netloc}/a.txt"),
    a_path("that names a host", "//{netloc}/a.txt"),
    a_path("that is a share", "\\\\{netloc}\\share\\a.txt"),
    a_path("that makes a user of the host", "@{netloc}/a.txt"),
    a_path("that is a local file's URL", "file:///etc/passwd"),
    a_path("that is a local file", "/etc/passwd"),
    a_path("with dots", "../../../../../etc/passwd"),
    a_path("that ends a line", "/tmp/a.txt HTTP/1.1\r\nX-Evil: {elsewhere}\r\n\r\n"),
    a_path("that begins a query", "/tmp/a.txt?x=1#y"),
    a_path("that is a resource of ours", "space-tools://files/x/a.txt"),
    a_path("of half characters", "/tmp/\ud83d.txt"),
    a_path("of megabytes", "/" + "a" * 2 * MIB),
]


@FILES()
def a_file_whose_url_is_elsewhere(scene: Scene) -> Script:
    return with_file(file(url=f"{scene.elsewhere}/a.txt"))


@FILES()
def a_file_that_is_only_elsewhere(scene: Scene) -> Script:
    return with_file({"path": None, "url": f"{scene.elsewhere}/a.txt", "meta": META})


@FILES()
def a_stream_that_is_elsewhere(scene: Scene) -> Script:
    url = f"{scene.elsewhere}/playlist.m3u8"
    return with_file([file(url=url, is_stream=True), file("x/playlist.m3u8", is_stream=True)])


@FILES()
def files_elsewhere_in_a_chat(scene: Scene) -> Script:
    there = f"{scene.elsewhere}/a.png"
    content = [{"type": "file", "file": file(url=there)}, {"type": "text", "text": f"![]({there})"}]
    said = [{"role": "assistant", "content": content, "metadata": {"title": there}}]
    config, info = with_output("chatbot"), info_with(returns="Chatbot")
    return script(out=said, config=config, info=info)


@FILES()
def a_file_that_is_redirected(scene: Scene) -> Script:
    return with_file(file(), [RedirectResponse(f"{scene.elsewhere}/a.txt", 302)])


@FILES()
def a_file_that_is_a_local_one(scene: Scene) -> Script:
    return with_file(file(), [Response("", 302, {"location": "file:///etc/passwd"})])


@FILES()
def names_that_lead_out(scene: Scene) -> Script:
    names = [
        "../../../../../../tmp/evil.txt", "..\\..\\evil.txt", "C:\\Windows\\evil.txt", "/etc/evil",
        "CON", "aux.txt", "COM1.tar.gz", ".bashrc", ".", "..", "", "a\x00b", "a\nb",
        "evil\u202etxt.exe",
        "x" * 10_000, "%2e%2e%2fevil", "a;rm -rf ~", "$(id)", "\x1b[31mred.txt", "evil.lnk", "-rf",
    ]  # fmt: skip
    return with_file([file(orig_name=name) for name in names])


@FILES()
def headers_of_a_file_that_lie(scene: Scene) -> Script:
    headers = {
        "content-disposition": 'attachment; filename="../../evil.sh"',
        "content-type": "text/html; charset=\x1b[31m",
        "set-cookie": "a=b; Domain=localhost",
        "location": f"{scene.elsewhere}/",
    }
    return with_file(file(mime_type="text/html\r\nX-Evil: 1"), [Response("x", headers=headers)])


@FILES()
def a_page_with_a_script(scene: Scene) -> Script:
    page = HTMLResponse(f"<script>fetch('{scene.elsewhere}')</script>")
    return with_file(file(orig_name="page.html", mime_type="text/html"), [page])


@FILES()
def a_picture_with_a_script(scene: Scene) -> Script:
    picture = f'<svg xmlns="http://www.w3.org/2000/svg"><script href="{scene.elsewhere}"/></svg>'
    sent = Response(picture, media_type="image/svg+xml")
    return script(
        out=file(orig_name="a.svg", mime_type="image/svg+xml"),
        config=with_output("image"),
        info=info_with(returns="Image"),
        routes={GIVEN: [sent]},
    )


@FILES()
def a_picture_that_would_be_too_large(scene: Scene) -> Script:
    # A PNG whose head says 60,000 by 60,000 pixels.
    size = (60_000).to_bytes(4, "big")
    head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size + size + b"\x08\x06\x00\x00\x00"
    sent = Response(head + b"\0" * 600_000, media_type="image/png")
    return script(
        out=file(orig_name="a.png", mime_type="image/png"),
        config=with_output("image"),
        info=info_with(returns="Image"),
        routes={GIVEN: [sent]},
    )


@FILES()
def a_file_in_gzip_that_nobody_asked_for(scene: Scene) -> Script:
    bomb = zipped(b"\0" * MIB, 100)
    return with_file(file(), streamed(lambda: [bomb], "text/plain", content_encoding="gzip"))


@FILES()
def a_file_in_brotli(scene: Scene) -> Script:
    return with_file(file(), streamed(lambda: [b"x"], "text/plain", content_encoding="br"))


@FILES()
def a_file_that_says_it_is_a_terabyte(scene: Scene) -> Script:
    large = {"content-length": str(2**40)}
    return with_file(file(size=2**40), [Response(b"x", headers=large)])


@FILES()
def a_file_that_is_shorter_than_it_says(scene: Scene) -> Script:
    return with_file(file(), [Response(b"x", headers={"content-length": "1000"})])


@FILES()
def encoded_files_that_lie(scene: Scene) -> Script:
    page = base64.b64encode(b"<script>alert(1)</script>").decode()
    urls = [
        f"data:text/html;base64,{page}", f"data:image/svg+xml;base64,{page}",
        f"data:text/html\r\nX-Evil: 1;base64,{page}",
        f"data:text/plain;name=../../evil;base64,{page}",
        "data:text/plain;base64,@@@", "data:,", "data:", f"data:image/png;base64,{'A' * MIB}",
    ]  # fmt: skip
    return with_file([file(url) for url in urls])


@FILES()
def a_file_within_a_file(scene: Scene) -> Script:
    inner = file(orig_name=file(), size="large", mime_type=["text/html"])
    return with_file({"a": inner, "path": inner, "url": inner, "meta": META})


UPLOADED = {"x": "data:text/plain;name=mine.txt;base64,bWluZQ=="}


def taking_a_file(answer: Answers, **more: Any) -> Script:
    """An app that takes a file, and what it answers when that is uploaded."""
    info = info_with(component="File", type={"type": "string"}, parameter_default=None)
    return script(config=with_props("file", **more), info=info, routes={UPLOAD: answer})


@FILES(arguments=UPLOADED, error="did not take")
def an_upload_that_is_redirected(scene: Scene) -> Script:
    return taking_a_file([RedirectResponse(f"{scene.elsewhere}/upload", 307)])


@FILES(arguments=UPLOADED)
def an_upload_that_is_said_to_be_elsewhere(scene: Scene) -> Script:
    said = json.dumps([f"{scene.elsewhere}/\x1b[31m"])
    return taking_a_file([Response(said, media_type="application/json")])


@FILES(arguments=UPLOADED)
def an_upload_that_is_answered_without_end(scene: Scene) -> Script:
    from itertools import repeat

    return taking_a_file(streamed(lambda: repeat(b'["' + b"x" * MIB, 1000)))


@FILES(arguments={})
def a_default_that_is_a_local_file(scene: Scene) -> Script:
    local = {"path": "/etc/passwd", "url": "file:///etc/passwd", "meta": META}
    info = info_with(component="File", parameter_default=local)
    return script(config=with_props("file", value=local), info=info)
