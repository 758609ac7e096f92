#!/bin/bash
# Starts the db service. Generates a random root password once, in a separate volume from which the image's entrypoint
# reads it. So the password is in no file of the repository and in no log.
set -eu
if [ ! -s /run/secrets-volume/mysql-root-password ]; then
  (umask 077 && head -c 24 /dev/urandom | base64 >/run/secrets-volume/mysql-root-password)
fi
# The entrypoint reads the file as the user mysql.
chown mysql /run/secrets-volume/mysql-root-password
# A volume of an earlier version lacks some of the accounts.
if [ -d /var/lib/mysql/mysql ]; then
  set -- "$@" --init-file=/docker-entrypoint-initdb.d/users.sql
fi
exec docker-entrypoint.sh mysqld "$@"
