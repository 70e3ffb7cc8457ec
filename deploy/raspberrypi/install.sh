#!/bin/sh
# Installs a box on 64-bit Raspberry Pi OS or Debian 12 or 13, from this checkout. Running it again changes only what
# differs: that is also how a box is updated. docs/technician.md tells the first hour.
set -eu
umask 022

usage() {
    cat <<'TEXT'
usage: sudo deploy/raspberrypi/install.sh --name BOX [--without-screen] [--with camera|keyboard|gpio]...
       sudo deploy/raspberrypi/install.sh                    update this box from the checkout
       sudo deploy/raspberrypi/install.sh --check            say what differs, change nothing; exit 1 if anything does
       sudo deploy/raspberrypi/install.sh --remove [--remove-data]
       deploy/raspberrypi/install.sh --root DIR --name BOX   lay the files into a tree; no users, packages or services

--name BOX        this box's name, for ever: letters, digits, _, . and -, at most 32. Needed the first time only.
--with DEVICES    what the box needs for a camera, for scanners that type (keyboard), or for pulses on GPIO. Also later;
                  from then on an update keeps it.
--without-screen  no browser: a box whose pages are looked at from nowhere.
--remove          takes everything away but the data, the keys and the configuration.
--remove-data     takes these away too. What HR has not received yet is then gone.
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)
mode=apply root="" name="" screen=yes remove_data=no extras=""

while [ $# -gt 0 ]; do
    case $1 in
    --check) mode=check ;;
    --remove) mode=remove ;;
    --remove-data) remove_data=yes ;;
    --without-screen) screen=no ;;
    --root | --name | --with)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        case $1=$2 in
        --root=*) root=$2 ;;
        --name=*) name=$2 ;;
        --with=camera | --with=keyboard | --with=gpio) extras="$extras $2" ;;
        *) usage >&2; exit 2 ;;
        esac
        shift
        ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done

etc=/etc/clockpiece
data=/var/lib/clockpiece
releases=/opt/clockpiece/releases
current=/opt/clockpiece/current
previous=/opt/clockpiece/previous
system=/etc/systemd/system
services="core devices kiosk sync"
added=$system/clockpiece-devices.service.d
differences=0

die() {
    echo "install.sh: $1" >&2
    exit 2
}

# Says that something is not as it should be; true when it is to be put right.
differs() {
    differences=$((differences + 1))
    if [ $mode = check ]; then echo "differs: $1"; else echo "$1"; fi
    [ $mode = apply ]
}

staging() { [ -n "$root" ]; }
booted() { [ -d /run/systemd/system ] && ! staging; }

# --- one wish each: looks first, and changes only what differs --------------------------------------------------------

owned() { # PATH MODE OWNER
    [ "$(stat -c %a "$root$1")" = "$2" ] && { staging || [ "$(stat -c %U:%G "$root$1")" = "$3" ]; }
}

own() { # PATH MODE OWNER
    staging || chown "$3" "$root$1"
    chmod "$2" "$root$1"
}

folder() { # PATH MODE OWNER
    if [ -d "$root$1" ] && owned "$1" "$2" "$3"; then return; fi
    if differs "folder $1 ($2 $3)"; then
        mkdir -p "$root$1"
        own "$1" "$2" "$3"
    fi
}

file() { # SOURCE PATH [MODE [OWNER]]
    set -- "$1" "$2" "${3:-644}" "${4:-root:root}"
    if cmp -s "$1" "$root$2" && owned "$2" "$3" "$4"; then return; fi
    if differs "file $2"; then
        mkdir -p "$root${2%/*}"
        # Whole or not at all, whenever the plug is pulled.
        cp "$1" "$root$2.new"
        own "$2.new" "$3" "$4"
        mv "$root$2.new" "$root$2"
    fi
}

packages() {
    missing=""
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if differs "Debian packages:$missing"; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # One word each.
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
    fi
}

group() { # NAME
    if getent group "$1" >/dev/null; then return; fi
    if differs "group $1"; then groupadd --system "$1"; fi
}

user() { # NAME GROUP
    if [ "$(id -gn "$1" 2>/dev/null)" = "$2" ]; then return; fi
    if differs "user $1 of group $2"; then
        useradd --system --gid "$2" --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin "$1"
    fi
}

secret() { # PATH COMMAND...: made once, readable by root alone
    path=$1
    shift
    if [ -s "$path" ] && owned "$path" 600 root:root; then return; fi
    if differs "key $path"; then
        if [ ! -s "$path" ]; then (umask 077 && "$@" >"$path.new" && sync "$path.new" && mv "$path.new" "$path"); fi
        own "$path" 600 root:root
    fi
}

# --- the release: a virtual environment of its own, named after what is in it -----------------------------------------

sources="cli edge hr kiosk_ui pages simulators sync clockpiece.py database.py liveness.py release.py settings.py pyproject.toml
README.md requirements/run.txt"

