#!/bin/sh
# Backups of the database that PGHOST, PGUSER, PGDATABASE and PGPASSWORD name.
#   once            one now, checked, into BACKUP_DIR; what is older than BACKUP_KEEP_DAYS goes, never the newest
#   nightly         one now unless there is a fresh one, then one each night at BACKUP_AT (local time of TZ)
#   is-fresh        fails when the newest is older than 26 hours
#   restore FILE    replaces everything in the database by a backup, or changes nothing; stop the web hosts first
set -eu
umask 077
DIR=${BACKUP_DIR:-/backups}
KEEP_DAYS=${BACKUP_KEEP_DAYS:-14}
AT=${BACKUP_AT:-03:30}

# Nobody is to trust in backups of an empty database beside the one in use.
case "${DATABASE_URL:-}" in
    '' | *"@${PGHOST:-}"[:/]*) ;;
    *)
        echo "No backups from here: DATABASE_URL names another database than that of ${PGHOST:-this machine}. Make them where it is." >&2
        exit 1
        ;;
esac

once() {
    mkdir -p "$DIR"
    name=$DIR/haru-$(date +%Y-%m-%d-%H%M%S).dump
    trap 'rm -f "$name.part"' EXIT
    pg_dump --format=custom --no-owner --no-privileges --file="$name.part"
    # A dump that cannot be read to its end is none.
    pg_restore --file=/dev/null "$name.part"
    mv "$name.part" "$name"
    find "$DIR" -name 'haru-*.dump' ! -path "$name" -mmin "+$((KEEP_DAYS * 1440))" -delete
    find "$DIR" -name 'haru-*.dump.part' -mmin +1440 -delete
    echo "Backup: $name, $(wc -c <"$name") bytes."
}

is_fresh() {
    [ -n "$(find "$DIR" -name 'haru-*.dump' -mmin -1560 2>/dev/null)" ]
}

# BACKUP_AT of a day, in seconds; where the clock leaps over it, the same moment by the clock before.
at() {
    date -d "$1 $AT" +%s 2>/dev/null || date -d "$1 $AT $(date +%z)" +%s
}

nightly() {
    trap 'exit 0' TERM INT
    is_fresh || "$0" once || echo 'The first backup failed; it is tried again in the night.' >&2
    while :; do
        next=$(at today)
        [ "$next" -gt "$(date +%s)" ] || next=$(at tomorrow)
        sleep $((next - $(date +%s))) &
        wait $!
        "$0" once || echo 'The backup failed.' >&2
    done
}

# In one transaction: the old schema goes and the backup's rows come, or nothing has happened.
restore() {
    [ -s "$1" ] || { echo "There is no backup $1." >&2; exit 1; }
    pg_restore --file=/dev/null "$1"
    {
        echo 'BEGIN; DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;'
        # Committed only when the dump has been read to its last line.
        pg_restore --no-owner --no-privileges --file=- "$1" | awk '
            /^CREATE SCHEMA public;$/ { next }
            /^-- PostgreSQL database dump complete$/ { whole = 1 }
            { print }
            END { print (whole ? "COMMIT;" : "ROLLBACK; SELECT 1/0 AS the_backup_is_not_whole;") }'
    } | psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --output=/dev/null
    echo "Restored: $1."
}

case "${1:-}" in
    once) once ;;
    nightly) nightly ;;
    is-fresh) is_fresh ;;
    restore) restore "${2:?names the backup to restore}" ;;
    *) sed -n '2,6p' "$0" >&2; exit 2 ;;
esac
