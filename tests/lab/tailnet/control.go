// A control server that gives its nodes certificate domains, which headscale does not, and an ACME
// server that answers each order with "later": what tailscaled then does is what users meet as a
// certificate that never comes.
//
//	control ADDRESS   (https is not wanted: the nodes are told http://ADDRESS)
package main

import (
	"log"
	"net"
	"net/http"
	"os"
	"testing"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/logger"
)

// The domain under which each node has its name and may have a certificate.
const domain = "hang.example"

// What RunDERPAndSTUN wants of a test; an error ends the program.
type program struct{ *testing.T }

func (program) Cleanup(func())                 {}
func (program) Helper()                        {}
func (program) Logf(format string, any ...any) { log.Printf(format, any...) }
func (program) Fatal(any ...any)               { log.Fatal(any...) }
func (program) Fatalf(format string, any ...any) {
	log.Fatalf(format, any...)
}

// RFC 8555: a directory, a nonce, an account; every order is refused with 429 and a day to wait, as Let's
// Encrypt does to who asked too often.
func acme(base string) http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, status int, body string) {
		w.Header().Set("Replay-Nonce", "bm9uY2U")
		w.Header().Set("Location", base+"/acme/account/1")
		w.Header().Set("Content-Type", "application/json")
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "86400")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
	mux.HandleFunc("/acme/directory", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{"newNonce":"`+base+`/acme/nonce","newAccount":"`+base+
			`/acme/account","newOrder":"`+base+`/acme/order","revokeCert":"`+base+
			`/acme/revoke","keyChange":"`+base+`/acme/key"}`)
	})
	mux.HandleFunc("/acme/nonce", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "")
	})
	mux.HandleFunc("/acme/account", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusCreated, `{"status":"valid"}`)
	})
	mux.HandleFunc("/acme/account/1", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{"status":"valid"}`)
	})
	mux.HandleFunc("/acme/order", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusTooManyRequests,
			`{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates"}`)
	})
	return mux
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: control ADDRESS:PORT")
	}
	address := os.Args[1]
	base := "http://" + address
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		log.Fatal(err)
	}
	control := &testcontrol.Server{
		DERPMap:         integration.RunDERPAndSTUN(program{}, logger.Discard, host),
		DNSConfig:       &tailcfg.DNSConfig{Proxied: true},
		MagicDNSDomain:  domain,
		ExplicitBaseURL: base,
		AllOnline:       true,
		DefaultNodeCapabilities: &tailcfg.NodeCapMap{
			tailcfg.CapabilityHTTPS: {},
		},
	}
	mux := http.NewServeMux()
	mux.Handle("/", control)
	mux.Handle("/acme/", acme(base))
	log.Fatal(http.ListenAndServe(address, mux))
}
