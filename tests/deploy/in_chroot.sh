#!/bin/sh
# Runs inside a fresh Debian tree that holds the checkout in /src: install, install again, all four services by hand as
# their own users, doctor, check, remove. Each step says one line; the first that fails ends it.
set -eu
cd /src
export LC_ALL=C.UTF-8
install=deploy/raspberrypi/install.sh
keys=/etc/clockpiece/keys

fail() {
    echo "FAILED: $1"
    exit 1
}

"$install" --name gate-1 --without-screen >/tmp/first 2>&1 || { cat /tmp/first; fail "the installation"; }
echo "installed: $(grep -c . /tmp/first) lines, release $(basename "$(readlink /opt/clockpiece/current)")"
"$install" --name gate-1 >/tmp/second 2>&1
[ "$(head -n 1 /tmp/second)" = "Nothing to change." ] || { cat /tmp/second; fail "a second run changed something"; }
echo "a second run changes nothing"
"$install" --check || fail "--check after an installation"
cat >>/etc/clockpiece/clockpiece.toml <<'TOML'
[hr]
url = "http://127.0.0.1:9"
public_key = "gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q"
signing_key = "$CREDENTIALS_DIRECTORY/signing.key"
TOML
clockpiece fingerprint >/dev/null || fail "clockpiece fingerprint"

# As LoadCredential does it: each service sees its own keys and no others.
serve() { # USER SERVICE KEY...
    user=$1 service=$2
    shift 2
    given=/run/given-$service
    mkdir -m 700 "$given"
    for key in "$@"; do cp "$keys/$key" "$given/$key"; done
    chown -R "$user" "$given"
    (
        umask 007
        exec setpriv --reuid "$user" --regid clockpiece --clear-groups env CREDENTIALS_DIRECTORY="$given" \
            /opt/clockpiece/current/bin/clockpiece run "$service" --config /etc/clockpiece/clockpiece.toml
    ) >"/tmp/$service.log" 2>&1 &
    pids="${pids:-} $!"
}
serve clockpiece core database.key
serve clockpiece devices
serve clockpiece-kiosk kiosk database.key
serve clockpiece-sync sync database.key signing.key
left=60
until clockpiece doctor >/tmp/doctor; do
    left=$((left - 1))
    [ $left -gt 0 ] || { cat /tmp/doctor /tmp/*.log; fail "the services did not come up"; }
    sleep 1
done
grep -h "is ready" /tmp/*.log
cat /tmp/doctor
# shellcheck disable=SC2086
kill $pids
# shellcheck disable=SC2086
wait $pids || true

"$install" --remove
for each in /var/lib/clockpiece/facts.db $keys/database.key; do
    [ -s "$each" ] || fail "--remove took $each"
done
for each in /opt/clockpiece /usr/local/bin/clockpiece; do
    [ ! -e "$each" ] || fail "--remove left $each"
done
"$install" --remove --remove-data
left=$(find /etc /opt /run /usr /var -name '*clockpiece*')
[ -z "$left" ] || fail "left behind: $left"
! getent passwd | grep clockpiece || fail "a user is left"
echo "removed: nothing is left"
