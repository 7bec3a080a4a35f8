"""What can go wrong with resources."""

from app.core.i18n import mark
from app.core.problems import Conflict


class ResourceCodeTaken(Conflict):
    """409: codes are unique, since needs and problem documents name resources by them."""

    code = "partners.resource_code_taken"
    title = mark("The code is in use")
    message = mark("There is a resource with the code {taken} already. Choose another code.")
