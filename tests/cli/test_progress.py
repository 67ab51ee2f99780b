from synthcraft.cli.progress import Bars, Lines, observer
from synthcraft.records import Record, Trial

OK = Record(Trial("arf", 0, 0, "report"), "ok", seconds={"fit": 1.0, "sample": 0.5})
FAILED = Record(Trial("[red]ctgan", 0, 0, "report"), "failed", "fit", "ValueError: [bold]no[/]")


def play(watcher):
    watcher.stage("reading data")
    watcher.planned(3, 1)
    watcher.phase(OK.trial.id, "fit")
    watcher.phase(FAILED.trial.id, "sample")
    yield
    watcher.finished(OK)
    watcher.finished(FAILED)
    yield


def test_lines_tell_stages_and_finished_trials(capsys):
    list(play(Lines("smoke")))
    captured = capsys.readouterr()
    assert captured.out == ""
    told = [line.split(" s  ", 1)[1] for line in captured.err.splitlines()]
    assert told == [
        "reading data",
        "3 trials, 1 of them done before",
        "[2/3] arf.s0.r0.report 1.5 s",
        "[3/3] [red]ctgan.s0.r0.report failed in fit",
    ]


def test_bars_show_what_runs_and_what_is_left(capsys):
    bars = Bars("smoke")
    steps = play(bars)
    next(steps)
    assert bars.trials.tasks[0].description == "arf.s0.r0.report: fit"
    assert (bars.whole.tasks[0].completed, bars.whole.tasks[0].total) == (1, 3)
    next(steps)
    assert bars.trials.tasks == []
    assert bars.whole.tasks[0].completed == 3
    assert "[red]ctgan.s0.r0.report failed in fit\n" in capsys.readouterr().err


def test_without_a_terminal_there_are_lines():
    with observer("smoke", alone=True) as watcher:
        assert isinstance(watcher, Lines)
