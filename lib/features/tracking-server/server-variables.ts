import { artifactsDestination, bucketVariables, storeFiles } from '../artifact-store/bucket';
import { quantity } from '../../kit/quantity';
import { calleeSettings } from './callees';
import { COPIES_OF_A_REQUEST, memoryForRequests, NATIVE_THREADS, poolSize } from './capacity';
import { PORT } from './names';
import type { TrackingServerProps } from './tracking-server-props';

/** Where metrics are scraped, the port's name, and where worker processes keep their counts. */
export const METRICS = { port: 9464, name: 'metrics', folder: '/run/metrics' };

/**
 * How a pod ends, in seconds: between its removal from the Service and its end, for every proxy and client to notice; then what requests in flight
 * have; then what slow clients have to read the last answers. `draining` is a file that is there from the beginning of it.
 */
export const STOP = { drain: 10, requests: 40, lastBytes: 10, draining: '/tmp/draining' };

/** Seconds that the readiness probe waits. */
export const READY_WITHIN = 5;

export const CLUSTER_DOMAIN = 'cluster.local';

/** MLflow's settings, and those of the programs in plugin/. None is secret. */
export function serverVariables(props: TrackingServerProps): Record<string, string> {
  const { database, artifacts, workers, threads, corsOrigins, resources, largestRequest, demo } = props;
  const { callees = [], clusterDomain = CLUSTER_DOMAIN } = props;
  return {
    MLFLOW_HOST: '0.0.0.0',
    MLFLOW_PORT: String(PORT),
    MLFLOW_WORKERS: String(workers),
    MLFLOW_UVICORN_OPTS: [
      '--timeout-keep-alive 75', // longer than a proxy keeps a connection idle (NGINX: 60 s): it must be the one to close it
      `--timeout-graceful-shutdown ${STOP.requests}`,
      '--lifespan on', // a worker that fails to start must not serve
      '--timeout-worker-healthcheck 60', // by default a worker that is slow for 5 s is killed
      '--no-proxy-headers', // by default it believes what comes by a port-forward
    ].join(' '),
    MLFLOW_BACKEND_STORE_URI: database.uri(),
    PLATFORM_THREADS: String(threads),
    PLATFORM_NATIVE_THREADS: String(NATIVE_THREADS),
    PLATFORM_LARGEST_REQUEST: String(largestRequest),
    PLATFORM_REQUEST_MEMORY: String(memoryForRequests(quantity(resources.limits.memory)!, workers)),
    PLATFORM_MEMORY_OF_TEXT: String(COPIES_OF_A_REQUEST),
    PLATFORM_METRICS_PORT: String(METRICS.port),
    PLATFORM_READY_WITHIN_S: String(READY_WITHIN - 1), // so that the answer is there in time
    PLATFORM_DRAINING: STOP.draining,
    PLATFORM_LAST_BYTES_WITHIN_S: String(STOP.lastBytes - 1), // so that the pod ends by itself
    PLATFORM_STORE: storeFiles(artifacts).mount.mountPath,
    ...(demo ? { PLATFORM_DEMO: 'true' } : {}),
    // What overflows is closed after each use, and opening it again takes longer than the query; MLflow ignores an overflow of 0.
    MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: String(poolSize(threads) - 1),
    MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: '1',
    MLFLOW_SQLALCHEMYSTORE_POOL_RECYCLE: '1800',
    PGAPPNAME: 'mlflow',
    MLFLOW_ARTIFACTS_DESTINATION: artifactsDestination(artifacts),
    ...bucketVariables(artifacts),
    MLFLOW_EXPOSE_PROMETHEUS: METRICS.folder,
    ...calleeSettings(callees, clusterDomain),
    ...(corsOrigins?.length ? { MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: corsOrigins.join(',') } : {}),
    // Its queue is a file of one pod, so with replicas jobs run twice or never; and it takes 1.3 GB.
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    // It would fetch price lists of models from the internet, by requests that wait for the policy that drops them. The image has lists, too.
    MLFLOW_MODEL_CATALOG_URI: '',
    // Gives large bodies' memory back when they end. By default glibc raises this bound to what was freed last, and keeps what is below it.
    MALLOC_MMAP_THRESHOLD_: String(128 * 1024),
    HOME: '/tmp',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1', // which would be in /tmp
  };
}
