"""A process with the program's modules loaded, of which each start of `parvis` is a fork.

What a story about kills needs is a process of its own that can be killed, many times over; loading
the same modules again took most of the time of each start.

    stdin:  {"arguments": ["run", "-c", …], "out": PATH, "err": PATH}
    stdout: started PID
            ended PID CODE
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from parvis.cli import main


@dataclass
class Child:
    """One `parvis`, alive or ended."""

    pid: int
    ended: asyncio.Future[int]

    @property
    def returncode(self) -> int | None:
        return self.ended.result() if self.ended.done() else None

    async def wait(self) -> int:
        """Return its exit code, below zero for a signal."""
        return await asyncio.shield(self.ended)

    def send_signal(self, number: int) -> None:
        if not self.ended.done():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass
class Nursery:
    """Starts children; ends those that are left when it closes."""

    _process: asyncio.subprocess.Process
    _children: dict[int, Child] = field(default_factory=dict)
    _started: "asyncio.Queue[Child]" = field(default_factory=asyncio.Queue)
    _listening: "asyncio.Task[None] | None" = None

    @classmethod
    async def open(cls) -> "Nursery":
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.harness.nursery",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        nursery = cls(process)
        nursery._listening = asyncio.create_task(nursery._listen())
        return nursery

    async def start(self, arguments: Sequence[str], out: Path, err: Path | None = None) -> Child:
        """Start `parvis` with *arguments*; what it prints is added to *out* and *err*."""
        order = json.dumps({"arguments": list(arguments), "out": str(out), "err": str(err or out)})
        assert self._process.stdin
        self._process.stdin.write(order.encode() + b"\n")
        return await asyncio.wait_for(self._started.get(), 30)

    async def close(self) -> None:
        for child in self._children.values():
            child.kill()
        assert self._process.stdin and self._listening
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            what, pid, *code = line.decode().split()
            if what == "started":
                child = Child(int(pid), asyncio.get_running_loop().create_future())
                self._children[child.pid] = child
                self._started.put_nowait(child)
            else:
                self._children[int(pid)].ended.set_result(int(code[0]))


def _say(line: str) -> None:
    # One call: the parent and its signals write whole lines.
    os.write(1, line.encode() + b"\n")


def _bear(arguments: Sequence[str], out: str, err: str) -> None:
    """Become `parvis` in a child of this process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    pid = os.fork()
    if pid:
        _say(f"started {pid}")
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for standard, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), standard)
        main(list(arguments))
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _reap(*_: object) -> None:
    """Tell of every child that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def _serve() -> None:
    for place in main.places.values():
        place.load()
    import_module("parvis.wiring")
    signal.signal(signal.SIGCHLD, _reap)
    for line in sys.stdin:
        order = json.loads(line)
        _bear(order["arguments"], order["out"], order["err"])


if __name__ == "__main__":
    _serve()
