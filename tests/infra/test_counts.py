"""What Baton asks of AWS is no more than `bench/counts.json` says. No clock has a part in it."""

from bench import quick

#: Counted with the package, or not within seconds: `make bench-quick` does.
ELSEWHERE = {"zip_kib"}


def test_no_count_is_worse_than_the_one_kept() -> None:
    kept = {name: each for name, each in quick.kept().items() if name not in ELSEWHERE}
    found = quick.counts(many=5_000)
    assert not quick.worse(kept, found), "python -m bench.quick --keep, if that is meant"
    assert found.keys() == kept.keys()


def test_what_is_worse_is_told_and_what_is_better_is_not() -> None:
    kept = {"units": 4.0, "zip_kib": 100}
    assert quick.worse(kept, {"units": 4.0, "zip_kib": 102, "new": 1}) == []
    assert quick.worse(kept, {"units": 4.1, "zip_kib": 104}) == [
        "units is 4.1, and was 4.0",
        "zip_kib is 104, and was 100",
    ]
    assert quick.worse(kept, {"units": 1}) == ["zip_kib is None, and was 100"]
