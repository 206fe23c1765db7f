# The SSH login against real servers (OpenSSH), one setting of sshd_config at a time.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"
lab_up

# One server is enough; its settings change from test to test.
sh "$LAB/lab.sh" stop "$lab" lantern
sh "$LAB/lab.sh" stop "$lab" mill
server=$lab/servers/harbor
address=$harbor_host port=$harbor_port
# (Of this setting the last line counts, not the first.)
sed '/^MaxStartups/d' "$server/sshd_config" > "$lab/sshd_config"
ssh-keygen -q -t ed25519 -N '' -C stranger -f "$lab/keys/stranger"
ssh-keygen -q -t ecdsa -N '' -C harbor -f "$server/host_key_ecdsa"
ssh-keygen -q -t rsa -b 2048 -N '' -C harbor -f "$server/host_key_rsa"

# pin NAME PUBLIC-KEY-FILE...: known_hosts has these keys for the name
pin() {
	name=$1
	shift
	for each in "$@"; do echo "$name $(cut -d ' ' -f 1,2 "$each")"; done > "$lab/known_hosts"
}

# serve SETTING...: start the server again with these lines before its own
serve() {
	sh "$LAB/lab.sh" stop "$lab" harbor
	{
		for each in "$@"; do echo "$each"; done
		cat "$lab/sshd_config"
	} > "$server/sshd_config"
	sh "$LAB/lab.sh" start "$lab" harbor || report 'not ok' "the server starts with $*"
}

# login [COUNT]: log in with $key as $user
login() {
	"$BUILD/live/ssh_login" "$lab/known_hosts" "$key" box "$address" "$port" "$user" "$@" \
		> "$lab/facts" 2>&1 || echo "exit status $?" >> "$lab/facts"
}

# says SENTENCE LINE...: does the last login's report have each LINE (a basic regular expression)?
says() {
	sentence=$1
	shift
	for line in "$@"; do
		if ! grep -q -x -- "$line" "$lab/facts"; then
			report 'not ok' "$sentence"
			echo "# no line: $line"
			sed 's/^/# /' "$lab/facts"
			return
		fi
	done
	report ok "$sentence"
}

key=$lab/keys/user user=$LOGIN
pin box "$server/host_key.pub"
login
says 'the key logs in' 'outcome=logged_in' 'host_key_type=ssh-ed25519' 'ident=SSH-2.0-OpenSSH.*' \
	'methods=.*publickey.*' 'pin=1' \
	"host_key_fingerprint=$(ssh-keygen -l -f "$server/host_key.pub" | cut -d ' ' -f 2)"

serve 'MaxStartups 100'
login 40
says 'forty log in at once' 'logged_in 40'

key=$lab/keys/stranger
login
says 'a key that is not authorised is denied' 'outcome=auth_denied' 'verified_ms=[0-9]*'
key=$lab/keys/user user=nobody-of-that-name
login
says 'an unknown user is denied' 'outcome=auth_denied'
user=$LOGIN

pin box "$lab/keys/stranger.pub"
login
says 'another key is pinned: changed' 'outcome=host_key_changed' 'verified_ms=-1' 'methods='
{
	echo "box $(cut -d ' ' -f 1,2 "$server/host_key.pub")"
	echo "@revoked * $(cut -d ' ' -f 1,2 "$server/host_key.pub")"
} > "$lab/known_hosts"
login
says 'the key is revoked' 'outcome=host_key_revoked' 'pin=2' 'methods='
pin other "$server/host_key.pub"
login
says 'nothing is pinned: not even a connection' 'outcome=host_unpinned' 'connect_ms=-1' 'ident='

pin box "$server/host_key.pub"
ssh-keygen -q -H -f "$lab/known_hosts" > /dev/null 2>&1
login
says 'a hashed name is found' 'outcome=logged_in'

pin box "$server/host_key.pub"
serve "HostKey $server/host_key_ecdsa"
login
says 'a host with an ECDSA key besides is not changed' 'outcome=logged_in' \
	'host_key_type=ssh-ed25519'
