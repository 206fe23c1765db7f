#!/bin/sh
# Install what is missing: packages.sh [--check] ROLE... where a role is build, demo, test or lint.
# With --check: only say so.
#
# Nothing is asked of the package manager when everything is there. What will be installed is said
# first, with the exact command. No service is started or enabled: nothing in the table has one (the
# servers that the lab needs are unpacked into build/ by sshd.sh and nginx.sh, never installed).
# Exit status: 0 all is there, 64 usage, 69 something is missing and could not be installed.
set -eu

# role, what must be there, and the packages that bring it (- : it comes with the system)
table() {
	cat <<-'END'
	# role  probe                apt               dnf               apk            brew
	build   compiler             gcc,libc6-dev     gcc,glibc-devel   gcc,musl-dev   -
	build   command:make         make              make              make           -
	build   command:git          git               git               git            git
	build   command:pkg-config   pkg-config        pkgconf-pkg-config pkgconf       pkgconf
	build   library:yaml-0.1     libyaml-dev       libyaml-devel     yaml-dev       libyaml
	build   library:openssl      libssl-dev        openssl-devel     openssl-dev    openssl@3
	build   library:jansson      libjansson-dev    jansson-devel     jansson-dev    jansson
	build   library:libssh2      libssh2-1-dev     libssh2-devel     libssh2-dev    libssh2
	build   library:libuv        libuv1-dev        libuv-devel       libuv-dev      libuv
	build   library:libpcre2-8   libpcre2-dev      pcre2-devel       pcre2-dev      pcre2
	build   library:libcurl      libcurl4-openssl-dev libcurl-devel  curl-dev       curl
	demo    command:ssh-keygen   openssh-client    openssh           openssh-keygen -
	demo    command:curl         curl              curl              curl           -
	demo    command:openssl      openssl           openssl           openssl        openssl@3
	test    library:cmocka       libcmocka-dev     libcmocka-devel   cmocka-dev     cmocka
	test    command:ssh          openssh-client    openssh-clients   openssh-client -
	test    command:jq           jq                jq                jq             jq
	test    linux:ip             iproute2          iproute           iproute2       -
	test    command:python3      python3           python3           python3        python3
	test    authorities          ca-certificates   ca-certificates   ca-certificates -
	test    linux:tcsh           tcsh              tcsh              tcsh           -
	test    linux:busybox        busybox           busybox           busybox        -
	test    sanitizers           -                 libasan,libubsan  -              -
	lint    command:clang        clang             clang             clang          llvm
	lint    command:clang-format clang-format      clang-tools-extra clang-extra-tools llvm
	lint    command:clang-tidy   clang-tidy        clang-tools-extra clang-extra-tools llvm
	lint    command:cppcheck     cppcheck          cppcheck          cppcheck       cppcheck
	END
}

have() {
	command -v "$1" > /dev/null 2>&1
}

# Does PROBE hold?
present() {
	case $1 in
	command:*) have "${1#*:}" ;;
	linux:*) [ "$(uname -s)" != Linux ] || have "${1#*:}" ;;
	library:*) pkg-config --exists "${1#*:}" 2> /dev/null ;;
	# What OpenSSL looks for where nothing else is said (SSL_CERT_FILE).
	authorities)
		[ "$(uname -s)" != Linux ] || [ -s "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" ] ||
			[ -s /etc/pki/tls/certs/ca-bundle.crt ]
		;;
	# A compiler may come without the C library's headers.
	compiler) echo '#include <stdio.h>' | "${CC:-cc}" -E - > /dev/null 2>&1 ;;
	sanitizers)
		echo 'int main(void) { return 0; }' |
			"${CC:-cc}" -fsanitize=address,undefined -x c -o /dev/null - > /dev/null 2>&1
		;;
	esac
}

# Which column of the table is this system's?
manager() {
	for each in apt-get:3:apt dnf:4:dnf apk:5:apk brew:6:brew; do
		if have "${each%%:*}"; then
			echo "${each#*:}"
			return
		fi
	done
	echo 0:none
}

fail() {
	echo "packages: $*" >&2
	exit 69
}

check=''
[ "${1:-}" != --check ] || { check=yes; shift; }
[ $# -gt 0 ] || { echo 'usage: packages.sh [--check] build|demo|test|lint...' >&2; exit 64; }
for role in "$@"; do
	case $role in
	build | demo | test | lint) ;;
	*) echo "packages: '$role' is not one of build, demo, test, lint" >&2; exit 64 ;;
	esac
done

# Keg-only formulae are found only when pkg-config is told where they are.
if [ "$(uname -s)" = Darwin ] && have brew; then
	opt=$(brew --prefix)/opt
	PKG_CONFIG_PATH=$opt/openssl@3/lib/pkgconfig:$opt/curl/lib/pkgconfig:${PKG_CONFIG_PATH:-}
	export PKG_CONFIG_PATH
fi

found=$(manager)
column=${found%%:*}
manager=${found#*:}

# Both lists are built from every role, so that the package manager is asked once.
missing=''
packages=''
for role in "$@"; do
	rows=$(table | awk -v role="$role" -v column="$column" '$1 == role { print $2, $column }')
	while read -r probe names; do
		[ "$column" -gt 0 ] || names=-
		if ! present "$probe"; then
			[ "$names" != - ] || [ "$probe" != sanitizers ] || continue
			missing="$missing ${probe#*:}"
			[ "$names" = - ] || packages="$packages $(echo "$names" | tr ',' ' ')"
		fi
	done <<-END
	$rows
	END
done
[ -n "$missing" ] || exit 0
[ -z "$check" ] || fail "missing:$missing; 'sh tests/lab/packages.sh $*' installs it, and so do make demo and make test"
packages=$(echo "$packages" | tr ' ' '\n' | awk 'NF && !seen[$0]++' | tr '\n' ' ' | sed 's/ $//')
[ -n "$packages" ] || fail "missing:$missing; no package manager known here (apt, dnf, apk, brew) brings it"

as_root=''
if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
	as_root=sudo
fi
case $manager in
apt) command="env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages" ;;
dnf) command="dnf install -y -q --setopt=install_weak_deps=False $packages" ;;
apk) command="apk add -q $packages" ;;
brew) command="env HOMEBREW_NO_AUTO_UPDATE=1 brew install -q $packages" ;;
esac
[ -z "$as_root" ] || command="sudo $command"

echo "packages: missing:$missing"
echo "packages: installing with: $command"

# Without a terminal nobody can type a password: sudo must not ask then.
if [ -n "$as_root" ]; then
	have sudo || fail "not root and no sudo here; run this by hand as root: ${command#sudo }"
	if [ ! -t 0 ] && ! sudo -n true 2> /dev/null; then
		fail "sudo wants a password and there is no terminal; run this by hand: $command"
	fi
fi

# Fresh images have no package lists, and old lists name versions that are gone.
refresh_lists() {
	case $manager in
	apt) $as_root apt-get update -qq ;;
	apk) $as_root apk update -q ;;
	*) false ;;
	esac
}

if [ "$manager" = apt ]; then
	for each in $packages; do
		apt-cache show "$each" > /dev/null 2>&1 || { refresh_lists || true; break; }
	done
fi
$command < /dev/null > /dev/null || { refresh_lists && $command < /dev/null > /dev/null; } ||
	fail "could not install; by hand: $command"

for role in "$@"; do
	table | awk -v role="$role" '$1 == role { print $2 }'
done | while read -r probe; do
	if [ "$probe" != sanitizers ] && ! present "$probe"; then
		echo "packages: still missing after installation: ${probe#*:}" >&2
		exit 69
	fi
done
