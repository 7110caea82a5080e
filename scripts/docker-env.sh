#!/usr/bin/env bash
# Writes .env for docker compose, with random passwords, unless it is there. Hexadecimal, because they stand in URLs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -e .env ]; then
	echo "docker-env: .env is there already; delete it only together with the database volume (docker compose down -v)"
	exit 0
fi
umask 077
password() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }
cat >.env <<END
# Made by make docker-env. The database takes these over when its volume is first made.
LECTERN_SUPERUSER_PASSWORD=$(password)
LECTERN_OWNER_PASSWORD=$(password)
LECTERN_APP_PASSWORD=$(password)
END
echo "docker-env: wrote .env; now run docker compose up --build"
