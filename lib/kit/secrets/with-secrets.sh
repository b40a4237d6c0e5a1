# Starts a program with the secrets in its environment: each file is named after a variable and holds its value, without the line end that editors
# put after it.
set -eu
cr=$(printf '\r')
for file in "$SECRETS"/*; do
  value=$(cat "$file")
  export "${file##*/}=${value%"$cr"}"
done
exec "$@"
