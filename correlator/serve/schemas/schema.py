"""What most answers are made by."""

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """Made from a model value of the same name."""

    model_config = ConfigDict(from_attributes=True)
