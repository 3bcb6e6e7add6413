"""How a source is asked: operators set it, nobody sees a secret again, and the server gets what was set."""

from __future__ import annotations

from typing import Any

import pytest

from agents.scanning.actions.scans import scan_source
from agents.scanning.fetching.access import access_of
from deals.models import Source, SourceAccess
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer, local_server

FEED = rss([item(1, "Desk lamp $12")])
pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Any:
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with local_server() as running:
        running.serve("/feed", FEED, Set_Cookie="session=two; Path=/")
        yield running


@pytest.fixture
def source(server: LocalServer) -> Source:
    return Source.objects.create(name="local", title="Local", url=f"{server.url}/feed", marketplace="local")


def _address(source: Source) -> str:
    return f"/api/v1/sources/{source.pk}/access"


def test_an_operator_sets_it_and_sees_names_alone(
    source: Source, server: LocalServer, api: Any, operator: Any, signed_in: Any
) -> None:
    settings = {
        "headers": {"X-Api-Key": "s3cret-key"},
        "cookies": "session=s3cret-one; theme=dark",
        "user_agents": ["Reader/1", "Reader/2"],
    }
    answer = api(operator).patch(_address(source), settings)
    assert answer.status_code == 200, answer.data
    assert answer.json() == api(operator).get(_address(source)).json()
    assert answer.json() == {
        "headers": ["X-Api-Key"], "cookies": ["session", "theme"], "user_agents": ["Reader/1", "Reader/2"], "proxy": "",
    }  # fmt: skip
    client = signed_in(operator)
    page = client.get(f"/operations/sources/{source.pk}/").content.decode()
    assert "headers X-Api-Key; cookies session, theme; 2 user agents in turn" in page
    assert "s3cret" not in page
    row = SourceAccess.objects.get()
    assert "s3cret" not in str(row.__dict__)
    scan_source(source.pk)
    (_, headers) = server.requests[-1]
    assert headers["x-api-key"] == "s3cret-key"
    assert sorted(headers["cookie"].split("; ")) == ["session=s3cret-one", "theme=dark"]
    assert headers["user-agent"] in {"Reader/1", "Reader/2"}
    scan_source(source.pk)
    assert "session=two" in server.requests[-1][1]["cookie"], "the session goes on as the server left it"


@pytest.mark.parametrize("persona", ["owner", "stranger", None])
def test_nobody_else_sees_or_sets_it(
    source: Source, api: Any, persona: str | None, request: pytest.FixtureRequest
) -> None:
    client = api(request.getfixturevalue(persona)) if persona else api()
    for answer in (client.get(_address(source)), client.patch(_address(source), {"proxy": "http://1.1.1.1:80"})):
        assert answer.status_code in {401, 403}
    assert not SourceAccess.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"headers": {"X\r\nY": "a"}}, "headers"),
        ({"headers": {"X": "a\r\nB: c"}}, "headers"),
        ({"headers": {"Host": "evil"}}, "headers"),
        ({"headers": {"Cookie": "a=1"}}, "headers"),
        ({"cookies": "nonsense"}, "cookies"),
        ({"cookies": "a=b\r\nX: y"}, "cookies"),
        ({"user_agents": ["a\nb"]}, "user_agents"),
        ({"user_agents": ["a"] * 21}, "user_agents"),
        ({"proxy": "socks5://1.1.1.1:1080"}, "proxy"),
        ({"proxy": "http://1.1.1.1"}, "proxy"),
        ({"proxy": "http://2130706433:8080"}, "proxy"),
    ],
)
def test_what_cannot_be_is_refused_by_name(source: Source, api: Any, operator: Any, wanted: Any, field: str) -> None:
    answer = api(operator).patch(_address(source), wanted)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not SourceAccess.objects.exists()


def test_an_empty_value_takes_one_away_and_leaves_the_others(source: Source, api: Any, operator: Any) -> None:
    api(operator).patch(
        _address(source), {"cookies": "a=1", "proxy": "http://me:pw@1.1.1.1:8080", "headers": {"X": "y"}}
    )
    answer = api(operator).patch(_address(source), {"cookies": "", "headers": {}})
    assert answer.json() == {"headers": [], "cookies": [], "user_agents": [], "proxy": "http://me:…@1.1.1.1:8080"}


def test_secrets_that_cannot_be_opened_are_said(source: Source, api: Any, operator: Any, settings: Any) -> None:
    api(operator).patch(_address(source), {"cookies": "a=1"})
    settings.SECRET_KEY = "another"
    source.refresh_from_db()
    with pytest.raises(ValueError, match="Enter the secret again"):
        access_of(source)
    assert "Enter the secret again" in api(operator).get(_address(source)).json()["error"]
