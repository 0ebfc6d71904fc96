"""What a verb costs before its work: nothing that it does not need is imported."""

import subprocess
import sys

import pytest

OTHERS = {
    "tickeng_cli.commands.bench", "tickeng_cli.commands.doctor", "tickeng.benchmark",
    "tickeng.conversion", "rich.progress", "tomllib",
}


@pytest.mark.parametrize("verb", ["replay", "inspect"])
def test_a_verb_imports_what_it_needs(verb, tmp_path):
    tape = tmp_path / "tape.csv"
    tape.write_text("timestamp,price,qty,side\n1723161255000,1.5,2,buy\n")
    code = ("import sys; from tickeng_cli import app\n"
            "try: app.main()\n"
            f"finally: print(*sorted({OTHERS} & sys.modules.keys()), file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code, verb, "tape.csv"], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == ""


def test_the_help_names_every_verb(tickeng):
    shown = tickeng("--help").out.decode()
    for verb in ("replay", "inspect", "convert", "kernels", "config", "checkpoint", "bench",
                 "doctor"):
        assert f"\n  {verb} " in shown
