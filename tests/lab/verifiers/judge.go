// What Go's packages make of what gaterun writes: golang.org/x/mod/sumdb/note and tlog; the checkpoints, proofs
// and policies of transparency-dev/formats; and the envelopes of go-securesystemslib.
//
//	judge receipts KEY.pem          envelopes on standard input
//	judge heads VKEY                checkpoints on standard input, a line of hexadecimal each
//	judge cosigned VKEY WITNESS     the same, cosigned as well by the witness with this verifier key
//	judge proofs                    proofs on standard input, a line each
//	judge log VKEY FOLDER           the folder of a log: every head, and that each grew from the one before
//	judge proof VKEY ENTRY PROOF    an entry, and the C2SP tlog-proof that is kept beside it
//	judge growth VKEY HEAD GROWTH   a head, and what is kept to show that a later one grew from it
//	judge policy POLICY HEAD LINES  a head with the lines of witnesses: does it satisfy the tlog-policy?
//
// A receipt has its length before it, four bytes, largest first; the lines are those of
// tests/live/log_judge.c. For each, a line: "1" and, of a checkpoint, what it says; or "0". Those that read files
// end with 1 and a sentence if anything is not as it should be.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/transparency-dev/formats/log"
	cosignature "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	bytes, err := os.ReadFile(path)
	check(err)
	return bytes
}

// each calls judge with every framed case of standard input.
func each(judge func([]byte) bool) {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var length uint32
		err := binary.Read(in, binary.BigEndian, &length)
		if err == io.EOF {
			return
		}
		check(err)
		one := make([]byte, length)
		_, err = io.ReadFull(in, one)
		check(err)
		fmt.Fprintln(out, word(judge(one)))
	}
}

// lines calls judge with every line of standard input, and prints what it says.
func lines(judge func(string) string) {
	in, out := bufio.NewScanner(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		fmt.Fprintln(out, judge(in.Text()))
	}
	check(in.Err())
}

func word(good bool) string {
	if good {
		return "1"
	}
	return "0"
}

// ---- receipts

// A key without an id of its own: the library then takes its SSH fingerprint.
type key struct{ public ed25519.PublicKey }

func (k key) KeyID() (string, error)   { return "", nil }
func (k key) Public() crypto.PublicKey { return k.public }
func (k key) Verify(_ context.Context, data, signature []byte) error {
	if !ed25519.Verify(k.public, data, signature) {
		return errors.New("not by this key")
	}
	return nil
}

func receipts(path string) {
	block, _ := pem.Decode(read(path))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	check(err)
	verifier, err := dsse.NewEnvelopeVerifier(key{public.(ed25519.PublicKey)})
	check(err)
	each(func(octets []byte) bool {
		var envelope dsse.Envelope
		if json.Unmarshal(octets, &envelope) != nil {
			return false
		}
		_, err := verifier.Verify(context.Background(), &envelope)
		return err == nil
	})
}

// ---- checkpoints

func verifier(vkey string) note.Verifier {
	v, err := note.NewVerifier(strings.TrimSpace(vkey))
	check(err)
	return v
}

// head opens a checkpoint by the log that has this verifier key.
func head(octets []byte, v note.Verifier) (*log.Checkpoint, tlog.Hash, error) {
	var root tlog.Hash
	if _, err := note.Open(octets, note.VerifierList(v)); err != nil {
		return nil, root, err
	}
	said, _, _, err := log.ParseCheckpoint(octets, v.Name(), v)
	if err == nil && copy(root[:], said.Hash) != len(said.Hash) {
		err = errors.New("a root of another size")
	}
	return said, root, err
}

// heads judges checkpoints; cosigner may be empty.
func heads(vkey, cosigner string) {
	v := verifier(vkey)
	lines(func(line string) string {
		octets, err := hex.DecodeString(line)
		check(err)
		said, root, err := head(octets, v)
		if err != nil {
			return "0"
		}
		var seconds int64
		if cosigner != "" {
			if seconds, err = cosignedAt(octets, cosigner); err != nil {
				return "0"
			}
		}
		return fmt.Sprintf("1\t%s\t%d\t%x\t%d", said.Origin, said.Size, root[:], seconds)
	})
}

func cosignedAt(octets []byte, cosigner string) (int64, error) {
	v, err := cosignature.NewVerifierForCosignatureV1(cosigner)
	check(err)
	opened, err := note.Open(octets, note.VerifierList(v))
	if err != nil {
		return 0, err
	}
	at, err := cosignature.CoSigV1Timestamp(opened.Sigs[0])
	return at.Unix(), err
}

// ---- proofs

