"""What a data scientist does: a run with metrics, parameters and artifacts, a model, a prompt, a trace, a search."""
import pathlib
import tempfile

import mlflow
from mlflow import MlflowClient

mlflow.set_experiment("work")
with mlflow.start_run() as run:
    mlflow.log_params({"a": 1, "b": "two"})
    mlflow.log_metrics({"loss": 0.5, "accuracy": 0.9})
    mlflow.log_dict({"x": [1, 2]}, "some/dict.json")
    mlflow.log_input(mlflow.data.from_numpy(__import__("numpy").zeros(3)))
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "file.txt").write_text("text")
        mlflow.log_artifacts(folder)
client = MlflowClient()
client.create_registered_model("model")
version = client.create_model_version("model", f"{run.info.artifact_uri}/some", run.info.run_id)
client.set_registered_model_alias("model", "champion", version.version)
mlflow.genai.register_prompt("prompt", "Say {{word}}.")


@mlflow.trace(span_type="LLM", attributes={"mlflow.chat.tokenUsage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}, "mlflow.llm.model": "gpt-4o", "mlflow.llm.provider": "openai"})
def answer(question: str) -> str:
    return question


answer("why?")
assert len(mlflow.search_traces()) == 1
assert len(mlflow.search_runs()) == 1
assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/file.txt") == "text"
print("done")
