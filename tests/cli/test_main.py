"""The command line as a user meets it: exit codes, one-line errors, what is printed."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dsrna.cli import main
from dsrna.cli.listing import KINDS
from dsrna.recipes import RECIPES


def error(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run a command that must fail as the user's mistake; return its one line."""
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("dsrna: error: ")
    return captured.err


def test_everything_registered_is_listed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, users cannot learn what there is."""
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    for registry in KINDS.values():
        for name in registry.names():
            assert name in text
    assert main(["list", "attacks"]) == 0
    assert "dsrna-combined" not in capsys.readouterr().out


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Else nobody can say in a report which version it was."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"dsrna \S+, torch \S+\n", capsys.readouterr().out)


@pytest.mark.parametrize("command", ["attack", "certify"])
def test_help_says_that_a_network_of_ones_own_is_run(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, who is sent a network to attack does not learn that --model runs its code."""
    with pytest.raises(SystemExit):
        main([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "--model PACKAGE.MODULE:FUNCTION a function that returns your torch.nn.Module: its code is imported" in told
    assert "and run" in told


@pytest.mark.parametrize("name", RECIPES.names())
def test_every_recipe_is_shown_by_help(name: str) -> None:
    """If this fails, a registered recipe cannot be made."""
    assert RECIPES[name]().name == name


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["compare", "digits-small", "--methods", "random", "--seeds", "999999999"], "--seeds must be at most 1000"),
        (["compare", "digits-small", "--methods", "random", "--seeds", "9" * 5000], "--seeds must be how many"),
        (["run", "digits", "--seed", "9" * 5000], "--seed: must be a whole number"),
        (["report", "a" * 5000], "a name is longer than those of files may be: 'aaaa"),
        (["run", "digits", "--architecture", "a" * 5000], "unknown architecture 'aaaa"),
        (["run", "digit"], "unknown recipe 'digit'; did you mean 'digits'"),
        (["run"], "required: RECIPE"),
        (["fly"], "invalid choice: 'fly'"),
        ([], "required: COMMAND"),
        (["list", "atacks"], "unknown kind 'atacks'; did you mean 'attacks'"),
        (["train", "nowhere"], "nowhere is not a run folder"),
        (["report", "nowhere"], "nowhere is not a run folder"),
        (["search", "nowhere"], "nowhere is not a run folder"),
        (["search", "runs/mine", "--out", "other"], "runs/mine is the folder of a run, which goes on where it is"),
        (["data", "check", "cifar"], "cifar10"),
        (["run", "digits", "--config", "missing.yaml"], "missing.yaml"),
        (["run", "folder"], "--data-dir"),
        (["run", "digits", "--architecture", "missing.json"], "missing.json"),
        (["run", "digits", "--search.eps", "1/255"], "search.eps does nothing under method dsrna-balanced"),
        (["search", "digits", "--method", "darts", "--search.metric_batch", "2"], "search.metric_batch does nothing"),
        (
            ["search", "digits", "--method", "sdarts-rs", "--search.perturbation.steps", "3"],
            "search.perturbation.steps does nothing under method sdarts-rs",
        ),
        (
            ["run", "digits", "--architecture", "racl", "--params", "100"],
            "search.params does nothing beside architecture 'racl'",
        ),
        (["run", "mnist-adversarial", "--method", "darts"], "or search with --architecture none"),
        (["search", "digits", "--search.stopping", "gap"], "never ends a search of 4; raise search.epochs (8)"),
        (["compare", "digits", "--methods", "darts,random", "--search.gamma", "2"], "search.gamma does nothing"),
        (
            ["compare", "digits", "--methods", "darts,pc-darts", "--search.eps", "1/255"],
            "search.eps does nothing under method darts, pc-darts and goal standard",
        ),
    ],
)
def test_mistakes_cost_one_line(
    argv: list[str],
    reason: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If this fails, a user sees a traceback, or no hint, for a mistake of theirs."""
    monkeypatch.chdir(tmp_path)
    assert reason in error(capsys, *argv)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("search: {epoch: 3}", "unknown field 'epoch'"),
        ("search: {epochs: three}", "search.epochs: must be a whole number"),
        ("- 1", "a mapping"),
        ("a: [", "not YAML"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
    ],
)
def test_a_wrong_config_is_named(text: str, reason: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """If this fails, a recipe file runs code, or its mistake is not found."""
    config = tmp_path / "my.yaml"
    config.write_text(text)
    message = error(capsys, "run", "digits", "--config", str(config))
    assert reason in message
    assert "my.yaml" in message


def test_ctrl_c_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, a user who stops a run believes it lost."""
    from dsrna.cli.commands import COMMANDS

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(COMMANDS, "list", interrupted)
    assert main(["list"]) == 130
    assert "the same command goes on" in capsys.readouterr().err


def test_a_reader_that_goes_away_ends_nothing(tmp_path: Path) -> None:
    """If this fails, `dsrna run digits | head` kills a run of hours with the pipe."""
    script = (
        "import sys\nfrom dsrna.cli.console import Output\noutput = Output()\n"
        "for number in range(20000):\n    output.print(number)\n"
        f"open({str(tmp_path / 'end')!r}, 'w').close()\n"
    )
    shell = f'{shlex.quote(sys.executable)} -c "$SCRIPT" | head -1; exit ${{PIPESTATUS[0]}}'
    environment = {**os.environ, "SCRIPT": script}
    done = subprocess.run(["bash", "-c", shell], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "end").exists()
