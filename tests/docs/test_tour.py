"""The tour: what is typed there does what is shown there."""

from tests.support.tour import mistakes


def test_every_command_of_the_tour_answers_what_the_page_shows() -> None:
    assert mistakes() == []
