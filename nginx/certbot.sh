#!/bin/sh
# Gets a certificate for DOMAIN once, and looks twice a day whether it is time to renew it; start.sh takes it into use.
set -eu
: "${DOMAIN:?is the name that the service is reached by}" "${ACME_EMAIL:?is where notices about the certificate go}"
trap 'exit 0' TERM INT

until certbot certonly --webroot --webroot-path /var/www/acme --domain "$DOMAIN" --email "$ACME_EMAIL" \
    --agree-tos --no-eff-email --non-interactive --keep-until-expiring --key-type ecdsa; do
    echo "No certificate yet: does $DOMAIN lead here, and is port 80 open? Trying again in an hour." >&2
    sleep 3600 & wait $!
done
while :; do
    sleep 43200 & wait $!
    certbot renew --non-interactive --quiet || echo 'The renewal failed; it is tried again in 12 hours.' >&2
done
