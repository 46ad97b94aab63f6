"""Runs commands, each plugged into descriptors of given kinds, and says how they ended.

Standard input: {"jobs": N, "rows": [{"argv", "cwd", "env", "input", "stdin", "stdout", "stderr", "stop_ms"}]} in JSON.
Standard output: a JSON list, for each row {"code", "out", "err"} in its order, bytes as Base64, or {"skip"} with the reason.
"""

import base64
import concurrent.futures
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time

LIMIT_S = 120


class Skip(Exception):
    pass


def in_thread(work):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def write_all(fd, data):
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view[:65536]):]
    except OSError:
        pass
    finally:
        os.close(fd)


def read_all(fd, into):
    try:
        while chunk := os.read(fd, 65536):
            into.extend(chunk)
    except OSError:
        pass
    finally:
        os.close(fd)


def raw_pty():
    """A terminal that shows bytes as they are. What is typed comes by lines, and Ctrl-D ends it."""
    ours, theirs = pty.openpty()
    mode = termios.tcgetattr(theirs)
    mode[1] &= ~termios.OPOST
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    return ours, theirs


def loop(path, read_only):
    flags = ["--read-only"] if read_only else []
    made = subprocess.run(["losetup", "--find", "--show", *flags, path], capture_output=True, text=True)
    if made.returncode != 0:
        raise Skip("no loop device: " + made.stderr.strip())
    return made.stdout.strip()


