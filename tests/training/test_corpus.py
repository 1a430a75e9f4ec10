"""The grammar and the corpus: whole, valid, and closed under what its programs ask."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from random import Random

import pytest

from recursor import programs, prompts
from recursor.types import Language
from training import grammar
from training.corpus import KINDS, ROOTS, Document, Writer, documents, program
from training.evaluate import Goal
from training.grammar import Call, Template, Text

pytestmark = pytest.mark.once

RULES = grammar.rules()
QUERIES = {name for file, name in RULES if file == "queries"}
LANGUAGES = [language.value for language in Language]


def calls(template: Template) -> Iterator[str]:
    for part in template:
        if isinstance(part, Call):
            yield part.rule
            yield from calls(part.about or ())


def called(file: str, name: str) -> set[str]:
    return {call for template in RULES[file, name] for call in calls(template)}


def resolved(file: str, rule: str) -> tuple[str, str] | None:
    name = rule.lower() if rule.isupper() else rule
    if name in ("x", "word", "name"):
        return None
    return Text(Random(0)).file_of(name, file), name


def test_every_rule_that_is_called_is_there_and_every_rule_is_called() -> None:
    entries = {name for file in LANGUAGES for name in ("asking", "spawning", "leaf", "failing")}
    entries |= {"comment", "closing", "twist", "examples-everywhere", "examples-memory"}
    answers = {"idea", "step", "question", "example", "sentence", "verdict", "grade", "amount"}
    answers |= {"objection", "addition", "purpose-leaf", "purpose-asking", "goal", "topic"}
    invented = {"syllable", "letter"}
    reached = {
        found
        for file, name in RULES
        for rule in called(file, name)
        if (found := resolved(file, rule))
    }
    assert {name for _, name in set(RULES) - reached} <= entries | answers | invented | set(KINDS)


def test_what_programs_ask_and_nothing_else_has_documents() -> None:
    called_by_programs = {
        rule for file, name in RULES if file in LANGUAGES for rule in called(file, name)
    }
    assert called_by_programs & QUERIES == QUERIES == set(KINDS)


@pytest.mark.parametrize("language", Language)
def test_every_program_reads_as_one_and_asks_what_the_corpus_answers(language: Language) -> None:
    forms = [pattern(template) for name in QUERIES for template in RULES["queries", name]]
    for seed in range(150):
        text = program(Writer(Random(seed)), language, 0.8)
        found = programs.extract(text, None)
        assert found is not None
        assert found.language is language
        check(text, language)
        for question in asked_in(text, language):
            assert any(re.fullmatch(form, question, re.DOTALL) for form in forms), question


def pattern(template: Template) -> str:
    parts = (
        re.escape(part) if isinstance(part, str) else r"\d" if part.rule == "N" else ".*"
        for part in template
    )
    return "(This is a part of: .*)?" + "".join(parts)


def asked_in(text: str, language: Language) -> list[str]:
    if language is Language.BASH:
        call = r'(?:\./query-model|query-model|\$RUN_AI)(?: --code)? "((?:\$\([^)]*\)|[^"])*)"'
        return [q.replace("${PREFIX}", "") for q in re.findall(call, text)]
    return re.findall(r'query\(f?"([^"]*)"', text)


def check(text: str, language: Language) -> None:
    if language is Language.PYTHON:
        ast.parse(text)
        return
    read = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True)
    assert (read.returncode, read.stderr) == (0, ""), text


def test_the_same_seed_writes_the_same_documents() -> None:
    assert list(documents(7, 50)) == list(documents(7, 50))
    assert list(documents(7, 50)) != list(documents(8, 50))


def test_a_document_is_a_chat_or_a_plain_completion() -> None:
    for document in documents(3, 400):
        assert bool(document.turns) != bool(document.plain)
        assert document.answer.strip()


@pytest.fixture(scope="module")
def written() -> list[str]:
    return [words(document) for document in documents(3, 1500)]


@pytest.mark.parametrize("name", ROOTS)
def test_goals_are_put_in_the_words_of_each_pack(name: str, written: list[str]) -> None:
    prompt, _ = prompts.load(name).root("\0", Language.BASH)
    plain = "".join(segment.text for segment in prompt.plain)
    said = plain or "".join(message.text for message in prompt.messages)
    before, _, after = said.partition("\0")
    assert before
    assert any(text.startswith(before) and text.endswith(after) for text in written)


def words(document: Document) -> str:
    return document.plain + "".join(said for _, said in document.turns)


@pytest.mark.parametrize("name", ["open", "sealed"])
def test_the_grammar_knows_none_of_the_words_of_the_goals_it_is_tried_on(name: str) -> None:
    assert Goal.read(name)


def test_a_rule_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="no rule"):
        Text(Random(0)).write("nonsense")
