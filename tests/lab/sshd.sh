#!/bin/sh
# Print the path of an OpenSSH server that can be started: sshd.sh
#
# One that is installed is taken as it is. Otherwise the package is fetched and unpacked into
# build/lab/ as whoever calls: installing it would bring a service that starts by itself, and needs
# root. What is printed then is a wrapper that shows the program its own libraries.
# Exit status: 0; 69 with one sentence on stderr if there is none to be had.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
lab=$top/build/lab

for each in "${GATERUN_SSHD:-}" "$(command -v sshd || true)" /usr/sbin/sshd /usr/lib/ssh/sshd \
	/usr/local/sbin/sshd "$lab/sshd"; do
	if [ -n "$each" ] && [ -x "$each" ]; then
		echo "$each"
		exit 0
	fi
done

fail() {
	echo "sshd: $*" >&2
	exit 69
}

# Fetch packages NAME... of this system and unpack them into the folder $root.
unpack_apt() {
	# Package lists of one's own, where the system has none (fresh images) and one may not be root.
	if ! apt-cache show "$1" > /dev/null 2>&1; then
		mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
		own="-o Dir::State=$work/state -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=$work/cache"
		# shellcheck disable=SC2086  # words on purpose
		[ -n "$(ls "$work/state/lists"/*Packages* 2> /dev/null)" ] || apt-get $own update -qq
	fi
	# shellcheck disable=SC2086
	(cd "$work" && apt-get ${own:-} -o APT::Sandbox::User="$(id -un)" download -qq "$@") || return 1
	for each in "$work"/*.deb; do
		dpkg -x "$each" "$root"
	done
}

unpack_dnf() {
	dnf download -q --destdir "$work" "$@" || return 1
	for each in "$work"/*.rpm; do
		(cd "$root" && rpm2archive - < "$each" | tar xz)
	done
}

unpack_apk() {
	apk fetch -q -o "$work" "$@" || return 1
	for each in "$work"/*.apk; do
		tar xzf "$each" -C "$root" 2> /dev/null
	done
}

# The Debian package of a library: libfoo.so.1 is in libfoo1, libfoo2.so.1 in libfoo2-1.
package_of() {
	case $1 in
	libpam.so.0) echo libpam0g ;;
	libz.so.1) echo zlib1g ;;
	*) echo "$1" | sed 's/\([0-9]\)\.so\.\([0-9]*\).*/\1-\2/; s/\.so\.\([0-9]*\).*/\1/; s/_/-/g' | tr '[:upper:]' '[:lower:]' ;;
	esac
}

# Where the unpacked libraries are, as a search path below the folder $1.
library_path() {
	(cd "$root" && find . -name '*.so.*' -exec dirname {} \;) | sort -u | sed "s|^|$1/|" | paste -sd: -
}

# The first library that the unpacked programs do not find.
missing_library() {
	find "$root" -type f \( -name sshd -o -name sshd-session -o -name sshd-auth \) -perm -100 |
		while read -r each; do
			LD_LIBRARY_PATH=$(library_path "$root") ldd "$each"
		done | awk '/not found/ { print $1; exit }'
}

mkdir -p "$lab"
work=$(mktemp -d "$lab/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
root=$work/root
mkdir "$root"

echo "sshd: no SSH server here; fetching the package of one into build/lab (nothing is installed)" >&2
if command -v apt-get > /dev/null; then
	unpack_apt openssh-server >&2 || fail 'could not fetch the package openssh-server'
	while each=$(missing_library) && [ -n "$each" ]; do
		unpack_apt "$(package_of "$each")" >&2 || fail "could not fetch the package with $each"
		[ "$each" != "$(missing_library)" ] || fail "no package known here has $each"
	done
elif command -v dnf > /dev/null; then
	unpack_dnf openssh-server >&2 || fail 'could not fetch the package openssh-server'
elif command -v apk > /dev/null; then
	unpack_apk openssh-server openssh-server-common >&2 ||
		fail 'could not fetch the package openssh-server'
else
	fail 'no SSH server, and no package manager known here (apt, dnf, apk) to take one from'
fi

program=$(cd "$root" && find . -type f -name sshd -path '*bin/*' | head -n 1)
[ -n "$program" ] || fail 'the package holds no sshd'

# Since 9.8 the server runs helpers, which it looks for where the package would have put them.
options=''
for each in SshdSessionPath:sshd-session SshdAuthPath:sshd-auth; do
	helper=$(cd "$root" && find . -type f -name "${each#*:}")
	[ -z "$helper" ] || options="$options -o '${each%%:*} \"'\"\$root/$helper\"'\"'"
done

cat > "$work/sshd" <<END
#!/bin/sh
# Made by tests/lab/sshd.sh.
root=\$(dirname "\$0")/root
export LD_LIBRARY_PATH="$(library_path "\$root")"
exec "\$root/$program"$options "\$@"
END
chmod +x "$work/sshd"

# Moved into place as the last step, so that a run beside this one sees all or nothing.
[ -d "$lab/root" ] || mv "$root" "$lab/root"
mv "$work/sshd" "$lab/sshd"
echo "$lab/sshd"
