#!/bin/sh
# Builds the image without a Docker engine: buildah in chroot isolation, on a base made here from Debian's packages that
# stands for python:…-slim. Says nothing but the image's root folder, which is mounted until the container is removed.
#   image.sh build FOLDER    |    image.sh remove FOLDER
set -eu
folder=$2
cd "$(dirname "$0")/../.."
tool() {
    buildah --storage-driver vfs --root "$folder/storage" --runroot "$folder/run" "$@"
}
if [ "$1" = remove ]; then
    tool rm --all >/dev/null
    tool rmi --all --force >/dev/null
    exit 0
fi

mkdir -p "$folder/base"
mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates,curl \
    "${BASE_SUITE:-trixie}" "$folder/base/base.tar"
# What this machine trusts, and where its pip looks, for the build alone.
cp /etc/ssl/certs/ca-certificates.crt "$folder/base/"
{
    echo '[global]'
    python3 -m pip config list 2>/dev/null | sed -n "s/^global\.\(index-url\|cert\)='\(.*\)'$/\1 = \2/p"
} >"$folder/base/pip.conf"
cat >"$folder/base/Dockerfile" <<'END'
FROM scratch
ADD base.tar /
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY pip.conf /etc/pip.conf
RUN ln -s /usr/bin/python3 /usr/local/bin/python
END
tool bud --quiet --isolation chroot --tag localhost/python:slim "$folder/base" >&2
tool bud --quiet --isolation chroot --format docker --build-arg PYTHON_IMAGE=localhost/python:slim --tag localhost/haru . >&2
tool inspect --type image localhost/haru >"$folder/image.json"
tool mount "$(tool from localhost/haru)"
