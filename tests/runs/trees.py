"""Random trees of deterministic programs: whatever the schedule, they come out the same."""

from __future__ import annotations

import random

CHILDREN, DEPTH = 3, 3


def rules(seed: int) -> str:
    """Return a stub's rules: the goal's program, and one for each task that a program gives."""
    drawn = random.Random(seed)
    tasks: dict[str, str] = {}
    _write(drawn, "goal", 0, tasks)
    answers = [
        f"[[rule]]\nmatch = '^{name}$'\nanswer = '''\n```bash\n{program}```\n'''\n"
        for name, program in tasks.items()
    ]
    pause = drawn.choice((0, 10, 40))
    plain = f"[[rule]]\nmatch = '(.*)'\nanswer = 'about \\1'\nexpand = true\ndelay_ms = {pause}\n"
    return "".join(answers) + plain


def _write(drawn: random.Random, name: str, depth: int, tasks: dict[str, str]) -> None:
    steps = []
    for number in range(drawn.randint(2, 5)):
        task = f"task {depth}.{number} of {name}"
        kind = drawn.choice(_KINDS if depth < DEPTH else _LEAVES)
        steps.append(kind.format(task=task, n=number, code=drawn.randint(0, 3)))
        if "{task}" in kind and "--code" in kind:
            _write(drawn, task, depth + 1, tasks)
    tasks[name] = "\n".join([*steps, f"wait; cat out.* 2> /dev/null; exit {drawn.randint(0, 3)}\n"])


_LEAVES = (
    './query-model "a question of {task}"',
    'for i in 1 2; do ./query-model "the same" > same.{n}.$i & done; wait; sort same.{n}.*',
    './query-model --key "label {n}" "$RANDOM"',
    "./memory put 'key {task}' 'value {n}'; ./memory get 'key {task}'; ./memory list 'key {task}'",
    "./budget > left.{n}; grep -c queries left.{n}",
    "echo 'exit {code}' | ./run-program; echo \"own: $?\"",
    'timeout 0.2 sleep 5; echo "waited: $?"',
    "bash -c 'echo nested; ./query-model nested'",
    "python3 -c 'from recursor_guest import query; print(query(\"from python\"))'",
    "printf '%s' '{task}' > kept.{n}.txt",
    'false || ./query-model "retried" || ./query-model "retried"',
)
_KINDS = (
    *_LEAVES,
    './query-model --code "{task}" | ./run-program; echo "child: $?"',
    './query-model --code "{task}" > p.{n}; ./run-program p.{n} > out.{n} 2>&1 &',
    'eval "$(./query-model --code "{task}" | sed "s/^exit/true/; s/; exit/; true/")"',
    './query-model --code "{task}" > p; ID="$(./run-program --detach p)"; ./program wait "$ID"',
)
