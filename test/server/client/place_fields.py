"""Prints the fields of all requests of this MLflow's REST API that may name a place, by their names: one a line."""
import os
import re

os.environ.setdefault("MLFLOW_BACKEND_STORE_URI", "sqlite://")

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from mlflow.protos import mlflow_artifacts_pb2, model_registry_pb2, service_pb2, webhooks_pb2
from mlflow.server.fastapi_app import app

LIKE_A_PLACE = re.compile(r"uri|url|source|location|path|root|bucket|dest|endpoint(?!_id)|host|file|dir(?!ection)|address|target|href|repo", re.IGNORECASE)


def fields(message: Descriptor, above: tuple[str, ...] = ()) -> list[str]:
    found = []
    for field in message.fields:
        if field.type == FieldDescriptor.TYPE_MESSAGE and message.name not in above:
            found += [f"{field.name}.{inner}" for inner in fields(field.message_type, (*above, message.name))]
        elif field.type == FieldDescriptor.TYPE_STRING and LIKE_A_PLACE.search(field.name):
            found.append(field.name)
    return found


def of_protobuf() -> set[str]:
    files = [service_pb2, model_registry_pb2, mlflow_artifacts_pb2, webhooks_pb2]
    methods = [method for file in files for service in file.DESCRIPTOR.services_by_name.values() for method in service.methods]
    return {f"{method.input_type.name}.{field}" for method in methods for field in fields(method.input_type)}


def of_openapi() -> set[str]:
    schemas = app.openapi().get("components", {}).get("schemas", {})
    return {f"{name}.{field}" for name, schema in schemas.items() for field in schema.get("properties", {}) if LIKE_A_PLACE.search(field)}


print("\n".join(sorted(of_protobuf() | of_openapi())))