// holds judges "inclusion INDEX SIZE LEAF ROOT HASH..." or "consistency FROM TO EARLIER LATER HASH...".
func holds(line string) bool {
	words := strings.Split(line, " ")
	if len(words) < 5 {
		return false
	}
	var numbers [2]int64
	for i := range numbers {
		n, err := strconv.ParseInt(words[1+i], 10, 64)
		if err != nil {
			return false
		}
		numbers[i] = n
	}
	var hashes []tlog.Hash
	for _, word := range words[3:] {
		octets, err := hex.DecodeString(word)
		if err != nil || len(octets) != tlog.HashSize {
			return false
		}
		hashes = append(hashes, tlog.Hash(octets))
	}
	if words[0] == "inclusion" {
		return tlog.CheckRecord(hashes[2:], numbers[1], hashes[1], numbers[0], hashes[0]) == nil
	}
	return tlog.CheckTree(hashes[2:], numbers[1], hashes[1], numbers[0], hashes[0]) == nil
}

// ---- what is in files

// The stored hashes of a tree, as tlog numbers them.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("the tree is not as large as that")
		}
		out[i] = s[index]
	}
	return out, nil
}

func sorted(folder string) []string {
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	check(err)
	sort.Strings(names)
	return names
}

func wholeLog(vkey, folder string) {
	var tree stored
	v := verifier(vkey)
	entries := sorted(filepath.Join(folder, "entries"))
	for i, path := range entries {
		more, err := tlog.StoredHashes(int64(i), read(path), tree)
		check(err)
		tree = append(tree, more...)
	}
	var size int64
	var root tlog.Hash
	notes := sorted(filepath.Join(folder, "checkpoints"))
	for _, path := range notes {
		said, signed, err := head(read(path), v)
		check(err)
		made, err := tlog.TreeHash(int64(said.Size), tree)
		check(err)
		if made != signed {
			check(fmt.Errorf("%s: the root is not that of the entries", path))
		}
		if size > 0 {
			growth, err := tlog.ProveTree(int64(said.Size), size, tree)
			check(err)
			check(tlog.CheckTree(growth, int64(said.Size), signed, size, root))
		}
		size, root = int64(said.Size), signed
	}
	for i, path := range entries {
		member, err := tlog.ProveRecord(size, int64(i), tree)
		check(err)
		check(tlog.CheckRecord(member, size, root, int64(i), tlog.RecordHash(read(path))))
	}
	if size != int64(len(entries)) {
		check(fmt.Errorf("%d entries under a head of %d", len(entries), size))
	}
	fmt.Printf("%d entries, %d heads\n", len(entries), len(notes))
}

func keptProof(vkey, entry, path string) {
	var kept proof.TLogProof
	check(kept.Unmarshal(read(path)))
	said, root, err := head(kept.Checkpoint, verifier(vkey))
	check(err)
	var member tlog.RecordProof
	for _, hash := range kept.Hashes {
		member = append(member, tlog.Hash(hash))
	}
	check(tlog.CheckRecord(member, int64(said.Size), root, int64(kept.Index), tlog.RecordHash(read(entry))))
	fmt.Printf("entry %d of %d\n", kept.Index, said.Size)
}

// keptGrowth judges the body of an add-checkpoint (C2SP tlog-witness): "old SIZE", hashes, a blank line, the head.
func keptGrowth(vkey, earlier, path string) {
	v := verifier(vkey)
	before, beforeRoot, err := head(read(earlier), v)
	check(err)
	above, signed, _ := bytes.Cut(read(path), []byte("\n\n"))
	after, afterRoot, err := head(signed, v)
	check(err)
	words := strings.Split(string(above), "\n")
	if words[0] != fmt.Sprintf("old %d", before.Size) {
		check(errors.New("not from that head"))
	}
	var growth tlog.TreeProof
	for _, word := range words[1:] {
		hash, err := tlog.ParseHash(word)
		check(err)
		growth = append(growth, hash)
	}
	check(tlog.CheckTree(growth, int64(after.Size), afterRoot, int64(before.Size), beforeRoot))
	fmt.Printf("from %d to %d\n", before.Size, after.Size)
}

func policy(path, head, lines string) {
	group, err := witness.ParsePolicy(read(path))
	check(err)
	if group.Satisfied(read(head)) {
		check(errors.New("satisfied without a witness"))
	}
	if !group.Satisfied(append(read(head), read(lines)...)) {
		check(errors.New("not satisfied"))
	}
	fmt.Println("satisfied")
}

func main() {
	arguments := append(os.Args[1:], "", "", "", "")
	switch strings.Join([]string{arguments[0], strconv.Itoa(len(os.Args) - 1)}, " ") {
	case "receipts 2":
		receipts(arguments[1])
	case "heads 2":
		heads(arguments[1], "")
	case "cosigned 3":
		heads(arguments[1], arguments[2])
	case "proofs 1":
		lines(func(line string) string { return word(holds(line)) })
	case "log 3":
		wholeLog(arguments[1], arguments[2])
	case "proof 4":
		keptProof(arguments[1], arguments[2], arguments[3])
	case "growth 4":
		keptGrowth(arguments[1], arguments[2], arguments[3])
	case "policy 4":
		policy(arguments[1], arguments[2], arguments[3])
	default:
		fmt.Fprintln(os.Stderr, "usage: judge receipts|heads|cosigned|proofs|log|proof|growth|policy ...")
		os.Exit(64)
	}
}
