#!/usr/bin/env bash
# Runs once in the database container, when its volume is empty: the two roles of the design and the extension, which
# only a superuser may create. The passwords come from .env through docker-compose.yml.
set -euo pipefail

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
	-v owner_password="$LECTERN_OWNER_PASSWORD" -v app_password="$LECTERN_APP_PASSWORD" <<-'SQL'
	create role lectern_owner login nosuperuser nobypassrls nocreaterole nocreatedb password :'owner_password';
	create role lectern_app login nosuperuser nobypassrls nocreaterole nocreatedb password :'app_password';
	alter database lectern owner to lectern_owner;
	revoke all on database lectern from public;
	grant connect on database lectern to lectern_app;
	create extension if not exists vector;
SQL
