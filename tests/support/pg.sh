#!/usr/bin/env bash
# A PostgreSQL of the distribution for a test, in a folder of its own, reached
# by a unix socket only, run by an account without rights (it refuses root).
#
#   pg.sh start FOLDER    makes FOLDER, starts it; then: psql -h FOLDER
#   pg.sh stop FOLDER     stops it and removes FOLDER
#   pg.sh psql FOLDER ... psql on database `test`, stopping at the first error
#
# Exit 77: PostgreSQL is not installed, the one reason to skip.
set -euo pipefail

verb=${1:?start, stop or psql}
folder=${2:?a folder}
shift 2

found() {
    command -v "$1" 2>/dev/null && return
    ls -d /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | sort -V | tail -n 1
}

initdb=$(found initdb)
pg_ctl=$(found pg_ctl)
psql=$(found psql)
if [ -z "$initdb" ] || [ -z "$pg_ctl" ] || [ -z "$psql" ]; then
    echo "PostgreSQL is not installed: apt-get install postgresql" >&2
    exit 77
fi

# Who runs the server, and how to become that.
account=$(id -un)
as=()
if [ "$(id -u)" = 0 ]; then
    account=nobody
    id postgres >/dev/null 2>&1 && account=postgres
    as=(setpriv --reuid="$account" --regid="$(id -g "$account")" --clear-groups
        env HOME=/ PATH="$PATH")
fi

case $verb in
start)
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown "$account" "$folder"
    cd "$folder"
    if ! "${as[@]}" "$initdb" -D "$folder/data" -U test -A trust --no-sync \
        -E UTF8 --locale=C.UTF-8 --lc-collate=C >"$folder/log" 2>&1; then
        cat "$folder/log" >&2
        exit 1
    fi
    if ! "${as[@]}" "$pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -s \
        -o "-k '$folder' -c listen_addresses='' -c fsync=off" start; then
        cat "$folder/server.log" >&2
        exit 1
    fi
    "$psql" -q -h "$folder" -U test -d postgres -c 'CREATE DATABASE test'
    ;;
stop)
    [ -d "$folder/data" ] || exit 0
    cd /
    "${as[@]}" "$pg_ctl" -D "$folder/data" -m immediate -w -s stop || true
    rm -rf "$folder"
    ;;
psql)
    exec "$psql" -q -X -v ON_ERROR_STOP=1 -h "$folder" -U test -d test "$@"
    ;;
*)
    echo "pg.sh start|stop|psql FOLDER" >&2
    exit 2
    ;;
esac
