-- Makes the tracking server's role and one of its databases, as often as it is run, on PostgreSQL 15 or newer.
-- psql reads it as an administrator; the role's password, twice, from standard input.
\set ON_ERROR_STOP on
\getenv role TRACKING_USER
\getenv database DATABASE
\getenv connection_limit TRACKING_CONNECTION_LIMIT

SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec

ALTER ROLE :"role" LOGIN CONNECTION LIMIT :connection_limit;

-- A client whose host lost its power says nothing more: by default its session and its locks stay for two hours. With these, 20 seconds.
ALTER ROLE :"role" SET tcp_keepalives_idle = '10s';
ALTER ROLE :"role" SET tcp_keepalives_interval = '5s';
ALTER ROLE :"role" SET tcp_keepalives_count = 2;
ALTER ROLE :"role" SET tcp_user_timeout = '20s';
ALTER ROLE :"role" SET client_connection_check_interval = '10s';

-- \password sends a hash: a statement with the password itself could end in the server's log.
\password :"role"

-- Who is no superuser may only make a database for a role that it belongs to.
SELECT format('GRANT %I TO CURRENT_USER', :'role')
WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

SELECT format('ALTER DATABASE %I OWNER TO %I', :'database', :'role')
WHERE :'role' <> (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :'database') \gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;

-- Inside the database its owner owns the schema, too, by way of pg_database_owner.
\connect :"database"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
