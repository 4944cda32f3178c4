"""What an expression may look like: each spelling means what a plainer one means."""

import pytest

from chalicelib.domain.time.cron_text import MAX_LENGTH, parse


@pytest.mark.parametrize(
    ("expression", "plainer"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@Daily", "@daily"),
        ("  0 0 * * *  ", "0 0 * * *"),
        ("0   0 * *  *", "0 0 * * *"),
        ("0\t0\t*\t*\t*", "0 0 * * *"),
        ("0 0 * JAN,Dec,jun *", "0 0 * 1,6,12 *"),
        ("0 0 * jan-MAR *", "0 0 * 1,2,3 *"),
        ("0 0 * * mon-Fri", "0 0 * * 1,2,3,4,5"),
        ("0 0 * * SUN-tue", "0 0 * * 0,1,2"),
        ("0 0 * * sat-7", "0 0 * * 0,6"),
        ("0 0 * * 7", "0 0 * * 0"),
        ("0 0 * * 7-7", "0 0 * * 0"),
        ("0 0 * * 5-7", "0 0 * * 0,5,6"),
        ("0 0 * * 0-7", "0 0 * * 0-6"),
        ("0 0 * * 1/2", "0 0 * * 0,1,3,5"),
        ("0 0 * * 7L", "0 0 * * 0L"),
        ("0 0 * * L5", "0 0 * * 5L"),
        ("0 0 * * l5", "0 0 * * 5l"),
        ("0 0 * * fri#2", "0 0 * * 5#2"),
        ("0 0 * * 7#1", "0 0 * * 0#1"),
        ("0 0 * * mon-wed#1", "0 0 * * 1#1,2#1,3#1"),
        ("0 0 l * *", "0 0 L * *"),
        ("5-5 * * * *", "5 * * * *"),
        ("5-5/7 * * * *", "5 * * * *"),
        ("1-1 2-2 3-3 4-4 5-5", "1 2 3 4 5"),
        ("0-59 * * * 1", "0-59/1 * * * 1"),
        ("5/15 * * * *", "5,20,35,50 * * * *"),
        ("59/15 * * * *", "59 * * * *"),
        ("10-20/5 * * * *", "10,15,20 * * * *"),
        ("10-12/90 * * * *", "10 * * * *"),
        ("*/100 4 * * *", "*/60 4 * * *"),
        ("30,0,30,0-0 * * * *", "0,30 * * * *"),
        ("007 08 09 010 *", "7 8 9 10 *"),
        ("3,* 4 * * *", "0-59 4 * * *"),
    ],
)
def test_it_means_the_same_as(expression: str, plainer: str) -> None:
    assert parse(expression) == parse(plainer)


@pytest.mark.parametrize(
    ("expression", "near_miss"),
    [
        ("0 0 * * 0", "0 0 * * 1"),
        ("0 0 * * 5L", "0 0 * * 5"),
        ("0 0 * * 5L", "0 0 * * 5#4"),
        ("0 0 L * *", "0 0 31 * *"),
        ("* 0 * * *", "0-59 0 * * *"),
        ("0 0 * * *", "0 * * * *"),
        ("0 0 */2 * 1", "0 0 1/2 * 1"),
    ],
)
def test_it_does_not_mean_the_same_as(expression: str, near_miss: str) -> None:
    assert parse(expression) != parse(near_miss)


def test_it_may_be_as_long_as_256_characters() -> None:
    listed = "1," * 123 + "1 * * *  *"
    assert len(listed) == MAX_LENGTH
    assert parse(listed) == parse("1 * * * *")


@pytest.mark.parametrize("minute", ["*", "*/5", "*/5,7", "*,3"])
def test_a_job_follows_the_clock_if_its_minute_starts_with_a_star(minute: str) -> None:
    assert not parse(f"{minute} 3 * * *").fixed_time


@pytest.mark.parametrize("hour", ["*", "*/2", "*/2,7", "*,3"])
def test_a_job_follows_the_clock_if_its_hour_starts_with_a_star(hour: str) -> None:
    assert not parse(f"30 {hour} * * *").fixed_time


@pytest.mark.parametrize("expression", ["0 0-23 * * *", "0-59 3 * * *", "7,*/5 3 * * *"])
def test_a_job_is_fixed_if_neither_starts_with_a_star(expression: str) -> None:
    assert parse(expression).fixed_time
