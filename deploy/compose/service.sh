#!/bin/sh
# The start of the service: what signs its tokens, made once and kept in a volume; migrations and, into an empty
# database, demo data; then the service in its place, to get the signals.
set -eu
secret=/app/secrets/jwt-secret
if [ ! -s "$secret" ]; then
  (umask 077 && head -c 48 /dev/urandom | base64 -w 0 >"$secret.new")
  mv "$secret.new" "$secret"
fi
JWT_SECRET=$(cat "$secret")
export JWT_SECRET
node dist/commands/setup.js
exec node --enable-source-maps dist/main.js
