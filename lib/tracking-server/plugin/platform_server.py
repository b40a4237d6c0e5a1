"""`mlflow server --app-name platform`, whose process becomes the server instead of waiting beside it with all of MLflow in its memory."""
import os

import mlflow.server
from mlflow.cli import cli


def become(command, *, extra_env, **_):
    os.execve(command[0], command, {**os.environ, **extra_env})


mlflow.server._exec_cmd = become
cli(["server", "--app-name", "platform"])
