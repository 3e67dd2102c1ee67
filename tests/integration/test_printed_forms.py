"""The form as a website prints it, in the real browser and as other documents, read back by titles and labels."""

from __future__ import annotations

import pytest

from tests.printed_figures import FORMATS, Figures, of_format, of_prints
from tests.printed_forms import LAYOUTS


def check(figures: Figures) -> None:
    """What every format has to reach."""
    assert figures.answers > 1000
    assert figures.percent >= 95
    assert figures.wrong == []
    assert figures.lost == []
    assert figures.seconds < 1


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_printed_by_a_browser(layout: str) -> None:
    """Of all samples, printed by the browser, at least 95 % of the answers are back in their own question, none is
    in a wrong one, and no text is lost."""
    check(await of_prints(layout))


@pytest.mark.parametrize("name", FORMATS)
def test_other_documents(name: str) -> None:
    """The same of Word documents, pages, plain text and tables."""
    check(of_format(name))
