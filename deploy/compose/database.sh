#!/bin/bash
# The start of the db service: a random root password, made once and kept in the volume beside the data's own, where
# the image's entrypoint reads it. Nobody has to type it, and it is in no file of the repository and in no log.
set -eu
if [ ! -s /run/secrets-volume/mysql-root-password ]; then
  (umask 077 && head -c 24 /dev/urandom | base64 >/run/secrets-volume/mysql-root-password)
fi
# The entrypoint reads it as the server's own user.
chown mysql /run/secrets-volume/mysql-root-password
exec docker-entrypoint.sh mysqld "$@"
