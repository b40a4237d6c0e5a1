-- What 10,000 finished runs of 10 metrics, 5 parameters and 3 tags leave in the tables of MLflow 3.17.
BEGIN;
INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)
  VALUES ('ten-thousand-runs', 'mlflow-artifacts:/ten-thousand-runs', 'active', 1700000000000, 1700000000000);
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
  SELECT number, md5(number::text) AS run_uuid, experiment_id
  FROM generate_series(1, 10000) AS number, experiments WHERE experiments.name = 'ten-thousand-runs';
INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version, lifecycle_stage,
    artifact_uri, experiment_id)
  SELECT run_uuid, 'run-' || number, 'UNKNOWN', '', '', 'bench', 'FINISHED', 1700000000000 + number, 1700000060000 + number, '', 'active',
    'mlflow-artifacts:/ten-thousand-runs/' || run_uuid || '/artifacts', experiment_id
  FROM made;
-- The same numbers every time: multiples of primes, spread over 0 to 1.
INSERT INTO metrics (run_uuid, key, value, timestamp, step, is_nan)
  SELECT run_uuid, 'm' || metric, (number * (7919 + 104 * metric) % 10007) / 10007.0, 1700000000000 + number, 0, false
  FROM made, generate_series(0, 9) AS metric;
INSERT INTO latest_metrics (run_uuid, key, value, timestamp, step, is_nan) SELECT run_uuid, key, value, timestamp, step, is_nan FROM metrics
  WHERE run_uuid IN (SELECT run_uuid FROM made);
INSERT INTO params (run_uuid, key, value) SELECT run_uuid, 'p' || param, (number % (param + 5))::text FROM made, generate_series(0, 4) AS param;
INSERT INTO tags (run_uuid, key, value) SELECT run_uuid, 't' || tag, 'value ' || number FROM made, generate_series(0, 2) AS tag;
COMMIT;
ANALYZE;
