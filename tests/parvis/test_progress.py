"""How far long work is, on stderr."""

import os
import subprocess
import sys

_WORK = "from parvis.progress import Progress; p = Progress('posts'); [p(n, 2) for n in (0, 1, 2)]"


def test_a_terminal_has_a_bar_and_everything_else_plain_lines():
    ours, theirs = os.openpty()
    subprocess.run([sys.executable, "-c", _WORK], stderr=theirs, check=True)
    os.close(theirs)
    bar = os.read(ours, 4096).decode()
    os.close(ours)
    done = subprocess.run([sys.executable, "-c", _WORK], capture_output=True, text=True, check=True)

    assert bar.split("\r")[1:3] == [f"{'░' * 30}   0 % posts", f"{'█' * 15}{'░' * 15}  50 % posts"]
    assert bar.rstrip().endswith(f"{'█' * 30} 100 % posts")
    assert done.stderr == "posts: 0 of 2\nposts: 1 of 2\nposts: 2 of 2\n"
    assert done.stdout == ""
