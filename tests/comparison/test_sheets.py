"""The tables of a comparison, as text."""

import re
from html import unescape

import markdown

from dsrna.comparison import CONTROL, Cell, Comparison, Row, as_latex, as_markdown, summarise
from dsrna.comparison.sheets import noise_sheet, rank_sheet


def compared(*contenders: str, repeats: int = 0) -> Comparison:
    """Contenders over two seeds, each a tenth worse than the one before."""
    return summarise(
        "digits",
        [
            Row(
                Cell(name, "standard", seed, repeat),
                {"clean": 0.9 - 0.1 * place + 0.02 * seed + 0.01 * repeat, "parameters": 9_000.0},
            )
            for seed in range(2)
            for repeat in range(repeats + 1)
            for place, name in enumerate(contenders)
        ],
    )


def test_ranks_are_a_table_of_contenders_by_measures() -> None:
    """If this fails, ranks are computed and shown nowhere, or a control stands among them."""
    sheet = rank_sheet("standard", compared("a", "b", f"{CONTROL}a").summaries)
    assert sheet.heads == ("contender", "clean")
    assert sheet.rows == (("a", "1.00"), ("b", "2.00"))
    assert "over 2 seeds at which all finished" in sheet.title


def test_one_contender_has_no_rank() -> None:
    """If this fails, who is alone is praised for being first."""
    assert not rank_sheet("standard", compared("a", f"{CONTROL}a").summaries).rows


def test_the_noise_of_training_stands_beside_that_over_seeds() -> None:
    """If this fails, `--repeats` costs hours and shows nothing."""
    found = compared("a", repeats=1)
    assert noise_sheet("standard", found.summaries).rows == (("a", "clean", "0.014", "0.007", "0.012"),)
    assert "| a | clean | 0.014 | 0.007 | 0.012 |" in as_markdown(found)
    assert r"a & clean & 0.014 & 0.007 & 0.012 \\" in as_latex(found)
    assert not noise_sheet("standard", compared("a").summaries).rows


def held(gain: float) -> Comparison:
    """A method, and its control, which has ``gain`` less, give or take, over four seeds."""
    jitter = (0.0, 0.004, -0.001, 0.001)
    both = {"darts": 0.7 + gain, f"{CONTROL}darts": 0.7}
    return summarise(
        "digits",
        [
            Row(Cell(name, "standard", seed), {"clean": value + (jitter[seed] if name == "darts" else 0.0)})
            for seed in range(4)
            for name, value in both.items()
        ],
    )


def test_differences_stand_in_the_files() -> None:
    """If this fails, what a comparison is made for is on the page and in the terminal alone."""
    shown = rf"\| darts \| {CONTROL}darts \| clean \| 4 \| \+0\.051 \| \+0\.0\d\d to \+0\.0\d\d \| <0\.001 \| higher \|"
    assert re.search(shown, as_markdown(held(0.05)))
    less = r"& \$-\$0\.049 & \$-\$0\.0\d\d to \$-\$0\.0\d\d & \$<\$0\.001 & lower \\\\"
    assert re.search(less, as_latex(held(-0.05)))


def test_the_intervals_of_means_stand_in_the_files() -> None:
    """If this fails, a mean is shown without how sure it is."""
    text = as_markdown(held(0.05))
    assert "95 % bootstrap intervals of the means" in text
    assert re.search(r"\| darts \| 0\.7\d\d to 0\.75\d \|", text)
    assert "bootstrap" not in as_markdown(summarise("digits", [Row(Cell("a", "standard", 0), {"clean": 0.5})]))


def test_names_are_shown_as_they_are() -> None:
    """If this fails, a genotype's file name breaks a table, or a document that takes one in."""
    found = compared("a|b", r"~^{}\&%$#_<")
    assert r"| a\|b | 2 |" in as_markdown(found)
    assert "\\\\\n{[}c{*} & 2 &" in as_latex(compared("a", "[c*"))
    assert r"\textasciitilde{}\textasciicircum{}\{\}\textbackslash{}\&\%\$\#\_$<$ & 2 &" in as_latex(found)


def test_names_are_no_markup() -> None:
    """If this fails, a genotype's file name runs a script, or is a link, in whatever shows the table."""
    names = ("<script>alert(1)</script>", "*a*", "`b`", "sep_conv_a_b", "[c](http://x)", "d\n\n# e", "- f", "&lt;")
    html = markdown.markdown(as_markdown(compared(*names)), extensions=["tables"])
    assert not re.search("<(script|em|code|a|h1|li)\\b", html)
    shown = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]
    assert set(shown) >= {*names[:5], "d # e", *names[6:]}


def test_failed_runs_stand_in_the_files_with_their_reasons() -> None:
    """If this fails, a table that goes into a paper looks whole though runs of it failed, or their reasons break it."""
    failed = [
        Row(Cell("darts", "pgd", 3), {}, "the loss | is nan:\n<b>100 %</b> of x_1"),
        Row(Cell("a", "standard", 0, repeat=1), {}, "out of memory"),
    ]
    found = summarise("digits", [*compared("a").rows, *failed])
    first, second = (
        r"| darts-pgd-3 | the loss \| is nan: &#60;b&#62;100 %&#60;/b&#62; of x\_1 |",
        "| a-standard-0-again-1 | out of memory |",
    )
    assert as_markdown(found).endswith(f"| run | reason |\n| --- | --- |\n{first}\n{second}\n\n")
    assert r"darts-pgd-3 & the loss \textbar{} is nan: $<$b$>$100 \%$<$/b$>$ of x\_1 \\" in as_latex(found)
    assert r"\begin{tabular}{lp{0.6\linewidth}}" in as_latex(found)
    assert "failed" not in as_markdown(compared("a")) + as_latex(compared("a"))


def test_a_grid_of_which_all_failed_says_why() -> None:
    """If this fails, the tables of a grid that went wrong altogether are empty files."""
    assert "out of memory" in as_markdown(summarise("digits", [Row(Cell("a", "pgd", 0), {}, "out of memory")]))
