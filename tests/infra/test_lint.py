"""What the checks of the template find: each exception has its reason, and is needed."""

from pathlib import Path

from infra.checks import lint
from infra.checks.lint import Finding, judged

FOUND = [Finding("CKV_1", "A: open"), Finding("CKV_1", "B: open"), Finding("CKV_2", "A: old")]


def test_what_is_meant_to_be_so_is_not_wrong() -> None:
    assert judged("checkov", FOUND, {"CKV_1": "it is public", "CKV_2": "it is new"}) == []


def test_what_is_found_besides_is_named() -> None:
    assert judged("checkov", FOUND, {"CKV_1": "it is public"}) == ["checkov CKV_2 A: old"]


def test_an_exception_that_nothing_needs_is_named() -> None:
    excepted = {"CKV_1": "it is public", "CKV_2": "it is new", "CKV_3": "once it was needed"}
    [wrong] = judged("checkov", FOUND, excepted)
    assert wrong.startswith("checkov CKV_3 finds nothing")


def test_every_exception_has_a_reason() -> None:
    listed = lint.exceptions()
    assert set(listed) == {"cfn-lint", "checkov"}
    for reasons in listed.values():
        for check, reason in reasons.items():
            assert len(reason.split()) > 5, check


def test_cfn_lint_is_heard(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    queue = '{"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 99999}}'
    broken.write_text(f'{{"Resources": {{"Slow": {queue}}}}}', encoding="utf-8")
    [found] = lint.cfn_lint(broken)
    assert found.check.startswith("E3")
    assert "99999" in found.text
