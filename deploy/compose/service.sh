#!/bin/sh
# Starts the service: makes the key that signs its tokens, once, in a volume; runs migrations and, with DEMO_DATA=true,
# loads demo data into an empty database; then replaces itself with the service, which gets the signals.
set -eu
secret=/app/secrets/jwt-secret
if [ ! -s "$secret" ]; then
  (umask 077 && head -c 48 /dev/urandom | base64 -w 0 >"$secret.new")
  mv "$secret.new" "$secret"
fi
JWT_SECRET=$(cat "$secret")
export JWT_SECRET
node dist/commands/migrate-and-seed.js
exec node --enable-source-maps dist/main.js
