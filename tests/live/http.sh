#!/bin/sh
# HTTP against a real nginx: statuses, names, redirects, bodies, certificates, and through a machine.
# shellcheck disable=SC1091,SC2154  # tap.sh sets $lab
set -u
. "$LAB/tap.sh"
lab_up

if ! nginx=$(sh "$LAB/nginx.sh" 2> "$lab/found"); then
	echo "1..0 # SKIP $(tail -n 1 "$lab/found")"
	exit 0
fi

# ---- certificates: an authority of our own, and what goes wrong with them

mkdir "$lab/tls" "$lab/web" "$lab/tls/new"
in_tls() {
	(cd "$lab/tls" && "$@") > "$lab/tls/log" 2>&1 || { sed 's/^/# /' "$lab/tls/log"; exit 1; }
}
cat > "$lab/tls/ca.conf" <<-END
	[ca]
	default_ca = own
	[own]
	dir = .
	database = index
	new_certs_dir = new
	serial = serial
	default_md = sha256
	policy = any
	unique_subject = no
	copy_extensions = copy
	[any]
	commonName = supplied
END
: > "$lab/tls/index"
echo 01 > "$lab/tls/serial"
in_tls openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
	-subj '/CN=an authority' -days 30

# certificate NAME SUBJECT-NAME FROM UNTIL
certificate() {
	in_tls openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-out "$1.csr" -subj "/CN=$2" -addext "subjectAltName=DNS:$2"
	in_tls openssl ca -batch -config ca.conf -notext -cert ca.pem -keyfile ca.key -in "$1.csr" \
		-out "$1.pem" -startdate "$3" -enddate "$4"
}
year=$(date +%Y)
certificate good good.test "$((year - 1))0101000000Z" "$((year + 2))0101000000Z"
certificate old old.test "$((year - 3))0101000000Z" "$((year - 1))0101000000Z"
certificate young young.test "$((year + 1))0101000000Z" "$((year + 2))0101000000Z"
certificate other other.test "$((year - 1))0101000000Z" "$((year + 2))0101000000Z"
in_tls openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout self.key -out self.pem \
	-subj '/CN=self.test' -addext 'subjectAltName=DNS:self.test' -days 30

# ---- the server

echo 'status: fine' > "$lab/web/page"
: > "$lab/web/empty"
# A gigabyte that takes no room.
dd if=/dev/null of="$lab/web/huge" bs=1 seek=1073741824 2> /dev/null

# site NAME CERTIFICATE: a server for a name, by TLS
site() {
	cat <<-END
	server {
		listen 127.0.0.1:$tls ssl;
		server_name $1;
		ssl_certificate $lab/tls/$2.pem;
		ssl_certificate_key $lab/tls/$2.key;
		location / { return 200 'by tls'; }
	}
	END
}

