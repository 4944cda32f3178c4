"""MiniStack with one answer put right; run by its own interpreter (requirements-local.txt).

Asked for the tags of a parameter that is not there, it says that there are none. AWS says that the
parameter is not there, and that is how Baton looks whether a secret is.
"""

from typing import Any

from ministack import app  # type: ignore[import-not-found]  # it has a virtual environment of its own
from ministack.services import ssm  # type: ignore[import-not-found]

_list_tags = ssm._list_tags_for_resource


def _list_tags_of_what_is_there(request: dict[str, Any]) -> Any:
    _, parameter = ssm._lookup_parameter(request.get("ResourceId", ""), flexible_name=True)
    if request.get("ResourceType") == "Parameter" and parameter is None:
        return ssm.error_response_json("InvalidResourceId", "", 400)
    return _list_tags(request)


ssm._list_tags_for_resource = _list_tags_of_what_is_there

if __name__ == "__main__":
    app.main()
