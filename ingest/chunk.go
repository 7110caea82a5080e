package ingest

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash"
)

// A Chunk is the unit that is embedded, searched and cited: a few sentences of
// one lecture.
type Chunk struct {
	// ID is empty until [Identify].
	ID string
	// Text is a stretch of the lecture's text, which is the segments' texts
	// joined by one space. It begins and ends at something that is not a space.
	Text string
	// Tokens is the length of Text in the splitter's encoding, cl100k_base.
	Tokens int
	// Overlap is how many leading bytes of Text are also the end of the
	// previous chunk's Text: whole sentences (or one character, where a word
	// had to be cut), 0 for the first chunk. Where it is 0 a space stood
	// between the two chunks, so the lecture's text is each Text[Overlap:] in
	// turn, with a space before those whose Overlap is 0.
	Overlap int
	// Heading is the headings that Text[Overlap:] stands under: those that are
	// open where it begins, outermost first, then those within it, each on a
	// line; "" without any. At most 2,000 bytes: of more, the first.
	// It is no part of Text and of the id, and counts in the postings alone.
	Heading string
	// Cues are the segments that Text touches, whole or in part, in the order
	// of the text. The first Offset is 0.
	Cues []Cue
}

// A Cue says when a part of a chunk was spoken.
type Cue struct {
	// Offset is the byte of Text at which the cue's words begin. A cue that a
	// chunk boundary cuts appears in both chunks, with Offset 0 in the later.
	Offset int
	// StartMS and EndMS are the times of the whole cue, also where it is cut,
	// in milliseconds from the start of the recording.
	StartMS, EndMS int64
	Speaker        string
}

// idEncoding is RFC 4648's alphabet in lower case: ids stand in URLs.
var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Identify sets the ids of all chunks of one lecture, in place. An id is "ck_"
// and 32 characters: the first 160 bits of SHA-256 over the course, the
// lecture, SplitterVersion, the text and how many earlier chunks have the very
// same text, each preceded by its length. A chunk whose text did not change
// keeps its id wherever it moves; a text that is there twice has two ids.
func Identify(course, lecture string, chunks []Chunk) {
	identify(course, lecture, SplitterVersion, chunks)
}

// identify is Identify for chunks that another setting of the splitter made; see [SplitConfig.Version].
func identify(course, lecture, splitter string, chunks []Chunk) {
	h := sha256.New()
	seen := make(map[string]uint64, len(chunks))
	var sum [sha256.Size]byte
	for i := range chunks {
		c := &chunks[i]
		h.Reset()
		for _, part := range []string{course, lecture, splitter, c.Text} {
			writeSized(h, part)
		}
		var nth [8]byte
		binary.BigEndian.PutUint64(nth[:], seen[c.Text])
		writeSized(h, string(nth[:]))
		seen[c.Text]++
		c.ID = "ck_" + idEncoding.EncodeToString(h.Sum(sum[:0])[:20])
	}
}

func writeSized(h hash.Hash, s string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:]) // a hash never returns an error
	h.Write([]byte(s))
}