pin box "$server/host_key_ecdsa.pub"
login
says 'the ECDSA key will do where that is pinned' 'outcome=logged_in' \
	'host_key_type=ecdsa-sha2-nistp256'
pin box "$server/host_key_ecdsa.pub" "$server/host_key.pub"
login
says 'of two pinned keys the Ed25519 key is asked for' 'outcome=logged_in' \
	'host_key_type=ssh-ed25519' 'pin=2'

cp "$lab/sshd_config" "$lab/sshd_config.all"
sed '/^HostKey/d' "$lab/sshd_config.all" > "$lab/sshd_config"
serve "HostKey $server/host_key_rsa"
login
says 'a host with an RSA key only has none of a pinned type' 'outcome=unsupported_algorithms'
pin box "$server/host_key_rsa.pub"
login
if grep -q '^library=libssh2 1\.10' "$lab/facts"; then
	says 'libssh2 1.10 cannot check a modern RSA key' 'outcome=unsupported_algorithms'
else
	says 'the RSA key will do where that is pinned' 'outcome=logged_in' 'host_key_type=ssh-rsa'
fi
mv "$lab/sshd_config.all" "$lab/sshd_config"
pin box "$server/host_key.pub"

serve 'PubkeyAuthentication no' 'PasswordAuthentication yes' 'PermitRootLogin yes'
login
says 'a server that wants a password is interactive only' 'outcome=auth_interactive_only' \
	'methods=password'
serve 'PasswordAuthentication yes' 'AuthenticationMethods publickey,password' 'PermitRootLogin yes'
login
says 'a password besides the key is interactive too' 'outcome=auth_interactive_only' \
	'methods=password'

serve 'Ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com'
login
says 'a server without our ciphers is unsupported' 'outcome=unsupported_algorithms'
serve 'KexAlgorithms ecdh-sha2-nistp256,diffie-hellman-group14-sha256' 'MACs hmac-sha2-512' \
	'Ciphers aes128-ctr'
login
says 'the second choices work' 'outcome=logged_in'
serve 'KexAlgorithms diffie-hellman-group14-sha256'
login
says 'finite fields work' 'outcome=logged_in'

serve 'MaxStartups 2:100:2'
login 20
says 'a server that takes one at a time throttles the others' 'throttled [0-9]*'

# Since 9.8 a server locks out for a while whoever failed before: every user of that address.
if grep -q '^PerSourcePenalties' "$lab/sshd_config"; then
	cp "$lab/sshd_config" "$lab/sshd_config.all"
	sed '/^PerSourcePenalties/d' "$lab/sshd_config.all" > "$lab/sshd_config"
	serve 'PerSourcePenalties authfail:60s min:1s'
	login
	says 'who never failed is let in' 'outcome=logged_in'
	key=$lab/keys/stranger tries=0
	login
	says 'a failure is told as such' 'outcome=auth_denied'
	# (The server keeps count when its child has gone, which is later than the client's end.)
	until grep -q -x 'outcome=throttled' "$lab/facts" || [ $tries -eq 20 ]; do
		tries=$((tries + 1))
		login
	done
	key=$lab/keys/user
	login
	says 'after it the right key is throttled too' 'outcome=throttled' \
		'ident=Not allowed at this time' 'methods='
	mv "$lab/sshd_config.all" "$lab/sshd_config"
fi

serve "Banner $lab/notice"
{
	echo 'Property of Example Ltd.'
	i=0
	while [ $i -lt 200 ]; do
		echo 'keep out keep out keep out keep out keep out'
		i=$((i + 1))
	done
} > "$lab/notice"
login
says 'a long authentication banner does no harm' 'outcome=logged_in'

sh "$LAB/lab.sh" stop "$lab" harbor
login
says 'a closed port is refused' 'outcome=unreachable_refused' 'connect_ms=-1'

done_testing