wanted_extras() {
    for extra in camera gpio keyboard; do
        case " $extras " in *" $extra "*) echo $extra; continue ;; esac
        # An installed box says itself what it has.
        if [ -e "$root$added/$extra.conf" ]; then echo $extra; fi
    done
}

release_name() {
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$repo/pyproject.toml")
    locks=""
    for extra in $extras; do locks="$locks requirements/$extra.txt"; done
    # One word each.
    # shellcheck disable=SC2086
    sum=$(cd "$repo" && find $sources $locks -type f ! -name '*.pyc' ! -name '*.mo' | LC_ALL=C sort | xargs sha256sum |
        sha256sum)
    echo "$version-$(echo "$sum" | cut -c1-10)"
}

release() {
    release=$releases/$(release_name)
    # The mark is made last: a release that was cut short is made anew.
    if [ ! -e "$release/complete" ] && differs "release $release"; then make_release "$release"; fi
    before=$(readlink "$current" || true)
    if [ "$before" != "$release" ] && differs "$current -> $release"; then
        [ -z "$before" ] || link "$before" "$previous"
        link "$release" "$current"
    fi
    before=$(readlink "$previous" || true)
    for old in "$releases"/*; do
        case $old in "$release" | "$before" | "$releases/*") continue ;; esac
        if differs "old release $old"; then rm -rf "$old"; fi
    done
}

link() { # TARGET PATH
    ln -sfn "$1" "$2.new"
    mv -T "$2.new" "$2"
}

make_release() { # PATH
    rm -rf "$1"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "needs Python 3.11 or newer"
    python3 -m venv "$1"
    for lock in run $extras; do
        "$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$repo/requirements/$lock.txt"
    done
    copy=$(mktemp -d)
    # One word each.
    # shellcheck disable=SC2086
    (cd "$repo" && tar -cf - --exclude=__pycache__ --exclude='*.mo' $sources) | tar -xf - -C "$copy"
    "$1/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation "$copy"
    rm -rf "$copy"
    # Where they stay, because the services may not write there.
    (cd "$1"/lib/python3*/site-packages && find pages kiosk_ui hr simulators -type d -name translations \
        -exec "$1/bin/python" -m pages.catalogues {} + >/dev/null)
    touch "$1/complete"
    sync
}

# --- the whole box ----------------------------------------------------------------------------------------------------

files() {
    folder $etc 755 root:root
    folder $etc/keys 700 root:root
    folder $data 2770 clockpiece:clockpiece
    file "$here/clockpiece" /usr/local/bin/clockpiece 755
    file "$here/name-port" /usr/local/sbin/clockpiece-name-port 755
    file "$here/tmpfiles.conf" /etc/tmpfiles.d/clockpiece.conf
    file "$here/journald.conf" /etc/systemd/journald.conf.d/clockpiece.conf
    file "$here/system.conf" /etc/systemd/system.conf.d/clockpiece.conf
    file "$here/units/hardening.conf" $system/clockpiece-.service.d/hardening.conf
    file "$here/units/clockpiece.target" $system/clockpiece.target
    for each in $services; do
        file "$here/units/clockpiece-$each.service" "$system/clockpiece-$each.service"
    done
    for each in $extras; do file "$here/units/devices-$each.conf" "$added/$each.conf"; done
    case $extras in *gpio*) file "$here/gpio.rules" /etc/udev/rules.d/73-clockpiece-gpio.rules ;; esac
    if [ $screen = yes ]; then
        file "$here/units/clockpiece-screen.service" $system/clockpiece-screen.service
        file "$here/screen" /usr/local/lib/clockpiece/screen 755
        file "$here/input.rules" /etc/udev/rules.d/71-clockpiece-input.rules
        file "$here/chromium.json" /etc/chromium/policies/managed/clockpiece.json
        [ -e "$root$etc/screen.env" ] || file "$here/screen.env" $etc/screen.env
    fi
    configuration
}

# Yours from the first day on: it is made once and never touched again.
configuration() {
    [ ! -e "$root$etc/clockpiece.toml" ] || return 0
    if differs "file $etc/clockpiece.toml"; then
        sed "s/@NAME@/$name/" "$here/clockpiece.toml" >"$root$etc/clockpiece.toml.new"
        own $etc/clockpiece.toml.new 640 root:clockpiece
        mv "$root$etc/clockpiece.toml.new" "$root$etc/clockpiece.toml"
    fi
}

signing_key() {
    if [ -s $etc/keys/signing.key ] && owned $etc/keys/signing.key 600 root:root; then return; fi
    if differs "key $etc/keys/signing.key"; then
        $current/bin/python -c 'import pathlib, sys; from sync.enrolling.keys import own_key; own_key(pathlib.Path(sys.argv[1]))' \
            $etc/keys/signing.key
        own $etc/keys/signing.key 600 root:root
    fi
}

