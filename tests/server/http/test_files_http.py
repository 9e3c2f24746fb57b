"""Files over HTTP: sent to /files, named in calls, and downloaded by signed links."""

import io

import httpx2
import pytest
from PIL import Image

from tests.gradio_server import RunningApp
from tests.server.files_of_results import files_of, text_block
from tests.server.http_server import HttpServer, http_client, http_server
from tests.server.stdio_server import error_of


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 30), "red").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("token", ["hf_someone", None])
async def test_a_file_that_was_sent_can_be_named_in_a_call(
    open_server: HttpServer, web: httpx2.AsyncClient, era: str, token: str | None
) -> None:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    form = {"file": ("a picture.png", png(), "image/png")}
    answer = await web.post(f"{open_server.url}/files", files=form, headers=headers)
    assert answer.status_code == 201
    sent = answer.json()
    assert sent == {
        "uri": sent["uri"],
        "name": "a picture.png",
        "mime_type": "image/png",
        "size": len(png()),
    }
    async with http_client(open_server.mcp, era=era, token=token) as client:
        result = await client.call_tool("ks_image_numpy", {"x": sent["uri"]})
    assert text_block(result) == "ndarray shape=(30, 20, 3) dtype=uint8"


async def test_a_body_can_be_the_file(open_server: HttpServer, web: httpx2.AsyncClient) -> None:
    sent = await web.post(f"{open_server.url}/files?name=../../x%00y.png", content=png())
    assert sent.status_code == 201
    assert "/" not in sent.json()["name"]
    assert sent.json()["mime_type"] == "image/png"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nno file\r\n--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nunfinished',
        ),
    ],
)
async def test_a_broken_form_is_refused(
    open_server: HttpServer, web: httpx2.AsyncClient, content_type: str, body: bytes
) -> None:
    url, headers = f"{open_server.url}/files", {"content-type": content_type}
    answer = await web.post(url, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The form ")


async def test_someone_elses_file_is_not_known(
    open_server: HttpServer, web: httpx2.AsyncClient
) -> None:
    mine = {"authorization": "Bearer hf_mine"}
    sent = await web.post(f"{open_server.url}/files?name=a.png", content=png(), headers=mine)
    async with http_client(open_server.mcp, era="modern", token="hf_theirs") as client:
        refused = await client.call_tool("ks_image_numpy", {"x": sent.json()["uri"]})
        assert "is not known" in error_of(refused)[0]


async def test_a_link_needs_no_token_and_only_its_own_signature_opens_it(
    open_server: HttpServer, web: httpx2.AsyncClient
) -> None:
    async with http_client(open_server.mcp, era="modern", token="hf_mine") as client:
        [one] = files_of(await client.call_tool("ks_plot", {}))
        [other] = files_of(await client.call_tool("ks_plot", {}))
    got = await web.get(one["url"])
    assert (got.status_code, len(got.content)) == (200, one["size"])
    assert got.headers["x-content-type-options"] == "nosniff"
    path, query = one["url"].split("?")
    other_path = other["url"].split("?")[0]
    signature = query.split("signature=")[1]
    wrong = [
        path,
        f"{path}?expires=99999999999&signature={signature}",
        f"{other_path}?{query}",
        f"{path}?{query[:-1]}",
        f"{path}?expires=-1&signature=é",
    ]
    answers = [await web.get(url) for url in wrong]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (404, "There is no such file here, or no longer.\n")
    }
    for token, status in (("hf_mine", 200), ("hf_theirs", 404)):
        answer = await web.get(path, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == status


async def test_what_could_carry_a_script_is_for_saving_only(
    open_server: HttpServer, web: httpx2.AsyncClient
) -> None:
    page = b"<html><script>alert(1)</script></html>"
    headers = {"authorization": "Bearer hf_mine"}
    sent = await web.post(f"{open_server.url}/files?name=a.html", content=page, headers=headers)
    path = sent.json()["uri"].removeprefix("space-tools://files")
    got = await web.get(f"{open_server.url}/files{path}", headers=headers)
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''a.html"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_paths_and_local_addresses_mean_nothing(
    open_server: HttpServer, kitchen_sink: RunningApp
) -> None:
    async with http_client(open_server.mcp, era="modern") as client:
        for source in ("/etc/hostname", "pyproject.toml", "file:///etc/hostname"):
            refused = await client.call_tool("ks_file_single", {"x": source})
            assert refused.is_error, source
        refused = await client.call_tool("ks_file_single", {"x": f"{kitchen_sink.url}/config"})
        assert refused.is_error


async def test_links_lead_to_where_the_server_is_known(kitchen_sink: RunningApp) -> None:
    options = ("--space", f"ks={kitchen_sink.url}", "--public-url", "https://tools.example/here/")
    async with http_server(*options) as server:
        assert server.url == "https://tools.example/here"
