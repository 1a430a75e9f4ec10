"""The guest's commands: `query-model`, `run-program` and `budget`, by the name they are called."""

import argparse
import json
import os
import sys

import recursor_guest as guest

ANSWERED, USAGE, DENIED, FAILED, CLOSED = 0, 2, 3, 4, 5
RUN_DENIED = 125


def text_of(data):
    return data.decode("utf-8", "backslashreplace")


def query_model(arguments):
    parser = argparse.ArgumentParser("query-model", description="Ask the language model.")
    parser.add_argument("--code", action="store_true", help="print only the program in the answer")
    parser.add_argument("--key", metavar="L", help="a label that names this query in the record")
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
    answer = guest.query(prompt, options.code, options.key, options.max_tokens, options.temperature)
    if answer is None:
        print("query-model: the answer holds no program", file=sys.stderr)
        return ANSWERED
    sys.stdout.buffer.write(answer.encode())
    if not answer.endswith("\n"):
        sys.stdout.buffer.write(b"\n")
    return ANSWERED


def run_program(arguments):
    parser = argparse.ArgumentParser("run-program", description="Execute a program as a child.")
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
    return guest.run(program, options.language)


def budget(arguments):
    parser = argparse.ArgumentParser("budget", description="Show what is left of the budget.")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    options = parser.parse_args(arguments)
    left = guest.budget()
    if options.json:
        print(json.dumps(left))
    else:
        for name, value in left.items():
            print(f"{name} {value}")
    return 0


COMMANDS = {"query-model": query_model, "run-program": run_program, "budget": budget}


def main(name, arguments):
    denied = RUN_DENIED if name == "run-program" else DENIED
    try:
        return COMMANDS[name](arguments)
    except guest.Denied as error:
        code, message = denied, error
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
