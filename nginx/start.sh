#!/bin/sh
# Starts Nginx on the page and the templates beside this file, with a placeholder certificate until there is one, and
# takes a changed page, changed templates and a renewed certificate into use without dropping a stream.
# `start.sh site` only makes the next site, for an Nginx that runs. Every variable has a default but DOMAIN.
set -eu
umask 077

: "${DOMAIN:?is the name that the service is reached by}"
HERE=$(cd "$(dirname "$0")" && pwd)
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
TRUSTED_PROXIES=${TRUSTED_PROXIES:-}   # whose X-Forwarded-For is believed: "10.0.0.0/16,192.0.2.7"
LOOK_SECONDS=${LOOK_SECONDS:-30}       # how often it looks for what changed
NGINX_USER=''
[ "$(id -u)" = 0 ] && NGINX_USER="user ${NGINX_WORKER:-nginx};"
CONF=$RUN_DIR/site/conf/nginx.conf

refuse() {
    echo "Nginx cannot start: $1" >&2
    exit 1
}

say() {
    printf '{"time": "%s", "level": "INFO", "logger": "nginx.start", "request_id": "-", "message": "%s"}\n' \
        "$(date -Iseconds)" "$1"
}

# In the page's folder: what belongs to it, and what to do with that.
page_files() {
    find . \( -path ./node_modules -o -path ./tests \) -prune -o -type f "$@"
}

# Names, sizes and times of all that a site is made from: cheap enough to ask again and again.
look() {
    {
        (cd "$PAGE_DIR" && page_files -printf '%p %s %T@\n')
        find "$HERE" -type f -printf '%p %s %T@\n'
    } | sort
}

# Page and configuration, in a folder of their own: files that are being changed change nothing in use, and what Nginx
# refuses never is. The site before stays for workers that end with their last stream.
make_site() {
    SITE_DIR=$RUN_DIR/site-$(date +%s%N)
    trap 'rm -rf "$SITE_DIR"' EXIT
    mkdir -p "$SITE_DIR/conf" "$SITE_DIR/page"
    (cd "$PAGE_DIR" && page_files -exec cp --parents --preserve=timestamps -t "$SITE_DIR/page" {} +)
    version=$(page_version)
    name_parts
    fill_in
    generate
    chmod -R a+rX "$SITE_DIR"
    nginx -t -q -c "$SITE_DIR/conf/nginx.conf"
    trap - EXIT
    before=$(readlink "$RUN_DIR/site" || true)
    ln -sfn "$SITE_DIR" "$RUN_DIR/site.next"
    mv -fT "$RUN_DIR/site.next" "$RUN_DIR/site"
    for old in "$RUN_DIR"/site-*; do
        case "$old" in "$SITE_DIR" | "$before") ;; *) rm -rf "$old" ;; esac
    done
}

page_version() {
    (cd "$SITE_DIR/page" && find . -type f -exec sha256sum {} + | sort) | sha256sum | cut -c 1-12
}

