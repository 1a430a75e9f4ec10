"""A remote model says what its server says, charges what was used, and fails in one line."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from recursor.errors import ModelError, RecursorError, UsageError
from recursor.models import openai, registry
from recursor.types import Answer, Message, Prompt, Request, Sampling, Segment, Span
from tests.conftest import Cli, read
from tests.models.server import Reply, Server, chat, fault

CHAT = Prompt(
    messages=(
        Message("system", (Segment("Be brief."),)),
        Message("user", (Segment("About: "), Segment("clips é", "guest"))),
    )
)
PLAIN = Prompt(plain=(Segment("Q: "), Segment("clips?", "guest"), Segment("\nA:")))
SOON = {"retry-after-ms": "1"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server.serving() as serving:
        monkeypatch.setenv("OPENAI_BASE_URL", serving.url)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield serving


@pytest.fixture
def model(server: Server) -> Iterator[openai.Remote]:
    loaded = openai.Remote("openai:tiny")
    yield loaded
    loaded.close()


def call(model: openai.Remote, prompt: Prompt = CHAT, **sampling: Any) -> Request:
    return Request(model.render(prompt), Sampling(**{"max_tokens": 20, **sampling}), 7, "clips")


def ask(model: openai.Remote, prompt: Prompt = CHAT, **sampling: Any) -> Answer:
    return asyncio.run(model.complete(call(model, prompt, **sampling)))


def failure(model: openai.Remote) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(model)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_chat_is_sent_as_messages(model: openai.Remote, server: Server) -> None:
    answer = ask(model, stop=("END",), temperature=0.5, top_k=3, min_p=0.1, repeat_penalty=1.2)
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.body == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "About: clips é"},
        ],
        "seed": 7,
        "temperature": 0.5,
        "top_p": 0.95,
        "max_tokens": 20,
        "stop": ["END"],
        "top_k": 3,
        "min_p": 0.1,
        "repeat_penalty": 1.2,
        "repetition_penalty": 1.2,
    }
    assert (answer.text, answer.finish_reason, answer.token_ids) == ("red and blue", "stop", None)
    assert (answer.prompt_tokens, answer.answer_tokens, answer.cached_tokens) == (9, 4, 0)
    assert answer.decode_s > 0


def test_a_plain_prompt_is_completed(model: openai.Remote, server: Server) -> None:
    server.replies = [Reply({"choices": [{"text": " many", "finish_reason": "length"}]})]
    answer = ask(model, PLAIN)
    (asked,) = server.asked
    assert asked.path == "/v1/completions"
    assert (asked.body["prompt"], asked.body["max_tokens"]) == ("Q: clips?\nA:", 20)
    assert not {"messages", "stop"} & set(asked.body)
    assert (answer.text, answer.finish_reason) == (" many", "length")


def test_openai_itself_is_sent_only_what_it_knows(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    model = openai.Remote("openai:tiny")
    model._client.base_url = server.url
    ask(model)
    model.close()
    (asked,) = server.asked
    assert set(asked.body) == {
        "model", "messages", "seed", "temperature", "top_p", "max_completion_tokens",
    }  # fmt: skip
    assert asked.headers["authorization"] == "Bearer sk-mine"


def test_what_is_recorded_is_a_transcript_with_provenance(model: openai.Remote) -> None:
    rendered = model.render(CHAT)
    assert rendered.text == "system:\nBe brief.\n\nuser:\nAbout: clips é\n\n"
    guest = [span for span in rendered.spans if span.source == "guest"]
    assert guest == [Span(32, 39, "guest")]
    assert rendered.text[32:39] == "clips é"
    plain = model.render(PLAIN)
    assert (plain.text, plain.messages) == ("Q: clips?\nA:", ())


def test_bytes_are_reserved_and_usage_is_charged(model: openai.Remote, server: Server) -> None:
    rendered = model.render(CHAT)
    assert model.count(rendered) == len(rendered.text) + 1 + 2 * openai.FRAME_TOKENS
    assert model.count(model.render(PLAIN)) == len("Q: clips?\nA:") + openai.FRAME_TOKENS
    usage = {"prompt_tokens": 9, "completion_tokens": 4}
    server.replies = [Reply(chat(usage={**usage, "prompt_tokens_details": {"cached_tokens": 5}}))]
    answer = ask(model)
    assert (answer.prompt_tokens, answer.answer_tokens, answer.cached_tokens) == (9, 4, 5)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        "much",
        {"prompt_tokens": 9},
        {"prompt_tokens": -1, "completion_tokens": 4},
        {"prompt_tokens": None, "completion_tokens": None},
        {"prompt_tokens": 10**9, "completion_tokens": 10**9},
    ],
)
def test_usage_that_cannot_be_is_charged_as_reserved(
    model: openai.Remote, server: Server, usage: object
) -> None:
    server.replies = [Reply(chat(usage=usage))]
    answer = ask(model)
    assert answer.prompt_tokens == model.count(model.render(CHAT))
    assert answer.answer_tokens == 20


def test_an_answer_without_words_is_empty(model: openai.Remote, server: Server) -> None:
    choice = {"message": {"content": None, "tool_calls": []}, "finish_reason": "content_filter"}
    server.replies = [Reply({"choices": [choice]})]
    answer = ask(model)
    assert (answer.text, answer.finish_reason) == ("", "content_filter")


@pytest.mark.parametrize("status", [429, 500])
def test_a_failed_attempt_is_repeated(model: openai.Remote, server: Server, status: int) -> None:
    server.replies = [Reply(fault("later"), status, SOON)] * 2 + [Reply(chat("at last"))]
    assert ask(model).text == "at last"
    assert len(server.asked) == 3


def test_in_the_end_the_servers_words_are_told(model: openai.Remote, server: Server) -> None:
    server.replies = [Reply(fault("come back\nlater"), 429, SOON)]
    assert str(failure(model)) == f"{server.url} answered 429: come back later"
    assert len(server.asked) == 1 + openai.RETRIES


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (Reply(fault("bad key"), 401), "failed", "answered 401: bad key; check OPENAI_API_KEY"),
        (Reply(fault("no model tiny"), 404), "failed", "answered 404: no model tiny"),
        (Reply({"error": "no model tiny"}, 404), "failed", "answered 404: no model tiny"),
        (Reply("<html>" + "x" * 9999, 403), "failed", "answered 403: <html>xxx"),
        (Reply(fault("too long", code="context_length_exceeded"), 400), "context_overflow", "long"),
        (Reply(fault("big", type="exceed_context_size_error"), 400), "context_overflow", "big"),
        (Reply({"choices": []}), "failed", "sent something that is no answer"),
        (Reply({"error": "upstream"}), "failed", "sent something that is no answer"),
        (Reply("{"), "failed", "sent something that is no answer"),
        (Reply("hello", headers={"Content-Type": "text/plain"}), "failed", "that is no answer"),
    ],
)
def test_a_refusal_is_one_line(
    model: openai.Remote, server: Server, reply: Reply, kind: str, told: str
) -> None:
    server.replies = [reply]
    error = failure(model)
    assert told in str(error)
    assert error.kind == kind
    assert len(str(error)) < 400


def test_a_key_that_the_server_repeats_is_not_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url.replace("//", "//me:word@"))
    model = openai.Remote("openai:tiny")
    server.replies = [Reply(fault("sk-mine is no key"), 401)]
    told = str(failure(model))
    model.close()
    assert "[key] is no key" in told
    assert "word" not in told


def test_a_server_that_is_silent_or_gone_is_one_line(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(openai, "RETRIES", 0)
    model = openai.Remote("openai:tiny")
    server.replies = [Reply()]
    assert str(failure(model)) == f"{server.url} gave no answer within 0.2 s"
    model.close()

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        model = openai.Remote("openai:tiny")
        assert str(failure(model)).startswith(f"cannot reach {url} (ConnectError); check OPENAI_")
        model.close()


def test_cancelling_hangs_up(model: openai.Remote, server: Server) -> None:
    server.replies = [Reply(), Reply(chat("again"))]

    async def cancel_then_ask() -> str:
        asked = asyncio.create_task(model.complete(call(model)))
        assert await asyncio.to_thread(server.arrived.wait, 60)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await asyncio.to_thread(server.hung_up.wait, 60)
        return (await model.complete(call(model))).text

    assert asyncio.run(cancel_then_ask()) == "again"


def test_the_digest_names_server_and_model(
    server: Server, model: openai.Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    same, other = openai.Remote("openai:tiny"), openai.Remote("openai:other")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    elsewhere = openai.Remote("openai:tiny")
    assert same.info == model.info
    assert len({each.info.digest for each in (model, other, elsewhere)}) == 3
    assert model.info.engine.startswith("openai ")
    for each in (same, other, elsewhere):
        each.close()


@pytest.mark.parametrize(
    ("spec", "environment", "told"),
    [
        ("openai:", {}, "openai:NAME"),
        ("openai:tiny", {}, "set OPENAI_API_KEY, or OPENAI_BASE_URL"),
        ("openai:tiny", {"OPENAI_BASE_URL": "nonsense"}, "OPENAI_BASE_URL is no URL"),
        ("openai:tiny", {"OPENAI_BASE_URL": ""}, "OPENAI_BASE_URL is no URL"),
        (
            "openai:tiny",
            {"OPENAI_BASE_URL": "http://a:b/v1", "OPENAI_API_KEY": "k"},
            "OPENAI_BASE_URL is no URL",
        ),
        ("openai:tiny", {"OPENAI_API_KEY": "schlüssel"}, "OPENAI_API_KEY holds"),
        ("openai:tiny", {"OPENAI_API_KEY": "sk\nmine"}, "OPENAI_API_KEY holds"),
    ],
)
def test_a_bad_setting_is_one_line(
    monkeypatch: pytest.MonkeyPatch, spec: str, environment: dict[str, str], told: str
) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RecursorError) as caught:
        registry.load(spec)
    assert told in str(caught.value)
    assert isinstance(caught.value, UsageError) or not environment


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ModelError, match=r" -m pip install .*\[openai\]'"):
        registry.load("openai:tiny")


@pytest.mark.jail
def test_a_tree_grows_from_a_server_and_is_recorded(cli: Cli, db: str, server: Server) -> None:
    program = "```bash\n./query-model name a colour; ./query-model another; exit 7\n```"
    server.replies = [Reply(chat(program)), Reply(chat("red")), Reply(fault("tired"), 400)]
    environment = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-mine"}
    ran = cli("run", "goal", "-m", "openai:tiny", "--json", env=environment)
    assert ran.returncode == 0, ran.stderr
    run = read(db, json.loads(ran.stdout)["run"]["id"])
    assert run["run"]["end_cause"] == "completed"
    assert (run["run"]["model"], run["run"]["model_family"]) == ("openai:tiny", "remote")
    (node,) = run["nodes"]
    assert (node["exit_code"], node["stdout"]["text"]) == (7, "red\n")
    root, first, second = run["queries"]
    assert (first["prompt"], first["rendered"]) == ("name a colour", "user:\nname a colour\n\n")
    assert [query["decision"] for query in run["queries"]] == ["granted", "granted", "failed"]
    assert (first["prompt_tokens"], first["answer_tokens"], first["answer"]) == (9, 4, "red")
    assert second["error"] == f"{server.url} answered 400: tired"
    assert [asked.body["seed"] for asked in server.asked] == [
        query["seed"] for query in (root, first, second)
    ]
    assert server.asked[0].headers["authorization"] == "Bearer sk-mine"
    assert "sk-mine" not in json.dumps(run) + ran.stdout + ran.stderr
