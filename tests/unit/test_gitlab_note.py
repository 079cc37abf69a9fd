"""The job of docs/gitlab-ci.yml that writes the report into a merge request, with a stand-in for GitLab."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pulumi_telnyx.report.escaping import marker

from .workflows import gitlab

NOTES = "/api/v4/projects/5/merge_requests/7/notes"
TOKEN = "fake-note-token-1"
PER_PAGE = 2
MARKER = marker("phones")


class GitLab:
    """The notes of one merge request, two a page."""

    def __init__(self) -> None:
        self.notes = ["First", "Second", "Third"]
        gitlab = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                url = urlsplit(self.path)
                assert url.path.startswith(NOTES)
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
                if self.headers["PRIVATE-TOKEN"] != TOKEN:
                    self._send(401, {"message": "401 Unauthorized"})
                elif self.command == "GET":
                    page = int(parse_qs(url.query)["page"][0])
                    first = (page - 1) * PER_PAGE
                    found = list(enumerate(gitlab.notes))[first : first + PER_PAGE]
                    more = str(page + 1) if first + PER_PAGE < len(gitlab.notes) else ""
                    self._send(200, [{"id": number, "body": text} for number, text in found], more)
                elif self.command == "POST":
                    gitlab.notes.append(body["body"])
                    self._send(201, {})
                else:
                    gitlab.notes[int(url.path.rpartition("/")[2])] = body["body"]
                    self._send(200, {})

            do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the base class looks for these

            def _send(self, status: int, content: object, next_page: str = "") -> None:
                data = json.dumps(content).encode()
                self.send_response_only(status)
                self.send_header("X-Next-Page", next_page)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def server() -> Iterator[GitLab]:
    server = GitLab()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join()


def test_the_report_is_one_note_that_is_updated(server: GitLab, tmp_path: Path) -> None:
    """Also where it is not on the first page of notes."""
    (tmp_path / "report-40.md").write_text(f"- `prod`: update 1 connection\n\n{MARKER}\n")
    first = _note(server, tmp_path)
    (tmp_path / "report-40.md").write_text(f"No changes in `prod`. {MARKER}\n")
    second = _note(server, tmp_path)

    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert server.notes[:3] == ["First", "Second", "Third"]
    (note,) = server.notes[3:]
    assert note == (
        "No changes in `prod`. \n\nCommit 1111, [pipeline](https://gitlab.example.com/p/1).\n" + MARKER
    )


def test_without_a_report_the_note_says_so(server: GitLab, tmp_path: Path) -> None:
    """Also where another pipeline has left its own: it would look like the result of this commit."""
    (tmp_path / "report-39.md").write_text(f"No changes in `prod`. {MARKER}\n")

    done = _note(server, tmp_path)

    assert done.returncode == 0, done.stderr
    (note,) = server.notes[3:]
    assert note.startswith("⚠️ **There is no preview of this commit.**\n")

    (tmp_path / "report-40.md").write_text(f"No changes in `prod`. {MARKER}\n")
    assert _note(server, tmp_path).returncode == 0
    (note,) = server.notes[3:]
    assert note.startswith("No changes in `prod`.")


def test_what_is_no_report_is_not_posted(server: GitLab, tmp_path: Path) -> None:
    """Code of the branch wrote the file."""
    (tmp_path / "report-40.md").write_text("CANARY\n")

    done = _note(server, tmp_path)

    assert done.returncode == 0, done.stderr
    assert server.notes[3].startswith("⚠️ **There is no preview of this commit.**\n")
    assert "CANARY" not in server.notes[3]


@pytest.mark.parametrize("made", ["too long", "far too long", "a link", "no text"])
def test_a_file_that_a_branch_has_made_up_is_not_posted(server: GitLab, tmp_path: Path, made: str) -> None:
    """It has to be a plain file of a comment's size."""
    report = tmp_path / "report-40.md"
    content = {"too long": "é" * 60_000, "far too long": "x" * 300_000}.get(made, "")
    if made == "a link":
        (tmp_path / "secret").write_text(f"CANARY {MARKER}")
        report.symlink_to("secret")
    elif made == "no text":
        report.write_bytes(b"\xff\xfe")
    else:
        report.write_text(f"CANARY {content} {MARKER}")

    done = _note(server, tmp_path)

    assert done.returncode == 0, done.stderr
    assert server.notes[3].startswith("⚠️ **There is no preview of this commit.**\n")
    assert "CANARY" not in server.notes[3]


def test_a_report_gives_gitlab_no_orders(server: GitLab, tmp_path: Path) -> None:
    """A line that begins with a slash would be a quick action of the token's owner."""
    (tmp_path / "report-40.md").write_text(
        f"/merge\n- a/b\n\n \t/approve\r/close\u2028/label x\n{MARKER}\n", encoding="utf-8"
    )

    done = _note(server, tmp_path)

    assert done.returncode == 0, done.stderr
    lines = server.notes[3].splitlines()
    assert lines[:3] == ["\u2215merge", "- a/b", ""]
    assert not [line for line in lines if line.lstrip().startswith("/")]


def test_a_token_that_may_not_write_is_named_and_not_shown(server: GitLab, tmp_path: Path) -> None:
    """One line says what to do."""
    done = _note(server, tmp_path, token="fake-other-token-1")

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "NOTE_TOKEN" in line
    assert "401" in line
    assert "fake-other-token-1" not in done.stdout + done.stderr


def _note(server: GitLab, folder: Path, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    (text,) = gitlab()["note"]["script"]
    return subprocess.run(
        ["bash", "-e", "-c", text],
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "NO_PROXY": "127.0.0.1",
            "CI_API_V4_URL": f"http://127.0.0.1:{server.http.server_address[1]}/api/v4",
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_COMMIT_SHA": "1111",
            "CI_PIPELINE_ID": "40",
            "CI_PIPELINE_URL": "https://gitlab.example.com/p/1",
            "NOTE_TOKEN": token,
        },
        capture_output=True,
        text=True,
        check=False,
    )