# The HTML names its parts by what changes when any of them does; so it is newer than all it was made from.
name_parts() {
    for file in "$SITE_DIR"/page/*.html; do
        [ -e "$file" ] || continue
        sed -E -i "s#((href|src)=\")((css|js|vendor|icons)/)#\1v/$version/\3#g" "$file"
    done
}

fill_in() {
    CONF_DIR=$SITE_DIR/conf
    export RUN_DIR SITE_DIR CONF_DIR ACME_DIR HTTP_LISTEN HTTPS_LISTEN HEALTH_LISTEN PUBLIC_PORT WEB RESOLVER \
        MIME_TYPES NGINX_USER DOMAIN
    # shellcheck disable=SC2016 # these are names for envsubst: Nginx's own variables must stay
    names='$RUN_DIR $SITE_DIR $CONF_DIR $ACME_DIR $HTTP_LISTEN $HTTPS_LISTEN $HEALTH_LISTEN $PUBLIC_PORT $WEB $RESOLVER
        $MIME_TYPES $NGINX_USER $DOMAIN'
    for template in "$HERE"/*.conf.template; do
        filled=$CONF_DIR/$(basename "$template" .template)
        envsubst "$names" <"$template" >"$filled"
    done
}

# The origins that may read our own errors, as the web hosts allow them, which hash of the page is today's, and the
# proxies before us: where a request comes from is then the last address in X-Forwarded-For that is none of theirs.
generate() {
    origins=$(echo "$CORS_ALLOWED_ORIGINS" | tr -d ' ')
    case "$origins" in
        *[!A-Za-z0-9:/.,_-]*) refuse 'CORS_ALLOWED_ORIGINS must be origins separated by commas.' ;;
    esac
    proxies=$(echo "$TRUSTED_PROXIES" | tr -d ' ')
    case "$proxies," in
        *[!0-9A-Fa-f:./,]* | */0,*) refuse 'TRUSTED_PROXIES must be addresses or networks separated by commas, not everybody.' ;;
    esac
    {
        # shellcheck disable=SC2016 # Nginx's variables, not the shell's
        printf 'map $http_origin $allowed_origin {\n    default "";\n'
        # shellcheck disable=SC2016
        echo "$origins" | tr ',' '\n' | sort -u | sed -n 's|^..*$|    "&" $http_origin;|p'
        # shellcheck disable=SC2016
        printf '}\nmap $allowed_origin $exposed_headers {\n    default "Retry-After, X-Request-ID";\n    "" "";\n}\n'
        # shellcheck disable=SC2016
        printf 'map $asset_version $asset_keeping {\n    default no-cache;\n    "%s" "public, max-age=31536000, immutable";\n}\n' "$version"
        echo "$proxies" | tr ',' '\n' | sed -n 's|^..*$|set_real_ip_from &;|p'
        printf 'real_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n'
    } >"$CONF_DIR/generated.conf"
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

take_renewed() {
    is_new || return 0
    before=$(readlink "$RUN_DIR/tls")
    take "$LETSENCRYPT_DIR/live/$DOMAIN"
    if nginx -t -q -c "$CONF"; then
        nginx -s reload -c "$CONF"
        rm -rf "$before"
        say 'A new certificate is in use.'
    else
        rm -rf "$(readlink "$RUN_DIR/tls")"
        ln -sfn "$before" "$RUN_DIR/tls.next" && mv -fT "$RUN_DIR/tls.next" "$RUN_DIR/tls"
    fi
}

# A reload starts new workers; the old ones end when their last stream has. What changed is taken when it was the same at
# two looks: by then whoever changes it is done. It is made by the script as it is now, like the templates. $$ is Nginx.
watch() {
    in_use=$1
    seen=$1
    while sleep "$LOOK_SECONDS" && kill -0 $$ 2>/dev/null; do
        take_renewed
        now=$(look)
        if [ "$now" = "$seen" ] && [ "$now" != "$in_use" ] && "$HERE/start.sh" site && nginx -s reload -c "$CONF"; then
            in_use=$now
            say 'A changed page or configuration is in use.'
        fi
        seen=$now
    done
}

case "$DOMAIN" in
    *[!A-Za-z0-9.-]*) refuse 'DOMAIN must be one host name.' ;;
esac
[ -n "$RESOLVER" ] || refuse 'no name server in /etc/resolv.conf; set RESOLVER.'
if [ "${1:-}" = site ]; then
    make_site
    exit
fi
mkdir -p "$RUN_DIR"
chmod 755 "$RUN_DIR"
rm -rf "$RUN_DIR"/tls-* "$RUN_DIR"/site-*
if [ -s "$LETSENCRYPT_DIR/live/$DOMAIN/privkey.pem" ]; then take "$LETSENCRYPT_DIR/live/$DOMAIN"; else make_placeholder; fi
looked=$(look)
make_site
watch "$looked" &
exec nginx -c "$CONF"
