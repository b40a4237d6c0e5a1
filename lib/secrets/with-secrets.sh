# Starts a program with the secrets in its environment: each file is named after a variable and holds its value.
set -eu
for file in "$SECRETS"/*; do
  value=$(cat "$file")
  export "${file##*/}=$value"
done
exec "$@"
