# Runs set-up.sql for each database once the server answers. The administrator is in PGHOST, PGPORT, PGUSER and PGPASSWORD.
set -eu
until pg_isready --quiet --timeout=5; do
  echo "waiting for PostgreSQL at $PGHOST:$PGPORT"
  sleep 2
done
for database in "$TRACKING_DATABASE" ${USERS_DATABASE:+"$USERS_DATABASE"}; do
  # Without a terminal psql reads a password and its repetition from standard input.
  printf '%s\n%s\n' "$TRACKING_PASSWORD" "$TRACKING_PASSWORD" |
    DATABASE="$database" psql --no-psqlrc --quiet --dbname="${PGDATABASE:-postgres}" --file="$(dirname "$0")/set-up.sql"
  echo "role $TRACKING_USER and database $database are set up"
done
