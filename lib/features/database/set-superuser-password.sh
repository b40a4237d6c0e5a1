# Gives the superuser the Secret's password, which may have changed since the volume was initialised. By the socket no password is asked for.
set -eu
cd "$SECRETS"
# By TCP: while a new volume is initialised the server listens on the socket only.
until pg_isready --quiet --host=127.0.0.1; do sleep 0.5; done
password=$(cat POSTGRES_PASSWORD)
printf '%s\n%s\n' "$password" "$password" |
  psql --no-psqlrc --quiet --host=/var/run/postgresql --username="$(cat POSTGRES_USER)" --dbname=postgres --command='\password'