write_nginx() {
	cat > "$lab/nginx.conf" <<-END
	daemon off;
	master_process off;
	pid $lab/nginx.pid;
	error_log $lab/nginx.log;
	events { worker_connections 256; }
	http {
		access_log $lab/access.log;
		client_body_temp_path $lab/web/t1;
		proxy_temp_path $lab/web/t2;
		fastcgi_temp_path $lab/web/t3;
		uwsgi_temp_path $lab/web/t4;
		scgi_temp_path $lab/web/t5;
		server {
			listen 127.0.0.1:$plain default_server;
			root $lab/web;
			location = /moved { return 302 /login?secret=1; }
			location = /login { return 302 /page; }
			location = /around { return 302 /around; }
			location = /away { return 302 http://elsewhere.test/; }
			location = /locked { return 403; }
			location = /down { return 503; }
		}
		server {
			listen 127.0.0.1:$plain;
			server_name photos.test;
			location / { return 204; }
		}
		$(site good.test good)
		$(site old.test old)
		$(site young.test young)
		$(site wrong.test other)
		$(site self.test self)
	}
	END
}

random_port() {
	echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
}

start_nginx() {
	plain=$(random_port)
	tls=$((plain + 1))
	write_nginx
	"$nginx" -e "$lab/nginx.log" -c "$lab/nginx.conf" -p "$lab" > /dev/null 2>&1 &
	server=$!
	tries=0
	until [ -s "$lab/nginx.pid" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 250 ] || ! kill -0 "$server" 2> /dev/null; then
			return 1
		fi
		sleep 0.02
	done
}
tries_left=5
until start_nginx; do
	tries_left=$((tries_left - 1))
	[ "$tries_left" -gt 0 ] || { echo '# nginx does not start'; sed 's/^/# /' "$lab/nginx.log"; exit 1; }
done
trap 'kill "$server"; sh "$LAB/lab.sh" down "$lab"; rm -rf "$lab"' EXIT

# ---- the repo

mkdir gates
sed -i.was 's/^gates: .*/gates: gates/' gaterun.yaml
# gate ID ENDPOINT [WITH]: a gate about one endpoint
gate() {
	cat > "gates/$1.yaml" <<-END
	id: $1
	title: a test gate
	kind: http_probe
	with:
	  endpoints: [$2]
	  timeout: 5s
	${3:-}
	packs: [run]
	severity: high
	owner: ops
	triage: look
	explain: because
	timeout: 20s
	END
}
cat > bindings/services.health.yaml <<-END
endpoints:
  - {id: page, host: harbor, url: 'http://127.0.0.1:$plain/page', expect: 200}
  - {id: any, host: harbor, url: 'http://127.0.0.1:$plain/page'}
  - {id: named, host: harbor, url: 'http://photos.test:$plain/', expect: 204}
  - {id: moved, host: harbor, url: 'http://127.0.0.1:$plain/moved', expect: 302}
  - {id: lost, host: harbor, url: 'http://127.0.0.1:$plain/moved', expect: 200}
  - {id: around, host: harbor, url: 'http://127.0.0.1:$plain/around'}
  - {id: away, host: harbor, url: 'http://127.0.0.1:$plain/away'}
  - {id: locked, host: harbor, url: 'http://127.0.0.1:$plain/locked', expect: "401,403"}
  - {id: down, host: harbor, url: 'http://127.0.0.1:$plain/down', expect: 200}
  - {id: huge, host: harbor, url: 'http://127.0.0.1:$plain/huge'}
  - {id: mixed, host: harbor, url: 'https://good.test:$plain/'}
  - {id: good, host: harbor, url: 'https://good.test:$tls/'}
  - {id: old, host: harbor, url: 'https://old.test:$tls/'}
  - {id: young, host: harbor, url: 'https://young.test:$tls/'}
  - {id: wrong, host: harbor, url: 'https://wrong.test:$tls/'}
  - {id: self, host: harbor, url: 'https://self.test:$tls/'}
  - {id: bare, host: harbor, url: 'https://127.0.0.1:$tls/'}
  - {id: called, host: harbor, url: 'https://127.0.0.1:$tls/', tls: {name: good.test}}
  - {id: miscalled, host: harbor, url: 'https://127.0.0.1:$tls/', tls: {name: wrong.test}}
  - {id: elsewhere, host: harbor, url: 'https://127.0.0.1:$tls/', tls: {name: good.test, node: lantern}}
END

# says ID VERDICT [REASON]: what the gate came to
says() {
	if [ $# -eq 2 ]; then
		check "$1 passes" ".gates[] | select(.id == \"$1\") | .verdict == \"$2\" and .checked == 1 and .findings == []"
	else
		check "$1: $2, $3" ".gates[] | select(.id == \"$1\") | .verdict == \"$2\" and .findings[0].reason == \"$3\""
	fi
}

echo '# statuses, names, redirects, bodies'
gate A1 page
gate A2 any
gate A3 named
gate A4 moved
gate A5 locked
gate A6 lost '  follow: 2'
gate A7 page "  body: '^status: fine\$'"
gate A8 huge
gate B1 lost
gate B2 down
gate B3 around '  follow: 5'
gate B4 away '  follow: 5'
gate B5 page "  body: '^status: bad\$'"
gate B6 huge '  body: x'
gate B7 lost '  follow: 1'
verify run --no-receipt
for each in A1 A2 A3 A4 A5 A6 A7 A8; do
	says "$each" pass
done
for each in B1 B3 B4 B7; do
	says "$each" fail http.redirect
done
says B2 fail http.status
says B5 fail http.body
says B6 fail http.too_large
check 'what may be secret in a redirect is not shown' '[.gates[].findings[].message | contains("secret")] | any | not'
check 'the redirect is' '.gates[] | select(.id == "B1") | .findings[0].message | contains("/login…")'
holds 'each question named its host' grep -q '"GET /page HTTP/1.1" 200' "$lab/access.log"
rm gates/*

echo '# certificates'
gate T1 good
gate T2 old
gate T3 young
gate T4 wrong
gate T5 self
gate T6 mixed
gate T7 called
gate T8 bare
gate T9 miscalled
gate T10 elsewhere
gate U1 old '  verify_tls: false'
gate U2 young '  verify_tls: false'
gate U3 wrong '  verify_tls: false'
gate U4 self '  verify_tls: false'
SSL_CERT_FILE=$lab/tls/ca.pem
export SSL_CERT_FILE
verify run --no-receipt
says T1 pass
says T2 fail cert.expired
says T3 fail cert.not_yet_valid
says T4 fail cert.name_mismatch
says T5 fail cert.self_signed
check 'T6: plain HTTP is not TLS' '.gates[] | select(.id == "T6") | .findings[0].reason | . == "tls.not_tls" or . == "tls.plain_http"'
says T7 pass
for each in T8 T9 T10; do
	says "$each" fail cert.name_mismatch
done
check 'the name that was asked for is told' '.gates[] | select(.id == "T9") | .findings[0].message | startswith("https://wrong.test:")'
for each in U1 U2 U3 U4; do
	says "$each" pass
done
unset SSL_CERT_FILE
verify run --no-receipt
says T1 fail cert.untrusted
rm gates/*

echo '# from another machine'
SSL_CERT_FILE=$lab/tls/ca.pem
export SSL_CERT_FILE
gate V1 page '  vantage: lantern'
gate V2 good '  vantage: lantern'
gate V3 down '  vantage: lantern'
gate V4 lost '  vantage: lantern
  follow: 3'
verify run --no-receipt
says V1 pass
says V2 pass
says V3 fail http.status
says V4 pass
check 'the way is through it' '.gates[] | select(.id == "V3") | .findings[0].path == "jump"'
rm gates/*

echo '# without libcurl'
gate W1 page
gate W2 any
mkdir "$lab/lib"
echo nothing > "$lab/lib/libcurl.so.4"
echo nothing > "$lab/lib/libcurl-gnutls.so.4"
if [ "$(uname -s)" = Linux ]; then
	LD_LIBRARY_PATH=$lab/lib
	export LD_LIBRARY_PATH
	verify run --no-receipt
	unset LD_LIBRARY_PATH
	says W1 unknown http.library
	check 'that is one cause' '[.gates[].findings[].caused_by] | unique | length == 1'
	status_is 2
fi

done_testing