class Row:
    """One command with its plugs. `undo` is what to do once it has ended, `collect` says what it wrote."""

    def __init__(self, row, folder):
        self.row, self.folder = row, folder
        self.close, self.undo, self.threads, self.lead = [], [], [], []
        self.outs = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def opened(self, fd):
        self.close.append(fd)
        return fd

    def device(self, path, read_only):
        name = loop(path, read_only)
        self.undo.append(lambda: subprocess.run(["losetup", "--detach", name]))
        return name

    def source(self, kind, data):
        path = self.path("source")
        with open(path, "wb") as file:
            file.write(data)
        if kind == "file":
            return self.opened(os.open(path, os.O_RDONLY))
        if kind == "append":
            return self.opened(os.open(path, os.O_RDWR | os.O_APPEND))
        if kind == "write-only":
            return self.opened(os.open(path, os.O_WRONLY))
        if kind == "block":
            return self.opened(os.open(self.device(path, True), os.O_RDONLY))
        if kind == "folder":
            return self.opened(os.open(self.folder, os.O_RDONLY))
        if kind in ("null", "zero", "full"):
            return self.opened(os.open("/dev/" + kind, os.O_RDONLY))
        if kind == "closed":
            return None
        if kind == "pty":
            ours, theirs = raw_pty()
            self.undo.append(lambda: os.close(ours))
            self.lead.append(lambda: in_thread(lambda: os.write(ours, data + b'\x04')))
            return self.opened(theirs)
        if kind == "pipe-silent":
            read, write = os.pipe()
            self.undo.append(lambda: os.close(write))
            return self.opened(read)
        if kind == "fifo-alone":
            os.mkfifo(self.path("alone"))
            return self.opened(os.open(self.path("alone"), os.O_RDWR))
        if kind == "pipe":
            read, write = os.pipe()
        elif kind == "fifo":
            os.mkfifo(self.path("in"))
            read = os.open(self.path("in"), os.O_RDONLY | os.O_NONBLOCK)
            write = os.open(self.path("in"), os.O_WRONLY)
            os.set_blocking(read, True)
        elif kind == "socketpair":
            read, write = (each.detach() for each in socket.socketpair())
        elif kind == "datagram":
            read, write = (each.detach() for each in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
        else:
            raise Skip("no such kind: " + kind)
        self.lead.append(lambda: in_thread(lambda: write_all(write, data)))
        return self.opened(read)

    def sink(self, kind, name):
        path = self.path(name)
        out = self.outs[name] = bytearray()
        if kind in ("file", "append"):
            before = b"before\n" if kind == "append" else b""
            with open(path, "wb") as file:
                file.write(before)
            flags = os.O_WRONLY | (os.O_APPEND if kind == "append" else 0)
            self.undo.append(lambda: out.extend(open(path, "rb").read().removeprefix(before)))
            return self.opened(os.open(path, flags))
        if kind == "read-only":
            open(path, "wb").close()
            return self.opened(os.open(path, os.O_RDONLY))
        if kind in ("block", "block-small"):
            with open(path, "wb") as file:
                file.truncate(2**20 if kind == "block" else 512)
            device = self.device(path, False)
            self.undo.insert(0, lambda: out.extend(open(path, "rb").read()))
            return self.opened(os.open(device, os.O_WRONLY))
        if kind == "folder":
            return self.opened(os.open(self.folder, os.O_RDONLY))
        if kind in ("null", "full"):
            return self.opened(os.open("/dev/" + kind, os.O_WRONLY))
        if kind == "closed":
            return None
        if kind == "pty":
            ours, theirs = raw_pty()
            self.threads.append(in_thread(lambda: read_all(ours, out)))
            return self.opened(theirs)
        if kind == "pty-gone":
            ours, theirs = raw_pty()
            os.close(ours)
            return self.opened(theirs)
        if kind in ("pipe", "pipe-gone", "pipe-head"):
            read, write = os.pipe()
        elif kind == "fifo":
            os.mkfifo(path)
            read = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            write = os.open(path, os.O_WRONLY)
            os.set_blocking(read, True)
        elif kind in ("socketpair", "socket-gone"):
            read, write = (each.detach() for each in socket.socketpair())
        elif kind == "datagram":
            read, write = (each.detach() for each in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
        else:
            raise Skip("no such kind: " + kind)
        if kind.endswith("-gone"):
            os.close(read)
        elif kind == "pipe-head":
            self.threads.append(in_thread(lambda: (os.read(read, 10), os.close(read))))
        elif kind != "datagram":
            self.threads.append(in_thread(lambda: read_all(read, out)))
        else:
            self.undo.append(lambda: os.close(read))
        return self.opened(write)

    def run(self):
        row = self.row
        fds = [
            self.source(row.get("stdin", "null"), base64.b64decode(row.get("input", ""))),
            self.sink(row.get("stdout", "file"), "stdout"),
            self.sink(row.get("stderr", "file"), "stderr"),
        ]
        # The child puts them in their places; a closed one it closes.
        closed = [number for number, fd in enumerate(fds) if fd is None]
        redirect = "".join(f" {number}>&-" if number else " 0<&-" for number in closed)
        argv = ["/bin/sh", "-c", f'exec "$@"{redirect}', "sh", *row["argv"]]
        null = self.opened(os.open("/dev/null", os.O_RDWR))
        stdin, stdout, stderr = (null if fd is None else fd for fd in fds)
        child = subprocess.Popen(
            argv, stdin=stdin, stdout=stdout, stderr=stderr, cwd=row["cwd"], env=row["env"], start_new_session=True
        )
        for fd in self.close:
            os.close(fd)
        for start in self.lead:
            start()
        if "stop_ms" in row:
            time.sleep(row["stop_ms"] / 1000)
            child.send_signal(signal.SIGTERM)
        try:
            code = child.wait(LIMIT_S)
            code = code if code >= 0 else 128 - code  # as a shell says it
        except subprocess.TimeoutExpired:
            child.kill()
            code = "hangs"
        for thread in self.threads:
            thread.join(5)
        for undo in self.undo:
            undo()
        return {"code": code} | {
            key: base64.b64encode(self.outs[name]).decode() for key, name in (("out", "stdout"), ("err", "stderr"))
        }


def run(row):
    with tempfile.TemporaryDirectory(prefix="keyhold-plug-") as folder:
        try:
            return Row(row, folder).run()
        except Skip as reason:
            return {"skip": str(reason)}


def main():
    task = json.load(sys.stdin)
    with concurrent.futures.ThreadPoolExecutor(task["jobs"]) as pool:
        json.dump(list(pool.map(run, task["rows"])), sys.stdout)


main()
