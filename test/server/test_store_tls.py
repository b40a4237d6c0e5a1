"""TLS to the store: the Job and the server trust the authority that the file names and no other, and say at once what is wrong."""

from __future__ import annotations

import pathlib
import ssl
from collections.abc import Iterator

import pytest
from certificates import Authority
from minio import ROOT, Minio
from platform_process import STORE, Platform
from pod import Secrets, eventually
from refusing_store import RefusingStore
from services import Postgres, Store
from store_job import HOST, StoreJob

pytestmark = pytest.mark.long

AUTHORITY, ANOTHER = Authority(), Authority("Another Authority")
LIST = "/api/2.0/mlflow-artifacts/artifacts"

# What a store's certificate is: its signer, its host, its end; and what is said of it.
WRONG: dict[str, tuple[Authority, str, int, str]] = {
    "of another authority": (ANOTHER, HOST, 30, "unable to get local issuer certificate"),
    "that has expired": (AUTHORITY, HOST, -1, "certificate has expired"),
    "for another host": (AUTHORITY, "shop.example.com", 30, "doesn't match 'shop.example.com'"),
}


@pytest.fixture
def encrypted(store: Store) -> Iterator[RefusingStore]:
    server = RefusingStore(store, tls=AUTHORITY.certify(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), HOST))
    yield server
    server.remove()


def test_the_job_works_by_the_authority_of_the_file(encrypted: RefusingStore) -> None:
    code, output = StoreJob(encrypted.port, "over-tls", scheme="https", authority=AUTHORITY.certificate).run()
    assert code == 0, output


@pytest.mark.parametrize("what", WRONG)
def test_the_job_says_in_the_first_second_that_the_certificate_is_one(encrypted: RefusingStore, what: str) -> None:
    authority, host, days, said = WRONG[what]
    authority.certify(encrypted.tls, host, days)
    waits(StoreJob(encrypted.port, scheme="https", authority=AUTHORITY.certificate), said)


def test_the_job_says_what_to_write_where_no_authority_is_named(encrypted: RefusingStore) -> None:
    waits(StoreJob(encrypted.port, scheme="https"), "artifactStore.caSecret")


def test_the_job_goes_on_when_the_secret_has_the_right_authority(encrypted: RefusingStore) -> None:
    job = StoreJob(encrypted.port, "over-tls-at-last", scheme="https", authority=ANOTHER.certificate)
    with job.running() as (process, log):
        eventually(20, lambda: has(log, "waiting: the store's certificate is not accepted"))
        job.pod.write_volumes({"the-authority": {"ca.crt": AUTHORITY.certificate}})
        assert process.wait(20) == 0, log.read_text()


def test_the_job_says_that_a_store_has_no_tls(store: Store) -> None:
    waits(StoreJob(store.port, scheme="https", authority=AUTHORITY.certificate), "is it http?")


def waits(job: StoreJob, said: str) -> None:
    with job.running() as (process, log):
        eventually(20, lambda: has(log, "setting up the object store"))
        eventually(1, lambda: has(log, said))
        assert process.poll() is None


def has(log: pathlib.Path, what: str) -> None:
    assert what in log.read_text()


def test_the_job_makes_the_user_of_a_minio_with_tls() -> None:
    minio = Minio(AUTHORITY.server(HOST), AUTHORITY.certificate)
    try:
        job = StoreJob(minio.port, scheme="https", administrator=ROOT, authority=AUTHORITY.certificate, programs=minio.programs)
        code, output = job.run()
        assert code == 0, output
        assert minio.client("mlflow", "the-servers-key").list_objects_v2(Bucket="artifacts")["KeyCount"] == 0
    finally:
        minio.remove()


class EncryptedPlatform(Platform):
    """A platform whose store has TLS."""

    def secrets(self) -> Secrets:
        return super().secrets() | {"the-authority": {"ca.crt": AUTHORITY.certificate}}


def test_the_server_trusts_the_authority_of_the_file_and_learns_of_another_without_a_restart(postgres: Postgres, encrypted: RefusingStore) -> None:
    environment = {"artifactStore": {"endpoint": f"https://{STORE}:{encrypted.port}", "caSecret": "the-authority"}}
    platform = EncryptedPlatform(postgres, encrypted, environment)  # type: ignore[arg-type]

    def lists(status: int) -> None:
        assert platform.call("GET", LIST).status_code == status

    def close_connections() -> None:
        encrypted.away = True
        lists(503)
        encrypted.away = False

    try:
        lists(200)
        for authority, host, days, said in WRONG.values():
            close_connections()
            authority.certify(encrypted.tls, host, days)
            lists(503)
            assert said in platform.log.read_text()
        close_connections()
        ANOTHER.certify(encrypted.tls, HOST)
        platform.server.write_volumes({"the-authority": {"ca.crt": ANOTHER.certificate}})
        eventually(20, lambda: lists(200))
    finally:
        platform.remove()
