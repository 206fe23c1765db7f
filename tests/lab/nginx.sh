#!/bin/sh
# Print the path of an nginx that can be started: nginx.sh
#
# One that is installed is taken as it is. Otherwise, where there is apt, the package is fetched and
# unpacked into build/lab/: installing it would bring a service that starts by itself, and needs root.
# Exit status: 0; 69 with one sentence on stderr if there is none to be had.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
lab=$top/build/lab

for each in "$(command -v nginx || true)" /usr/sbin/nginx /usr/local/sbin/nginx "$lab/nginx/usr/sbin/nginx"; do
	if [ -n "$each" ] && [ -x "$each" ]; then
		echo "$each"
		exit 0
	fi
done

fail() {
	echo "nginx: $*" >&2
	exit 69
}

command -v apt-get > /dev/null || fail 'there is no nginx here'
mkdir -p "$lab"
work=$(mktemp -d "$lab/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

echo 'nginx: no nginx here; fetching its package into build/lab (nothing is installed)' >&2
(cd "$work" && apt-get -o APT::Sandbox::User="$(id -un)" download -qq nginx) >&2 ||
	fail 'could not fetch the package nginx'
dpkg -x "$work"/nginx_*.deb "$work/root"
"$work/root/usr/sbin/nginx" -v > /dev/null 2>&1 || fail 'the package nginx holds none that starts here'
# Moved into place as the last step, so that a run beside this one sees all or nothing.
[ -d "$lab/nginx" ] || mv "$work/root" "$lab/nginx"
echo "$lab/nginx/usr/sbin/nginx"
