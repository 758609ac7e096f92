#!/bin/sh
# Starts the service. Generates the key that signs tokens once, in a volume. Runs migrations and, with DEMO_DATA=true, loads
# demo data into an empty database. Then `exec` replaces the shell with the service, so the service receives the signals.
set -eu
secret=/app/secrets/jwt-secret
if [ ! -s "$secret" ]; then
  (umask 077 && head -c 48 /dev/urandom | base64 -w 0 >"$secret.new")
  mv "$secret.new" "$secret"
fi
JWT_SECRET=$(cat "$secret")
export JWT_SECRET
node dist/commands/migrate-and-seed.js
exec node --enable-source-maps --max-semi-space-size=16 dist/main.js
