"""What Python runs as text, told to the door before it runs.

Found through PYTHONPATH by every interpreter that reads it. An audit hook sees each text that is
compiled and each code that is executed (`exec`, `eval`, `-c`, files, modules, standard input), and
each text that goes to a shell without hooks of its own (`os.system`, `sh -c`). The door answers one
of three things: the text is the program's own code; it is an answer, whose scope begins; it is
refused, which raises `Denied`. The hook only looks on, so nothing changes for a program that is not
refused.

No event tells that an execution is over. A scope is over when the frame that began it is gone or
has moved on; that is looked up whenever it matters: before a text runs, a process starts, or the
door is asked. What is still open when the process ends, the host ends.
"""

import _socket
import _thread
import fcntl
import os
import stat
import sys
from _json import encode_basestring_ascii as quoted

_GUEST = os.path.dirname(os.path.abspath(__file__))
_DOOR = os.path.join(_GUEST, "door")
_LIBRARY = os.path.dirname(os.__file__)
_KNOWN = ("<frozen ", _LIBRARY + "/", "/usr/lib/python3/", _GUEST + "/")
"""Files whose code is nobody's answer."""
_GENERATORS = (f"{_LIBRARY}/dataclasses.py", f"{_LIBRARY}/collections/__init__.py")
"""Files of the library that execute texts which they write themselves."""
_SHELLS = ("sh", "dash")
_OWN, _SCOPE = b'{"own"', b'{"scope": "'
_KEPT = 64
_LONGEST = 4 * 2**20

_busy = _thread._local()
_texts = {}  # file name -> the latest (source, frame, instruction) that were compiled under it
_scopes = []  # (name, process, thread, frame, instruction) of every open scope, the innermost last
_leaving = _thread.RLock()  # no other thread asks for anything before the door knows what is over
os.register_at_fork(after_in_child=_leaving._at_fork_reinit)


def _hook(event, arguments):
    if event in _EVENTS and not getattr(_busy, "here", False):
        _busy.here = True
        try:
            _EVENTS[event](sys._getframe().f_back, *arguments)
        finally:
            _busy.here = False


def _place(frame):
    return (id(frame), frame.f_lasti) if frame is not None else (None, None)


def _compiled(frame, source, name):
    if isinstance(source, (str, bytes)) and not str(name).startswith(_KNOWN):
        found = _texts.setdefault(name, [])
        found.append((source, *_place(frame)))
        del found[:-_KEPT]


def _executed(frame, code):
    name = code.co_filename
    if name.startswith(_KNOWN) or (frame and frame.f_code.co_filename in _GENERATORS):
        return
    text = _source(frame, code, name)
    if text:
        _enter(frame, "exec", "python", text)


def _source(frame, code, name):
    """Return the text that a code was compiled from, if it was seen or can be read."""
    found = _texts.get(name, [])
    for source, *place in reversed(found):
        if len(found) == 1 or tuple(place) == _place(frame) or _compiles_to(source, code):
            return source
    try:
        with open(name, "rb") as file:
            return file.read()
    except (OSError, ValueError):
        return None


def _compiles_to(source, code):
    for mode in ("exec", "eval", "single"):
        try:
            if compile(source, code.co_filename, mode, dont_inherit=True) == code:
                return True
        except (SyntaxError, ValueError):
            pass
    return False


def _shell(frame, command):
    _enter(frame, "os.system", "bash", os.fsencode(command))


def _process(frame, executable, arguments, folder, environment):
    _moved(frame)
    if not _found(os.fsdecode(executable), os.fsdecode(folder or ""), environment):
        _ask({"operation": "unknown", "command": os.fsencode(executable).decode("latin-1")})
    words = (
        [os.fsencode(word) for word in arguments] if isinstance(arguments, (list, tuple)) else []
    )
    if os.path.basename(os.fsdecode(executable)) in _SHELLS and words[1:2] == [b"-c"] and words[2:]:
        _enter(frame, "sh -c", "bash", words[2])


