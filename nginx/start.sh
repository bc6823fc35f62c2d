#!/bin/sh
# Starts Nginx from the templates beside this file: fills them in, makes a placeholder certificate for the first start,
# and takes a renewed one into use without dropping a stream. Every variable has a default but DOMAIN.
set -eu
umask 077

: "${DOMAIN:?is the name that the service is reached by}"
HERE=$(dirname "$0")
RUN_DIR=${RUN_DIR:-/run/haru}
PAGE_DIR=${PAGE_DIR:-/srv/page}
ACME_DIR=${ACME_DIR:-/var/www/acme}
LETSENCRYPT_DIR=${LETSENCRYPT_DIR:-/etc/letsencrypt}
HTTP_LISTEN=${HTTP_LISTEN:-80}
HTTPS_LISTEN=${HTTPS_LISTEN:-443}
HEALTH_LISTEN=${HEALTH_LISTEN:-127.0.0.1:8081}
PUBLIC_PORT=${PUBLIC_PORT:-}           # ":8443" where it is not 443
WEB=${WEB:-web:8000}                   # every address that its name has is a web host
RESOLVER=${RESOLVER:-$(awk '$1 == "nameserver" && $2 !~ /:/ {print $2; exit}' /etc/resolv.conf)}
MIME_TYPES=${MIME_TYPES:-/etc/nginx/mime.types}
CORS_ALLOWED_ORIGINS=${CORS_ALLOWED_ORIGINS:-}
LOOK_SECONDS=${LOOK_SECONDS:-30}       # how often a renewed certificate is looked for
NGINX_USER=''
[ "$(id -u)" = 0 ] && NGINX_USER="user ${NGINX_WORKER:-nginx};"
CONF_DIR=$RUN_DIR/conf

refuse() {
    echo "Nginx cannot start: $1" >&2
    exit 1
}

fill_in() {
    export RUN_DIR CONF_DIR PAGE_DIR ACME_DIR HTTP_LISTEN HTTPS_LISTEN HEALTH_LISTEN PUBLIC_PORT WEB RESOLVER \
        MIME_TYPES NGINX_USER DOMAIN
    # shellcheck disable=SC2016 # these are names for envsubst: Nginx's own variables must stay
    names='$RUN_DIR $CONF_DIR $PAGE_DIR $ACME_DIR $HTTP_LISTEN $HTTPS_LISTEN $HEALTH_LISTEN $PUBLIC_PORT $WEB $RESOLVER
        $MIME_TYPES $NGINX_USER $DOMAIN'
    mkdir -p "$CONF_DIR"
    for template in "$HERE"/*.conf.template; do
        filled=$CONF_DIR/$(basename "$template" .template)
        envsubst "$names" <"$template" >"$filled"
    done
}

# The origins that may read our own errors, as the web hosts allow them, and which hash of the page is today's.
generate() {
    case "$CORS_ALLOWED_ORIGINS" in
        *[!A-Za-z0-9:/.,_-]*) refuse 'CORS_ALLOWED_ORIGINS must be origins separated by commas.' ;;
    esac
    {
        # shellcheck disable=SC2016 # Nginx's variables, not the shell's
        printf 'map $http_origin $allowed_origin {\n    default "";\n'
        # shellcheck disable=SC2016
        echo "$CORS_ALLOWED_ORIGINS" | tr ',' '\n' | sed -n 's|^..*$|    "&" $http_origin;|p'
        # shellcheck disable=SC2016
        printf '}\nmap $allowed_origin $exposed_headers {\n    default "Retry-After, X-Request-ID";\n    "" "";\n}\n'
        # shellcheck disable=SC2016
        printf 'map $asset_version $asset_keeping {\n    default no-cache;\n    "%s" "public, max-age=31536000, immutable";\n}\n' "$1"
    } >"$RUN_DIR/generated.conf"
}

# The page's HTML with its parts under a name that changes when any of them does.
name_parts() {
    mkdir -p "$RUN_DIR/page"
    for file in "$PAGE_DIR"/*.html; do
        [ -e "$file" ] || continue
        sed -E "s#((href|src)=\")((css|js|vendor|icons)/)#\1v/$1/\3#g" "$file" >"$RUN_DIR/page/$(basename "$file")"
        touch -r "$file" "$RUN_DIR/page/$(basename "$file")"
    done
    chmod -R a+rX "$RUN_DIR/page"
}

page_version() {
    (cd "$PAGE_DIR" && find . -type f ! -path './node_modules/*' ! -path './tests/*' -exec sha256sum {} + | sort) |
        sha256sum | cut -c 1-12
}

is_new() {
    [ -s "$LETSENCRYPT_DIR/live/$DOMAIN/privkey.pem" ] &&
        ! cmp -s "$LETSENCRYPT_DIR/live/$DOMAIN/fullchain.pem" "$RUN_DIR/tls/fullchain.pem"
}

# Key and chain change together or not at all: Nginx reads both through one link.
take() {
    next=$RUN_DIR/tls-$(date +%s%N)
    mkdir "$next"
    cp -L "$1/fullchain.pem" "$1/privkey.pem" "$next/"
    ln -sfn "$next" "$RUN_DIR/tls.next"
    mv -fT "$RUN_DIR/tls.next" "$RUN_DIR/tls"
}

make_placeholder() {
    mkdir -p "$RUN_DIR/placeholder"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$DOMAIN" \
        -addext "subjectAltName=DNS:$DOMAIN" \
        -keyout "$RUN_DIR/placeholder/privkey.pem" -out "$RUN_DIR/placeholder/fullchain.pem" 2>/dev/null ||
        refuse 'openssl could not make a placeholder certificate.'
    take "$RUN_DIR/placeholder"
}

# A reload starts new workers; the old ones end when their last stream has.
watch() {
    while sleep "$LOOK_SECONDS"; do
        is_new || continue
        before=$(readlink "$RUN_DIR/tls")
        take "$LETSENCRYPT_DIR/live/$DOMAIN"
        if nginx -t -q -c "$CONF_DIR/nginx.conf"; then
            nginx -s reload -c "$CONF_DIR/nginx.conf"
            rm -rf "$before"
            printf '{"time": "%s", "level": "INFO", "logger": "nginx.start", "request_id": "-", "message": "%s"}\n' \
                "$(date -Iseconds)" 'A new certificate is in use.'
        else
            rm -rf "$(readlink "$RUN_DIR/tls")"
            ln -sfn "$before" "$RUN_DIR/tls.next" && mv -fT "$RUN_DIR/tls.next" "$RUN_DIR/tls"
        fi
    done
}

case "$DOMAIN" in
    *[!A-Za-z0-9.-]*) refuse 'DOMAIN must be one host name.' ;;
esac
[ -n "$RESOLVER" ] || refuse 'no name server in /etc/resolv.conf; set RESOLVER.'
mkdir -p "$RUN_DIR"
chmod 755 "$RUN_DIR"
version=$(page_version)
fill_in
generate "$version"
name_parts "$version"
rm -rf "$RUN_DIR"/tls-*
if [ -s "$LETSENCRYPT_DIR/live/$DOMAIN/privkey.pem" ]; then take "$LETSENCRYPT_DIR/live/$DOMAIN"; else make_placeholder; fi
nginx -t -q -c "$CONF_DIR/nginx.conf"
watch &
exec nginx -c "$CONF_DIR/nginx.conf"
