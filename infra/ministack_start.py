"""MiniStack with two things put right; run by its own interpreter (requirements-local.txt).

Asked for the tags of a parameter that is not there, it says that there are none. AWS says that the
parameter is not there, and that is how Baton looks whether a secret is.

Its CloudFormation does not know saved queries, and refuses a template that has one. Here it takes
them and makes nothing of them.
"""

from typing import Any

from ministack import app  # type: ignore[import-not-found]  # it has a virtual environment of its own
from ministack.services import ssm  # type: ignore[import-not-found]
from ministack.services.cloudformation import provisioners  # type: ignore[import-not-found]

_list_tags = ssm._list_tags_for_resource


def _list_tags_of_what_is_there(request: dict[str, Any]) -> Any:
    _, parameter = ssm._lookup_parameter(request.get("ResourceId", ""), flexible_name=True)
    if request.get("ResourceType") == "Parameter" and parameter is None:
        return ssm.error_response_json("InvalidResourceId", "", 400)
    return _list_tags(request)


def _take(logical_id: str, _properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
    return f"{stack}-{logical_id}", {}


ssm._list_tags_for_resource = _list_tags_of_what_is_there
provisioners._RESOURCE_HANDLERS["AWS::Logs::QueryDefinition"] = {
    "create": _take,
    "delete": provisioners._cfn_noop_delete,
}

if __name__ == "__main__":
    app.main()