def _found(command, folder, environment):
    """Say whether a command is there for a process that is started in a folder."""
    places = [""] if "/" in command else os.get_exec_path(environment)
    return any(os.path.exists(os.path.join(folder, place, command)) for place in places)


def _standard_input(frame):
    """Read the program that comes through standard input; Python will read a copy of it.

    The copy comes through a pipe too, if one holds it: Python decodes a file otherwise.
    """
    status = os.fstat(0)
    if stat.S_ISREG(status.st_mode):
        text = os.pread(0, status.st_size, os.lseek(0, 0, os.SEEK_CUR))
    elif stat.S_ISFIFO(status.st_mode):
        parts = []
        while part := os.read(0, 65536):
            parts.append(part)
        text = b"".join(parts)
        _put_back(text)
    else:
        return
    _texts["<stdin>"] = [(text, None, None)]


def _put_back(text):
    copy, written = os.pipe()
    try:
        if len(text) > fcntl.fcntl(written, fcntl.F_GETPIPE_SZ):
            fcntl.fcntl(written, fcntl.F_SETPIPE_SZ, len(text))
    except OSError:
        os.close(copy)
        copy = os.memfd_create("text")
        os.dup2(copy, written)
    os.write(written, text)
    if stat.S_ISREG(os.fstat(copy).st_mode):
        os.lseek(copy, 0, os.SEEK_SET)
    os.dup2(copy, 0)
    os.close(copy)
    os.close(written)


def _enter(frame, how, language, text):
    _moved(frame)
    if isinstance(text, str):
        text = text.encode("utf-8", "backslashreplace")
    request = {
        "operation": "enter",
        "language": language,
        "how": how,
        "text": text.decode("latin-1"),
    }
    reply = _ask(request)
    if reply.startswith(_SCOPE):
        name = reply[len(_SCOPE) :].partition(b'"')[0].decode()
        _scopes.append((name, os.getpid(), _thread.get_ident(), *_place(frame)))
    elif not reply.startswith(_OWN):
        _refuse(frame, reply)


def _refuse(frame, reply):
    import recursor_guest as guest

    try:
        guest.check(reply)
    except Exception as error:
        if frame is not None:
            raise
        os.write(2, f"python3: {error}\n".encode())
        os._exit(126)


def _moved(frame, *_):
    """Tell the door which scopes are over, now that `frame` goes on to something else."""
    with _leaving:
        _leave_what_is_over(frame)


def _leave_what_is_over(frame):
    if not _scopes:
        return
    mine, here = os.getpid(), (_thread.get_ident(), *_place(frame))
    stacks = {thread: set(_stack(frame)) for thread, frame in sys._current_frames().items()}
    while _scopes:
        name, process, thread, *place = _scopes[-1]
        runs = place[0] is None or tuple(place) in stacks.get(thread, ())
        if process == mine and runs and (thread, *place) != here:
            return
        _scopes.pop()
        if process == mine:
            _ask({"operation": "leave", "scope": name})


def _stack(frame):
    while frame is not None:
        yield _place(frame)
        frame = frame.f_back


def _ask(request):
    """Send one request, return the line that answers it; nothing here imports what is not there."""
    fields = ", ".join(f"{quoted(name)}: {quoted(value)}" for name, value in request.items())
    line = b"{" + fields.encode() + b"}\n"
    if len(line) > _LONGEST:
        return _OWN  # more than the door takes: nobody's answer
    door = _socket.socket(_socket.AF_UNIX)
    reply = b""
    try:
        door.connect(_DOOR)
        door.sendall(line)
        while part := door.recv(65536):
            reply += part
    except OSError:
        pass
    door.close()
    return reply


_EVENTS = {
    "compile": _compiled,
    "exec": _executed,
    "os.system": _shell,
    "subprocess.Popen": _process,
    "cpython.run_stdin": _standard_input,
    "os.fork": _moved,
    "os.exec": _moved,
    "os.posix_spawn": _moved,
    "socket.connect": _moved,
}
sys.addaudithook(_hook)
