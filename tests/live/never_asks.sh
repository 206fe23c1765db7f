#!/bin/sh
# A run asks nobody anything: it opens no terminal, reads no standard input, starts nothing but git, and
# gives git nothing that could ask. Watched from outside (watch.c), among servers that want a human.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up
. "$LAB/fleet.sh"
. "$LAB/zoo.sh"

# Everything that a program could ask somebody with, each with a trap behind it.
trap_for_questions() {
	printf '#!/bin/sh\necho "$0 $*" >> "%s"\necho secret\n' "$lab/asked" > "$lab/ask"
	chmod +x "$lab/ask"
	for name in SSH_ASKPASS GIT_ASKPASS SUDO_ASKPASS BROWSER EDITOR VISUAL GIT_EDITOR GIT_SSH GIT_PAGER \
		PAGER GIT_SSH_COMMAND GIT_SEQUENCE_EDITOR GIT_PROXY_COMMAND GIT_EXTERNAL_DIFF; do
		export "$name=$lab/ask"
	done
	export DISPLAY=:99 WAYLAND_DISPLAY=wayland-99 SSH_ASKPASS_REQUIRE=force GIT_TERMINAL_PROMPT=1
	export DBUS_SESSION_BUS_ADDRESS="unix:path=$lab/bus" GPG_TTY=/dev/tty
	mkdir "$lab/bin"
	for name in xdg-open sensible-browser open tailscale ssh sudo su pinentry gpg ssh-askpass wall zenity; do
		ln -s "$lab/ask" "$lab/bin/$name"
	done
	PATH=$lab/bin:$PATH
	export PATH
	# What goes past the system calls cannot be watched.
	export UV_USE_IO_URING=0
}

# The variables of all children.
child_environment() {
	first=$(sed -n 's/ exec .*//p; q' "$lab/report")
	grep -v "^$first " "$lab/report" | sed -n 's/^[0-9]* env //p'
}

offences() {
	grep -E ' open (/dev/(tty|console|pts|vc)|/proc/[^ ]*/fd/0)' "$lab/report"
	grep -E ' connect unix .*(X11|wayland|bus|pinentry|agent)' "$lab/report"
	grep ' read0$' "$lab/report"
	# The first program is gaterun itself.
	grep ' exec ' "$lab/report" | sed 1d | grep -v '^[0-9]* exec [^ ]*/git '
	child_environment | grep -E "$lab/ask|^(DISPLAY|WAYLAND|DBUS|GPG_TTY|SSH_|SUDO_)"
	left_behind "$lab/report"
	[ ! -e "$lab/asked" ] || cat "$lab/asked"
}

# watched SENTENCE WORD...: run gaterun under watch, with something to read on its standard input
watched() {
	said=$1
	shift
	# (The sanitizer looks for leaks with ptrace itself.)
	yes | ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" timeout 60 \
		"$BUILD/live/watch" "$lab/report" "$GATERUN" "$@" -o json > "$lab/run.json" 2> "$lab/run.err"
	status=$?
	offences > "$lab/offences"
	if [ -s "$lab/offences" ]; then
		report 'not ok' "$said: nobody is asked, nothing is left behind"
		sed 's/^/# /' "$lab/offences"
	else
		report ok "$said: nobody is asked, nothing is left behind"
	fi
}

trap_for_questions

# What a program that asks looks like from outside; without this the rest would prove nothing.
echo yes | "$BUILD/live/watch" "$lab/report" sh -c 'read -r answer; cat < /dev/tty; exec 3< /etc/passwd; ssh-askpass
	sleep 1 & true' > /dev/null 2> "$lab/run.err"
[ $? -ne 77 ] || { echo "1..0 # SKIP $(tail -n 1 "$lab/run.err")"; exit 0; }
offences > "$lab/offences"
for offence in read0 'open /dev/tty' 'exec .*ssh-askpass' '^SSH_ASKPASS=' 'left 3 /etc/passwd' \
	' lives' '^[^ ]*/ssh-askpass'; do
	holds "a program that asks is caught: $offence" grep -q -- "$offence" "$lab/offences"
done
rm -f "$lab/asked"

watched 'files' verify fast --mode static
status_is 0
holds 'git was started' grep -q ' exec [^ ]*/git ' "$lab/report"
holds 'and told not to ask' grep -q ' env GIT_TERMINAL_PROMPT=0$' "$lab/report"
watched 'machines that let us in' verify fast
status_is 0

echo '# a server that wants a password'
{
	printf 'PubkeyAuthentication no\nPasswordAuthentication yes\n'
	cat "$lab/servers/harbor/sshd_config"
} > "$lab/sshd_config"
cp "$lab/sshd_config" "$lab/servers/harbor/sshd_config"
sh "$LAB/lab.sh" stop "$lab" harbor
sh "$LAB/lab.sh" start "$lab" harbor
watched 'a machine that wants a password' verify --gate G010 --context scheduled
check 'it is said to' '.gates[] | select(.id == "G010") | .findings | any(.reason == "auth.blocked.interactive")'

echo '# servers that wait for somebody in front of a browser, or for the end of the world'
fleet_clear
fleet_gate G010 ssh_auth
zoo_up
zoo_add check_mode check_mode_with_banner wants_a_password wants_a_password_besides denies another_key \
	floods_banners healthy
watched 'servers in check mode' verify all
check 'two wait for a human' \
	'[.gates[].findings[] | select(.reason == "auth.blocked.tailscale_check")] | length == 2'
zoo_down

echo '# keys with a passphrase'
ssh-keygen -q -p -P '' -N 'a passphrase' -f "$lab/keys/user" > /dev/null
watched 'a locked key' verify all
check 'the key is said to be locked' '[.gates[].findings[].reason] | index("auth.key.locked") != null'
for file in "$XDG_CONFIG_HOME"/gaterun/*; do
	! head -n 1 "$file" | grep -q 'PRIVATE KEY' ||
		ssh-keygen -q -p -P '' -N 'a passphrase' -f "$file" > /dev/null
done
watched 'a locked signing key' verify all
holds 'the run says so and ends' [ "$status" -ge 64 ]

done_testing
