# Makes the tracking server's user on a MinIO, with one policy. The administrator is in ADMINISTRATOR_ID and ADMINISTRATOR_KEY.
set -eu
# mc reads keys that are not in its arguments from standard input.
printf '%s\n%s\n' "$ADMINISTRATOR_ID" "$ADMINISTRATOR_KEY" | mc alias set store "$MLFLOW_S3_ENDPOINT_URL" --api S3v4 >/dev/null
mc admin policy create store "$POLICY" "$(dirname "$0")/policy.json" >/dev/null
printf '%s\n%s\n' "$USER_ID" "$USER_KEY" | mc admin user add store >/dev/null
mc admin policy attach store "$POLICY" --user "$USER_ID" >/dev/null
echo "user $USER_ID may use the bucket $BUCKET"
