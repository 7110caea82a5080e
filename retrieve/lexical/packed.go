package lexical

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The packed form, all integers unsigned varints unless said otherwise:
//
//	magic     "LXP1", the version being its last byte
//	analyser  length, bytes
//	docs      count, then each document's length in terms
//	terms     count, then for each, in byte order without repeats:
//	          length, bytes, df, size of its list in bytes, list
//	list      per posting: (gap << 1 | 1) for a term frequency of 1, else
//	          (gap << 1) and the frequency; gap is the distance from the
//	          document before (from -1 for the first)
//	checksum  CRC-32C of all before, 4 bytes, big endian
//
// In a lecture's list gaps are below 64 and most frequencies are 1, so a
// posting is one byte. Terms are not prefix-coded: they are searched in place.
const packedMagic = "LXP1"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrPostings is wrapped by every error of Unpack.
var ErrPostings = errors.New("packed postings are unreadable")

// MarshalBinary returns the packed form: the same bytes for the same lecture,
// title and analyser. The error is always nil.
func (p *Postings) MarshalBinary() ([]byte, error) {
	if p == nil {
		return []byte(pack(neutralName, nil, nil)), nil
	}
	return []byte(p.packed), nil
}

// Unpack reads what MarshalBinary wrote. It keeps no reference to data. Bytes
// that are cut, altered, of another version or inconsistent give an error that
// wraps [ErrPostings]; memory stays within a small multiple of len(data),
// whatever they claim.
func Unpack(data []byte) (*Postings, error) { return unpack(string(data)) }

// pack writes the packed form; it sorts terms. A term without postings must not be among them.
func pack(analyzer string, lengths []uint32, terms []termPostings) string {
	sortTerms(terms)
	b := []byte(packedMagic)
	b = binary.AppendUvarint(b, uint64(len(analyzer)))
	b = append(b, analyzer...)
	b = binary.AppendUvarint(b, uint64(len(lengths)))
	for _, n := range lengths {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(len(terms)))
	var list []byte
	for _, t := range terms {
		list = list[:0]
		next := uint32(0)
		for _, p := range t.list {
			gap := uint64(p.doc-next+1) << 1
			next = p.doc + 1
			if p.tf == 1 {
				list = binary.AppendUvarint(list, gap|1)
			} else {
				list = binary.AppendUvarint(list, gap)
				list = binary.AppendUvarint(list, uint64(p.tf))
			}
		}
		b = binary.AppendUvarint(b, uint64(len(t.text)))
		b = append(b, t.text...)
		b = binary.AppendUvarint(b, uint64(len(t.list)))
		b = binary.AppendUvarint(b, uint64(len(list)))
		b = append(b, list...)
	}
	return string(binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)))
}

func unpack(packed string) (*Postings, error) {
	if len(packed) > maxPacked {
		return nil, fmt.Errorf("%w: %d bytes are more than the format holds", ErrPostings, len(packed))
	}
	if len(packed) < len(packedMagic)+4 || packed[:3] != packedMagic[:3] {
		return nil, fmt.Errorf("%w: not in the packed form", ErrPostings)
	}
	if packed[3] != packedMagic[3] {
		return nil, fmt.Errorf("%w: version %q, this program reads %q", ErrPostings, packed[3], packedMagic[3])
	}
	body := len(packed) - 4
	if crc32.Checksum([]byte(packed[:body]), castagnoli) != binary.BigEndian.Uint32([]byte(packed[body:])) {
		return nil, fmt.Errorf("%w: the checksum does not match", ErrPostings)
	}
	r := reader{s: packed[:body], at: len(packedMagic)}
	p := &Postings{packed: packed}
	p.analyzer = r.bytes(r.count(1))
	p.lengths = make([]uint32, r.count(1))
	for i := range p.lengths {
		p.lengths[i] = r.uint32()
		p.total += uint64(p.lengths[i])
	}
	r.unpackTerms(p)
	if r.bad || r.at != body {
		return nil, fmt.Errorf("%w: inconsistent near byte %d", ErrPostings, r.at)
	}
	p.hashTerms()
	return p, nil
}

// unpackTerms reads and checks the dictionary and every list, so that a search
// can walk them without checking again.
func (r *reader) unpackTerms(p *Postings) {
	seen := make([]uint64, len(p.lengths)) // frequencies found, per document
	p.terms = make([]termEntry, r.count(5))
	last := ""
	for i := range p.terms {
		size := r.count(1)
		start := r.at
		term := r.bytes(size)
		df, n := r.uint32(), r.count(1)
		if r.bad || size == 0 || (i > 0 && term <= last) {
			r.bad = true
			return
		}

		p.terms[i] = termEntry{text: uint32(start), size: uint32(size), df: df, list: uint32(r.at), end: uint32(r.at + n)}
		list := reader{s: r.s[:r.at+n], at: r.at}
		doc := -1
		found := uint32(0)
		for list.at < len(list.s) && !list.bad {
			v := list.uvarint()
			tf := uint32(1)
			if v&1 == 0 {
				tf = list.uint32()
			}
			gap := v >> 1
			if list.bad || gap == 0 || gap > uint64(len(p.lengths)) || doc+int(gap) >= len(p.lengths) || tf == 0 {
				r.bad = true
				return
			}
			doc += int(gap)
			seen[doc] += uint64(tf)
			found++
		}
		if list.bad || found != df || df == 0 {
			r.bad = true
			return
		}
		r.at += n
		last = term
	}
	for i, n := range p.lengths {
		r.bad = r.bad || seen[i] != uint64(n)
	}
}

// A reader decodes s from at on. The first error sets bad; afterwards it
// returns zeros.
type reader struct {
	s   string
	at  int
	bad bool
}

func (r *reader) uvarint() uint64 {
	var v uint64
	for shift := 0; shift < 64 && r.at < len(r.s) && !r.bad; shift += 7 {
		c := r.s[r.at]
		r.at++
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *reader) uint32() uint32 {
	v := r.uvarint()
	if v > 1<<32-1 {
		r.bad = true
		return 0
	}
	return uint32(v)
}

// count reads the number of items that each take at least size bytes of what
// is left, and fails if they cannot be there.
func (r *reader) count(size int) int {
	v := r.uvarint()
	if r.bad || v > uint64((len(r.s)-r.at)/size) {
		r.bad = true
		return 0
	}
	return int(v)
}

func (r *reader) bytes(n int) string {
	if r.bad {
		return ""
	}
	r.at += n
	return r.s[r.at-n : r.at]
}
