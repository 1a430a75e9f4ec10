"""The guest's commands: `query-model`, `run-program`, `program`, `budget` and `memory`.

Each is given the name that it is called by, which the operator may have changed.
"""

import argparse
import json
import os
import sys

import recursor_guest as guest

ANSWERED, USAGE, DENIED, FAILED, CLOSED = 0, 2, 3, 4, 5
REFUSED = 125
NO_SUCH_KEY = 1


def text_of(data):
    return data.decode("utf-8", "backslashreplace")


def query_model(name, arguments):
    parser = argparse.ArgumentParser(name, description="Ask the language model.")
    parser.add_argument("--code", action="store_true", help="print only the program in the answer")
    parser.add_argument("--key", metavar="L", help="a label that names this query in the record")
    parser.add_argument("--model", metavar="NAME", help="another model, if there is one")
    parser.add_argument("--max-tokens", type=int, metavar="N", help="length of the answer")
    parser.add_argument("--temperature", type=float, metavar="T", help="randomness of the answer")
    parser.add_argument("prompt", nargs="*", help="the prompt; without it, standard input")
    options = parser.parse_args(arguments)
    if options.prompt:
        prompt = text_of(os.fsencode(" ".join(options.prompt)))
    else:
        prompt = text_of(sys.stdin.buffer.read())
    if not prompt.strip():
        parser.error("the prompt is empty")
    answer = guest.query(
        prompt, options.code, options.key, options.max_tokens, options.temperature, options.model
    )
    if answer is None:
        print(f"{name}: the answer holds no program", file=sys.stderr)
        return ANSWERED
    sys.stdout.buffer.write(answer.encode())
    if not answer.endswith("\n"):
        sys.stdout.buffer.write(b"\n")
    return ANSWERED


def run_program(name, arguments):
    parser = argparse.ArgumentParser(name, description="Execute a program as a child.")
    parser.add_argument("--detach", action="store_true", help="do not wait; print its id")
    parser.add_argument("--language", choices=["bash", "python"], help="default: as it reads")
    parser.add_argument("file", nargs="?", default="-", help="the program; -: standard input")
    options = parser.parse_args(arguments)
    if options.file == "-":
        program = text_of(sys.stdin.buffer.read())
    else:
        try:
            with open(options.file, "rb") as file:
                program = text_of(file.read())
        except OSError as error:
            parser.error(f"{options.file}: {error.strerror}")
    if not program.strip():
        parser.error("the program is empty")
    if options.detach:
        print(guest.run(program, options.language, detach=True))
        return 0
    return guest.run(program, options.language)


def program(name, arguments):
    parser = argparse.ArgumentParser(name, description="Look after living programs.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|wait|stop")
    actions.add_parser("list", help="print id, depth and language of each")
    wait = actions.add_parser("wait", help="wait for one to end; exit as it did")
    stop = actions.add_parser("stop", help="stop one, and those that it executed")
    for action in (wait, stop):
        action.add_argument("id")
    options = parser.parse_args(arguments)
    if options.action == "wait":
        return guest.programs.wait(options.id)
    if options.action == "stop":
        guest.programs.stop(options.id)
        return 0
    for living in guest.programs.list():
        print(living["id"], living["depth"], living["language"])
    return 0


def memory(name, arguments):
    parser = argparse.ArgumentParser(name, description="Share values with other programs.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="get|put|append|list")
    actions.add_parser("get", help="print a value").add_argument("key")
    for action, does in (("put", "replace a value"), ("append", "add a line to a value")):
        writes = actions.add_parser(action, help=does)
        writes.add_argument("key")
        writes.add_argument("value", nargs="*", help="without it, standard input")
    actions.add_parser("list", help="print the keys").add_argument("prefix", nargs="?", default="")
    options = parser.parse_args(arguments)
    if options.action == "list":
        for key in guest.memory.list(options.prefix):
            print(key)
        return 0
    if options.action == "get":
        value = guest.memory.get(options.key)
        if value is None:
            return NO_SUCH_KEY
        sys.stdout.buffer.write(value.encode())
        if not value.endswith("\n"):
            sys.stdout.buffer.write(b"\n")
        return 0
    given = os.fsencode(" ".join(options.value)) if options.value else sys.stdin.buffer.read()
    write = guest.memory.put if options.action == "put" else guest.memory.append
    write(options.key, text_of(given).removesuffix("\n"))
    return 0


def budget(name, arguments):
    parser = argparse.ArgumentParser(name, description="Show what is left of the budget.")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    options = parser.parse_args(arguments)
    left = guest.budget()
    if options.json:
        print(json.dumps(left))
    else:
        for name, value in left.items():
            print(f"{name} {value}")
    return 0


COMMANDS = {
    "query-model": query_model,
    "run-program": run_program,
    "program": program,
    "budget": budget,
    "memory": memory,
}


def main(command, name, arguments):
    """Run a command that is called `name`; return its exit code."""
    try:
        code = COMMANDS[command](name, arguments)
        sys.stdout.flush()  # or Python would, when nobody can handle any more that it fails
        return code
    except guest.Denied as error:
        code, message = DENIED if command == "query-model" else REFUSED, error
    except guest.Failed as error:
        code, message = FAILED, error
    except guest.Closed as error:
        code, message = CLOSED, error
    except ValueError as error:
        code, message = USAGE, error
    except BrokenPipeError:
        # Whoever read the output stopped: nothing more to say, and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    print(f"{name}: {message}", file=sys.stderr)
    return code
