"""client-plugin.py PLUGIN ACTION...: what MLflow's client does with the plugin in the folder PLUGIN, and prints how each action ended.

Actions: "track" and "register", by the URIs of the environment; "set URI", which is mlflow.set_tracking_uri.
"""
import sys
from importlib import metadata

sys.path.insert(0, sys.argv[1])

import mlflow
from mlflow import MlflowClient

assert metadata.version("mlflow-cloudflare-access")
for action in sys.argv[2:]:
    try:
        if action == "track":
            MlflowClient().search_experiments(max_results=1)
        elif action == "register":
            MlflowClient().search_registered_models(max_results=1)
        else:
            mlflow.set_tracking_uri(action.split()[1])
        print("ok")
    except Exception as error:
        print(f"{type(error).__name__}: {error}"[:500])
