#!/bin/sh
# Runs inside a fresh Debian tree that a real systemd has booted, the checkout in /src: the units with all their
# restrictions, the watchdog, an update, removal. Each step says one line; the first that fails ends it.
set -eu
cd /src
export LC_ALL=C.UTF-8
install=deploy/raspberrypi/install.sh
services="core devices kiosk sync"

fail() {
    echo "FAILED: $1"
    journalctl --no-pager -u 'clockpiece-*' | tail -n 40
    exit 1
}

restarts() {
    systemctl show "clockpiece-$1" --property=NRestarts --value
}

"$install" --name gate-1 --without-screen >/tmp/first 2>&1 || { cat /tmp/first; fail "the installation"; }
cat >>/etc/clockpiece/clockpiece.toml <<'TOML'
[hr]
url = "http://127.0.0.1:9"
public_key = "gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q"
signing_key = "$CREDENTIALS_DIRECTORY/signing.key"
TOML
# A shorter watchdog than the units', so that this takes seconds.
for each in $services; do
    mkdir -p "/run/systemd/system/clockpiece-$each.service.d"
    printf '[Service]\nWatchdogSec=4\n' >"/run/systemd/system/clockpiece-$each.service.d/short.conf"
done
systemctl daemon-reload
systemctl restart clockpiece.target
for each in $services; do
    systemctl --quiet is-active "clockpiece-$each" || fail "clockpiece-$each does not run"
    [ "$(restarts "$each")" = 0 ] || fail "clockpiece-$each had to be restarted"
done
clockpiece doctor || fail "doctor"
[ "$(stat -c '%a %G' /run/clockpiece/devices.sock)" = "660 clockpiece" ] || fail "the socket of devices"
[ "$(stat -c '%a %U %G' /run/clockpiece/pay)" = "2750 clockpiece-sync clockpiece-pay" ] || fail "the folder of pay"
[ "$(stat -c '%a %U %G' /run/clockpiece/pay/sync.sock)" = "660 clockpiece-sync clockpiece-pay" ] || fail "its socket"
! setpriv --reuid clockpiece --regid clockpiece --clear-groups stat /run/clockpiece/pay/sync.sock 2>/dev/null ||
    fail "core and devices may ask for payslips"
clockpiece devices list || fail "devices list"
! setpriv --reuid nobody --clear-groups clockpiece devices list 2>/dev/null || fail "everybody may ask devices"
sleep 8
for each in $services; do
    [ "$(restarts "$each")" = 0 ] || fail "clockpiece-$each does not beat"
done
echo "all four services run with their restrictions, and beat"
for each in $services; do systemctl kill --signal=STOP "clockpiece-$each"; done
left=40
for each in $services; do
    until [ "$(restarts "$each")" = 1 ] && systemctl --quiet is-active "clockpiece-$each"; do
        left=$((left - 1))
        [ $left -gt 0 ] || fail "clockpiece-$each hung and was not restarted"
        sleep 1
    done
done
clockpiece doctor >/dev/null || fail "doctor after the watchdog"
echo "each was stopped dead and restarted by the watchdog"
echo "# changed" >>clockpiece.py
before=$(readlink /opt/clockpiece/current)
"$install" >/tmp/update 2>&1 || { cat /tmp/update; fail "the update"; }
[ "$(readlink /opt/clockpiece/previous)" = "$before" ] || fail "the update does not keep the release before"
"$install" --check || fail "--check after the update"
echo "updated: the release before is kept"
"$install" --remove --remove-data
[ -z "$(find /etc /opt /usr /var -name '*clockpiece*')" ] || fail "something is left behind"
