#!/bin/sh
# Give a server that runs as root what it demands: in_namespace.sh COMMAND...
#
# Called inside a mount namespace of its own (unshare -m). sshd wants the user "sshd", a login whose
# password field does not say "locked", and /run/sshd. It sees them; the machine keeps its own files.
# Logins get a plain shell: that of whoever runs this, with its start-up files, may do anything.
set -eu

mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd

sed 's|^root:.*|root:x:0:0:root:/:/bin/sh|' /etc/passwd > /run/passwd
grep -q '^sshd:' /run/passwd || echo 'sshd:x:65533:65534::/nonexistent:/bin/false' >> /run/passwd
mount --bind /run/passwd /etc/passwd

if [ -f /etc/shadow ]; then
	(umask 077 && echo 'root:*:20000:0:99999:7:::' > /run/shadow)
	mount --bind /run/shadow /etc/shadow
fi

exec "$@"
