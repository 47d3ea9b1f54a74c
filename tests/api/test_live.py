"""Against a real server in a process of its own: what the test client does not do."""

import gzip
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.api.serving import Answer, Site, serving
from tests.factories import OTP, PRIMARY, SECONDARY
from tests.processes.databases import DATABASES, ISOLATION_LEVELS, KIND

pytestmark = pytest.mark.processes

ITEM = f"plugin-items/{str(PRIMARY).replace('/', '%2F')}/"
MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", "django.middleware.common.CommonMiddleware"]


@pytest.fixture(scope="module", params=[pytest.param(level, id=level or KIND) for level in ISOLATION_LEVELS])
def site(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("live")
    name = f"plugin_system_api_{directory.parent.name}_{directory.name}".replace("-", "_")
    database = DATABASES[KIND](str(Path(directory) / "own" / "db.sqlite3") if KIND == "sqlite" else name)
    database.create_from(None)
    try:
        with serving(DATABASES=database.settings(isolation=request.param), MIDDLEWARE=MIDDLEWARE) as site:
            yield site
    finally:
        database.drop()


def talk(site: Site, request: bytes) -> bytes:
    """Return whatever the server sends back before it hangs up."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def raw(line: str, *headers: str, body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    usual = ("Host: localhost", "Authorization: Bearer anna", "Connection: close")
    return "\r\n".join([line, *usual, *headers, "", ""]).encode("latin-1") + body


class TestKeysInUrls:
    @pytest.mark.parametrize(
        "reference",
        [str(PRIMARY), str(PRIMARY).replace("/", "%2F"), str(PRIMARY).replace("/", "%2f").replace(":", "%3A")],
    )
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_may_have_their_slash_encoded_or_not(self, site: Site, reference: str, slash: str) -> None:
        for method, body in (("GET", None), ("PATCH", {})):
            assert site.send(method, f"plugin-items/{reference}{slash}", body).status == 200

    def test_are_not_decoded_twice(self, site: Site) -> None:
        assert site.send("GET", f"plugin-items/{str(PRIMARY).replace('/', '%252F')}/").status == 404

    @pytest.mark.parametrize("reference", ["%00", "%ff%fe", "%", "%zz", "a%0Ab", "%2e%2e%2f", "%ED%A0%80", "é"])
    def test_may_be_nonsense(self, site: Site, reference: str) -> None:
        for path in (f"plugin-items/{reference}/", f"plugin-types/{reference}/resolve-active/"):
            answer = talk(site, raw(f"GET /api/v1/{path} HTTP/1.1"))
            assert b" 404 " in answer.split(b"\r\n")[0]
            assert b"application/problem+json" in answer


class TestMalformedHttp:
    @pytest.mark.parametrize(
        ("request_bytes", "statuses"),
        [
            (raw("PATCH /api/v1/sync/ HTTP/1.1", "Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"), {405}),
            (
                raw(
                    f"PATCH /api/v1/{ITEM} HTTP/1.1",
                    "Content-Type: application/json",
                    "Transfer-Encoding: chunked",
                    body=b'10\r\n{"priority": 777}\r\n0\r\n\r\n',
                ),
                {400},
            ),
            (raw("POST /api/v1/sync/ HTTP/1.1", "Content-Type: application/json", "Content-Length: ten"), {400}),
            (raw("POST /api/v1/sync/ HTTP/1.1", "Content-Type: application/json", "Content-Length: -1"), {400}),
            (
                raw("POST /api/v1/sync/ HTTP/1.1", "Content-Type: application/json", "Content-Length: 99", body=b"{"),
                {400},
            ),
            (raw("POST /api/v1/sync/ HTTP/1.1", "Content-Type: \xff", "Content-Length: 2", body=b"{}"), {415}),
            (raw("GET /api/v1/plugin-items/?search=\xff HTTP/1.1"), {200}),
            (raw("GET /api/v1/plugin-items/?search=%ff%00 HTTP/1.1"), {400}),
            (raw("GET /api/v1/plugin-items/? HTTP/1.0"), {200}),
            (raw("GET /api/v1/plugin-items/ HTTP/1.1", "If-Match: \xff"), {400}),
            (raw("GET /api/v1/plugin-types/ HTTP/1.1", "X-Request-ID: \xff\x00"), {200, 400}),
            (raw("GET /api/v1/plugin-items/ HTTP/1.1", "Cookie: \xff=\xff; a=%00"), {200}),
            (raw("B\xc3D /api/v1/plugin-items/ HTTP/1.1"), {405}),
            (raw("get /api/v1/plugin-items/ HTTP/1.1"), {200, 405}),
        ],
    )
    def test_is_answered_and_not_a_500(self, site: Site, request_bytes: bytes, statuses: set[int]) -> None:
        first = talk(site, request_bytes).split(b"\r\n")[0].decode("latin-1")
        assert int(first.split()[1]) in statuses
        assert site.send("GET", ITEM).body["priority"] != 777

    @pytest.mark.parametrize(
        "request_bytes",
        [b"", b"\r\n\r\n", b"\x00" * 100, b"GET", b"GET / HTTP/9.9\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n"],
    )
    def test_leaves_the_server_alive(self, site: Site, request_bytes: bytes) -> None:
        assert b" 500 " not in talk(site, request_bytes).split(b"\r\n")[0]
        assert site.send("GET", "plugin-types/").status == 200

    def test_of_a_hundred_thousand_brackets_is_a_400(self, site: Site) -> None:
        for bracket in (b"[", b'{"a":'):
            answer = site.send("POST", "sync/", bracket * (100_000 // len(bracket)))
            assert (answer.status, answer.body["code"]) == (400, "parse_error")

    def test_of_more_than_256_kib_is_a_413(self, site: Site) -> None:
        assert site.send("POST", "sync/", b" " * (256 * 1024 + 1)).status == 413


class TestAReplyUnderGzip:
    def test_satisfies_if_match(self, site: Site) -> None:
        read = site.send("GET", ITEM, Accept_Encoding="gzip")
        assert read.headers["Content-Encoding"] == "gzip"
        assert read.tag.startswith('W/"')
        assert b'"primary"' in gzip.decompress(read.content)
        written = site.send("PATCH", ITEM, {"description": "gzip"}, If_Match=read.tag, Accept_Encoding="gzip")
        assert written.status == 200
        again = site.send("PATCH", ITEM, {"description": "again"}, If_Match=read.tag, Accept_Encoding="gzip")
        assert (again.status, again.tag) == (412, written.tag)
        assert site.send("PATCH", ITEM, {"description": "again"}, If_Match=again.tag).status == 200

    def test_satisfies_if_none_match(self, site: Site) -> None:
        for path in (ITEM, f"plugin-types/{OTP}/resolve-active/"):
            read = site.send("GET", path, Accept_Encoding="gzip")
            assert read.tag.startswith('W/"')
            assert site.send("GET", path, If_None_Match=read.tag, Accept_Encoding="gzip").status == 304


class TestTwentyChangesWithOneTag:
    def test_one_wins_and_nineteen_are_told(self, site: Site) -> None:
        read = site.send("GET", ITEM)

        def change(number: int) -> Answer:
            return site.send("PATCH", ITEM, {"priority": 100 + number}, If_Match=read.tag)

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(change, range(20)))
        assert Counter(answer.status for answer in answers) == {200: 1, 412: 19}
        (winner,) = [answer for answer in answers if answer.status == 200]
        now = site.send("GET", ITEM)
        assert now.body == winner.body["item"]
        assert {answer.tag for answer in answers} == {now.tag}

    def test_of_a_promotion_one_wins_too(self, site: Site) -> None:
        assert site.send("POST", f"{ITEM}promote/").status == 200
        other = f"plugin-items/{SECONDARY}/"
        tag = site.send("GET", other).tag
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: site.send("POST", f"{other}promote/", If_Match=tag), range(20)))
        assert Counter(answer.status for answer in answers) == {200: 1, 412: 19}
        assert {answer.tag for answer in answers} == {site.send("GET", other).tag}

    def test_on_different_rows_all_win(self, site: Site) -> None:
        paths = [f"plugin-items/{key}/" for key in (PRIMARY, SECONDARY)] + [f"plugin-types/{OTP}/"]

        def change(path: str) -> int:
            tag = site.send("GET", path).tag
            return site.send("PATCH", path, {"description": f"of {path} at {tag}"}, If_Match=tag).status

        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(change, paths)) == [200, 200, 200]


class TestTwentyReverts:
    def test_of_one_revision_are_one_and_nineteen_repetitions(self, site: Site) -> None:
        priority = site.send("GET", ITEM).body["priority"]
        number = site.send("PATCH", ITEM, {"priority": priority % 100 + 1}).body["revision"]
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: site.send("POST", f"changes/{number}/revert/"), range(20)))
        assert Counter(answer.status for answer in answers) == {200: 20}
        assert Counter(answer.body["revision"] for answer in answers)[None] == 19
        assert site.send("GET", ITEM).body["priority"] == priority


class TestAPoller:
    def test_sees_every_change_once_and_in_order_while_others_write(self, site: Site) -> None:
        since = site.send("GET", "changes/?ordering=-revision&page_size=1").body["revision"]
        done = Event()

        def write(key: Any) -> list[int]:
            path = f"plugin-items/{key}/"
            answers = [site.send("PATCH", path, {"priority": number % 7 + 1, "force": True}) for number in range(25)]
            assert {answer.status for answer in answers} == {200}
            return [answer.body["revision"] for answer in answers if answer.body["changed"]]

        def follow() -> list[int]:
            seen, position, last = [], since, False
            while True:
                cursor = ""
                while True:
                    page = site.send("GET", f"changes/?since={position}&page_size=3{cursor}").body
                    seen.extend(each["revision"] for each in page["results"])
                    if page["next_cursor"] is None:
                        break
                    cursor = f"&cursor={page['next_cursor']}"
                position = page["revision"]
                if last:
                    return seen
                last = done.is_set()

        with ThreadPoolExecutor(4) as pool:
            poller = pool.submit(follow)
            writers = [pool.submit(write, key) for key in (PRIMARY, SECONDARY, PRIMARY)]
            written = sorted(number for writer in writers for number in writer.result())
            done.set()
            assert poller.result() == written

    def test_sees_two_changes_within_a_millisecond_by_conditional_get(self, site: Site) -> None:
        path = f"plugin-types/{OTP}/resolve-active/"
        tag = site.send("GET", path).tag
        for status in ("disable", "active"):
            site.send("PATCH", ITEM, {"status": status})
            read = site.send("GET", path, If_None_Match=tag)
            assert read.status == 200
            assert (
                next(each["item"]["status"] for each in read.body["candidates"] if each["item"]["name"] == "primary")
                == status
            )
            tag = read.tag
        assert site.send("GET", path, If_None_Match=tag).status == 304
