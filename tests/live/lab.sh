#!/bin/sh
# The whole lab, as the demo shows it: all shipped gates pass on it, and those beyond SSH see it when
# something is no longer as it should be. Also where loopback has one address, in deep folders, and with
# two demos at once in a folder with a blank.
# shellcheck disable=SC1091,SC2154  # tap.sh and lab.env
set -u
. "$LAB/tap.sh"
# The thorough unwinder that suite.sh asks for costs seconds where many handshakes go on at once.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:fast_unwind_on_malloc=1"
lab_up --all
trap 'sh "$LAB/lab.sh" down "$lab"; [ -z "${other:-}" ] || sh "$LAB/lab.sh" down "$other"; rm -rf "$lab"' EXIT
SSL_CERT_FILE=$AUTHORITY
export SSL_CERT_FILE

all_gates() {
	verify all --context scheduled --no-receipt
}

# fails GATE REASON: the gate fails, of all its findings for this reason
fails() {
	check "$1 fails, $2" ".gates[] | select(.id == \"$1\") |
		.verdict == \"fail\" and (.findings | length) > 0 and all(.findings[]; .reason == \"$2\")"
}

passes() {
	check "$1 passes" ".gates[] | select(.id == \"$1\") | .verdict == \"pass\""
}

whole() {
	all_gates
	status_is 0
	check 'every gate passes' 'all(.gates[]; .verdict == "pass")'
	check 'and has looked at the three machines' '[.gates[] | select(.id | IN("G010", "G021", "G040", "G042", "G050")) |
		.checked] == [3, 3, 3, 3, 3]'
}

whole
check 'and at what serve promises' '.gates[] | select(.id == "G041") | .checked == 1'

echo '# an authority that nobody knows'
unset SSL_CERT_FILE
all_gates
status_is 1
fails G040 cert.untrusted
fails G041 cert.untrusted
fails G042 cert.untrusted
fails G050 cert.untrusted
SSL_CERT_FILE=$AUTHORITY
export SSL_CERT_FILE

echo '# a certificate for another name'
cp "$lab/services/machines.crt" "$lab/services/kept.crt"
echo 'subjectAltName = DNS:mill.lab.test, IP:127.0.0.9' > "$lab/other.ext"
openssl x509 -req -in "$lab/services/machines.csr" -CA "$lab/services/authority.crt" -set_serial 3 -days 20 \
	-CAkey "$lab/services/authority.key" -extfile "$lab/other.ext" -out "$lab/services/machines.crt" 2> "$lab/openssl"
all_gates
status_is 1
fails G042 cert.name_mismatch
fails G050 cert.name_mismatch
mv "$lab/services/kept.crt" "$lab/services/machines.crt"

echo '# a daemon that wants a human'
cp "$lab/services/status" "$lab/kept"
sed 's/"Running"/"NeedsLogin"/' "$lab/kept" > "$lab/services/status"
all_gates
status_is 1
fails G022 auth.blocked.needs_login
passes G050
cp "$lab/kept" "$lab/services/status"

echo '# a machine with another address in the tailnet'
sed 's/127\.0\.1\.2/127.0.1.7/g' "$lab/kept" > "$lab/services/status"
all_gates
status_is 1
fails G021 tailnet.address
cp "$lab/kept" "$lab/services/status"
whole

echo '# nothing is left once it is down'
pids=$(cat "$lab"/servers/*/pid)
sh "$LAB/lab.sh" down "$lab"
for each in $pids; do
	holds "process $each has ended" test ! -e "/proc/$each/cmdline" -o -z "$(cat "/proc/$each/cmdline" 2> /dev/null)"
done
all_gates
status_is 1
fails G050 net.refused

echo '# where there is one address, in a deep folder'
other=$lab/$(printf '%0100d' 0)
LAB_ONE_ADDRESS=yes sh "$LAB/lab.sh" up "$other" --all > "$lab/up" || exit 1
. "$other/lab.env"
SSL_CERT_FILE=$AUTHORITY
cd "$other/repo" || exit 1
whole
temporary=$(dirname "$DAEMON_SOCKET")
holds 'the socket has a path that sockets can have' test -S "$DAEMON_SOCKET" -a "${#DAEMON_SOCKET}" -lt 100
sh "$LAB/lab.sh" down "$other"
holds 'and goes with the lab' test ! -e "$temporary"

echo '# two demos at once'
unset SSL_CERT_FILE
top="$lab/a clone"
mkdir -p "$top/tests" "$top/build"
cp -R "$LAB" "$top/tests/lab"
GATERUN_SSHD=$(sh "$LAB/sshd.sh")
export GATERUN_SSHD
demo() {
	sh "$top/tests/lab/demo.sh" > "$lab/$1.out" 2> "$lab/$1.err" < /dev/null
	echo "$?" > "$lab/$1.status"
}
demo first &
first=$!
demo second &
wait "$first" $!
for each in first second; do
	holds "the $each ends with 0" grep -qx 0 "$lab/$each.status"
	holds "the $each verifies its receipt" sh -c "tail -n 1 '$lab/$each.out' | grep -q '^demo: receipt verified: RUN-'"
	sed 's/^/# /' "$lab/$each.err"
	sed -n '/ FAIL /,$p; / ? /,$p' "$lab/$each.out" | sed 's/^/# /'
done
demo third
holds 'a third takes the place of the first' grep -qx 0 "$lab/third.status"
holds 'one repo stays' test -d "$top/build/demo/repo"
holds 'and nothing else' test "$(ls "$top/build")" = demo

done_testing
