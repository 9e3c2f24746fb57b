"""What the project says of itself, in several places, agrees."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

import space_tools

ROOT = Path(__file__).parent.parent

UNWELCOME = [
    # The project installs from wherever its user's pip does.
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    # It knows no other folder than its own.
    "/work" + "/main",
    "/work" + "/shared",
    "/opt" + "/pypi",
    "/tmp" + "/dev/",
]


@pytest.fixture(scope="module")
def server() -> dict[str, Any]:
    server: dict[str, Any] = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    return server


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project: dict[str, Any] = tomllib.load(file)["project"]
    return project


def project_files() -> list[Path]:
    """Every file that is in the repository, or would be if it were added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_server_json_is_valid(server: dict[str, Any]) -> None:
    [schema_file] = (ROOT / "tests" / "schemas").glob("server.schema.*.json")
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    errors = Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(server)
    assert [error.message for error in errors] == []
    assert server["$schema"] == schema["$id"]


def test_server_json_agrees_with_the_package(
    server: dict[str, Any], project: dict[str, Any]
) -> None:
    [package] = server["packages"]
    assert package["registryType"] == "pypi"
    assert package["identifier"] == project["name"]
    assert package["version"] == server["version"] == space_tools.__version__
    assert server["title"] == project["name"]
    assert server["description"] == project["description"]
    assert len(server["description"]) <= 100  # what the registry takes


def test_server_json_starts_the_server_that_the_readme_shows(server: dict[str, Any]) -> None:
    [package] = server["packages"]
    serve, space = package["packageArguments"]
    assert serve["value"] == "serve"
    assert (space["name"], space["value"]) == ("--space", "{space}")
    assert package["transport"] == {"type": "stdio"}
    assert "space-tools serve --space" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_token_is_a_secret_that_can_be_left_out(server: dict[str, Any]) -> None:
    [variable] = server["packages"][0]["environmentVariables"]
    assert variable["name"] == "HF_TOKEN"
    assert variable["isSecret"]
    assert not variable["isRequired"]


def test_the_readme_proves_ownership_of_the_server_name(server: dict[str, Any]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"<!--\s*mcp-name:\s*(\S+)\s*-->", readme) == [server["name"]]


def test_the_version_is_written_once(project: dict[str, Any]) -> None:
    assert "version" in project["dynamic"]
    assert "version" not in project
    assert re.fullmatch(r"\d+\.\d+\.\d+", space_tools.__version__)


def test_the_changelog_knows_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {space_tools.__version__}" in changelog


def test_the_readme_leads_to_what_is_promised_and_how_to_report() -> None:
    assert "[SECURITY.md](SECURITY.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.+)$", policy, re.MULTILINE)
    assert {"What is promised", "What is not", "Reporting"} <= set(titles)


def test_the_core_depends_on_no_framework_and_no_gradio(project: dict[str, Any]) -> None:
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in project["dependencies"]}
    assert names == {
        "anyio",
        "click",
        "filelock",
        "httpcore2",
        "httpx2",
        "huggingface_hub",
        "jsonschema",
        "mcp",
        "platformdirs",
        "prometheus_client",
        "pydantic",
        "python-multipart",
        "rich",
        "starlette",
        "uvicorn",
        "wsproto",
    }
    assert "mcp>=2" not in " ".join(project["dependencies"])


@pytest.mark.parametrize("word", UNWELCOME)
def test_no_file_names_a_registry_or_a_foreign_folder(word: str) -> None:
    needle = word.encode()
    named = [path.relative_to(ROOT) for path in project_files() if needle in path.read_bytes()]
    assert named == []


def test_the_pictures_in_the_readme_load_nothing_from_elsewhere() -> None:
    """They are made by `python examples/recordings.py`."""
    shown = re.findall(
        r"\]\((examples/recordings/\S+\.svg)\)", (ROOT / "README.md").read_text("utf-8")
    )
    assert len(shown) == 2
    for name in shown:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert text.startswith("<svg ")
        assert "font-face" not in text
        assert "href" not in text
