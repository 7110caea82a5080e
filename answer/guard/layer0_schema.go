package guard

import (
	"slices"
	"strings"
)

// Layer 0: the draft is one JSON object of exactly this shape, and nothing
// else:
//
//	{"outcome": "answered" | "not_in_lecture" | "refused",
//	 "sentences": [{"text": "…", "evidence": [{"chunk": "…", "quote": "…"}]}]}
//
// All fields are required, in any order, once; there are no others, and names
// match byte for byte. The shape holds only objects, arrays and strings, so a
// number, a null or a level too deep is wrong where it stands. Strings hold at
// most so many characters (see the limits) and no control characters but tab
// and line ends; a sentence's text holds a letter or digit. It holds no U+FFFD
// unless a quote does, as that of a lecture with broken bytes: what reads the
// reply of a model's server writes it for invalid UTF-8 and lone surrogates, so
// these are an error here whether they arrive or have been replaced.
//
// The Decoder reads it, whole or as it comes.

// decodeDraft returns the draft, or the one finding that rejects it.
func decodeDraft(data []byte, finishReason string) (Draft, *Finding) {
	var d Decoder
	d.Write(data)
	return d.Close(finishReason)
}

// replaced reports whether the text holds U+FFFD and no quote does.
func (s *DraftSentence) replaced() bool {
	return strings.ContainsRune(s.Text, '\uFFFD') &&
		!slices.ContainsFunc(s.Evidence, func(e Evidence) bool { return strings.ContainsRune(e.Quote, '\uFFFD') })
}