enabled() { # UNIT TARGET
    [ -L "$system/$2.wants/$1" ] || ! differs "$1 starts with $2" || systemctl --quiet enable "$1"
}

start() {
    systemd-tmpfiles --create /etc/tmpfiles.d/clockpiece.conf
    booted || return 0
    systemctl daemon-reload
    systemctl try-restart systemd-journald.service
    systemctl restart clockpiece.target
    if [ -S /run/udev/control ]; then udevadm control --reload; fi
}

install_box() {
    if ! staging; then
        packages python3 python3-venv openssl ca-certificates
        if [ $screen = yes ]; then packages cage xwayland chromium fonts-noto-cjk; fi
        for each in $extras; do
            case $each in
            camera) packages libzbar0 ;;
            keyboard) packages gcc libc6-dev python3-dev ;; # evdev is compiled here
            gpio) group gpio ;;
            esac
        done
        group clockpiece
        group clockpiece-pay # of services: kiosk alone
        user clockpiece clockpiece
        user clockpiece-kiosk clockpiece
        user clockpiece-sync clockpiece
        if [ $screen = yes ]; then
            group clockpiece-screen
            user clockpiece-screen clockpiece-screen
        fi
    fi
    files
    if staging; then return; fi
    folder ${releases%/*} 755 root:root
    folder $releases 755 root:root
    release
    secret $etc/keys/database.key openssl rand -hex 32
    signing_key
    enabled clockpiece.target multi-user.target
    for each in $services; do enabled "clockpiece-$each.service" clockpiece.target; done
    if [ $screen = yes ]; then enabled clockpiece-screen.service clockpiece.target; fi
}

remove_box() {
    if ! staging; then
        if booted; then systemctl stop clockpiece.target "clockpiece-*.service" || true; fi
        for unit in "$system"/clockpiece*.service "$system"/clockpiece.target; do
            [ ! -e "$unit" ] || systemctl --quiet disable "${unit##*/}"
        done
    fi
    rm -rf "$root"$system/clockpiece*.service "$root"$system/clockpiece.target "$root"$system/clockpiece-.service.d \
        "$root$added" "$root/etc/udev/rules.d/73-clockpiece-gpio.rules" \
        "$root/usr/local/bin/clockpiece" "$root/usr/local/sbin/clockpiece-name-port" "$root/usr/local/lib/clockpiece" \
        "$root/etc/tmpfiles.d/clockpiece.conf" "$root/etc/systemd/journald.conf.d/clockpiece.conf" \
        "$root/etc/systemd/system.conf.d/clockpiece.conf" "$root/etc/udev/rules.d/71-clockpiece-input.rules" \
        "$root/etc/chromium/policies/managed/clockpiece.json" "$root/opt/clockpiece" "$root/run/clockpiece"
    if booted; then systemctl daemon-reload; fi
    if [ $remove_data = no ]; then
        echo "Clockpiece is removed. Data, keys and configuration are still in $data and $etc."
        return
    fi
    rm -rf "$root$data" "$root$etc" "$root/etc/udev/rules.d/72-clockpiece-names.rules"
    if ! staging; then
        for each in clockpiece-screen clockpiece-sync clockpiece-kiosk clockpiece-pay clockpiece; do
            if id "$each" >/dev/null 2>&1; then userdel "$each"; fi
            if getent group "$each" >/dev/null; then groupdel "$each"; fi
        done
    fi
    echo "Clockpiece and its data are removed."
}

if staging; then
    mkdir -p "$root"
    root=$(cd "$root" && pwd)
else
    [ "$(id -u)" -eq 0 ] || die "needs root: sudo $0"
    [ "$(uname -m)" != armv7l ] || die "needs a 64-bit system; this one has 32 bits"
    # An installed box says itself whether it has a screen.
    if [ -d $system/clockpiece-.service.d ] && [ ! -e $system/clockpiece-screen.service ]; then screen=no; fi
fi
extras=$(wanted_extras)
if [ $mode = remove ]; then
    [ -z "$root" ] || [ "$root" != / ] || die "--root / is this machine: leave it out"
    remove_box
    exit 0
fi
[ $remove_data = no ] || die "--remove-data goes with --remove"
if [ $mode = apply ] && [ ! -e "$root$etc/clockpiece.toml" ]; then
    echo "$name" | grep -qxE '[A-Za-z0-9][A-Za-z0-9_.-]{0,31}' ||
        die "a new box needs a name that it keeps for ever: --name BOX (letters, digits, _, . and -)"
fi
install_box
if [ $mode = check ]; then
    [ $differences -gt 0 ] || echo "Nothing differs."
    [ $differences -eq 0 ]
    exit
fi
if staging; then exit; fi
if [ $differences -eq 0 ]; then
    echo "Nothing to change."
else
    sync
    start
fi
echo
/usr/local/bin/clockpiece doctor || echo "Put right what is marked bad, then: sudo clockpiece doctor"
