#!/bin/sh
# Installs the Debian packages that the tests need, when it may; asks first on a terminal.
# Where it may not, the tests that need them name themselves as not run and `make test` exits 3.
set -u
wanted="chromium fonts-noto-cjk fonts-noto-core gcc iproute2 libc6-dev libzbar0 nftables postgresql procps strace systemd"
command -v dpkg-query >/dev/null 2>&1 || exit 0
missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

run=""
if [ "$(id -u)" -ne 0 ]; then
    if [ -t 0 ] && command -v sudo >/dev/null 2>&1; then run="sudo"; elif sudo -n true 2>/dev/null; then run="sudo -n"; else
        echo "The tests would like these Debian packages, and nobody here may install them:$missing" >&2
        exit 0
    fi
fi
if [ -t 0 ]; then
    printf 'The tests need these Debian packages:%s\nInstall them now? [y/N] ' "$missing"
    read -r answer
    case "$answer" in y | Y | yes) ;; *) exit 0 ;; esac
fi
echo "Installing$missing ..."
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq && $run apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    echo "Not all of them could be installed; the tests that need them will say so." >&2
exit 0
