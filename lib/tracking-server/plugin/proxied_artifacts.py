"""The S3 store behind the server, for clients that cannot reach it themselves.

MLflow's own repository of s3:// can sign URLs of the store. Since 3.12 the server tells so to every client, and clients then fetch every
file from the URL that the server signed, which holds the server's endpoint: a name inside the cluster. A client that cannot reach it waits
for more than ten minutes and fails. This repository cannot sign, so that everything goes through the server, whose access rules hold then.
"""
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository


class ProxiedS3ArtifactRepository(ArtifactRepository):
    def __init__(self, artifact_uri, tracking_uri=None, registry_uri=None):
        super().__init__(artifact_uri, tracking_uri, registry_uri)
        self._store = S3ArtifactRepository(artifact_uri, tracking_uri=tracking_uri, registry_uri=registry_uri)

    def log_artifact(self, local_file, artifact_path=None):
        self._store.log_artifact(local_file, artifact_path)

    def log_artifacts(self, local_dir, artifact_path=None):
        self._store.log_artifacts(local_dir, artifact_path)

    def list_artifacts(self, path=None):
        return self._store.list_artifacts(path)

    def delete_artifacts(self, artifact_path=None):
        self._store.delete_artifacts(artifact_path)

    def upload_archived_trace_data_bytes(self, data):
        self._store.upload_archived_trace_data_bytes(data)

    def _download_file(self, remote_file_path, local_path):
        self._store._download_file(remote_file_path, local_path)
