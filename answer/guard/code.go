package guard

import "slices"

// Code says why a draft was rejected. Codes are counted, stored with the
// answer and shown to operators, so a code's spelling never changes.
type Code string

const (
	// CodeSchema (layer 0): the draft is not exactly one JSON object of the
	// agreed shape in valid UTF-8 within the limits, or it has an outcome that
	// does not exist, or it is "answered" without a sentence, or the model did
	// not finish with reason "stop".
	CodeSchema Code = "schema"

	// CodeUnknownCitation (layer 1): evidence names an alias that is not,
	// byte for byte, the alias of exactly one passage of this request; or the
	// text holds what looks like a citation, such as [12], 【1】, an alias or a
	// chunk's id, and its quotes do not.
	CodeUnknownCitation Code = "unknown_citation"

	// CodeStaleCitation (layer 1): the quote stands in the passage, but the
	// chunks that hold it are no longer in the active version or may not be
	// read by this caller now.
	CodeStaleCitation Code = "stale_citation"

	// CodeRefusalWithSources (layer 2): the outcome is "not_in_lecture" or
	// "refused" and the draft has sentences.
	CodeRefusalWithSources Code = "refusal_with_sources"

	// CodeUncitedSentence (layer 2): an entry has no evidence, or it holds
	// more than one sentence, so that the second goes without evidence of its
	// own.
	CodeUncitedSentence Code = "uncited_sentence"

	// CodeQuoteNotFound (layer 3): the quote is not a contiguous part of the
	// named passage in the comparison view, or it begins or ends inside a
	// word, or it is shorter than 5 words (8 characters where words are not
	// spaced) and not a complete sentence of the passage, or it runs over text
	// that belongs to no chunk.
	CodeQuoteNotFound Code = "quote_not_found"

	// CodeNumberUnsupported (layer 4): a number of the sentence is not in its
	// evidence, the quotes with the sentences around them, by its value and
	// unit, or counts there something else. What counts as a number, and which values are the same, is said at
	// numbersSupported.
	CodeNumberUnsupported Code = "number_unsupported"

	// CodeEntityUnsupported (layer 5): a name, an acronym, a formula or an
	// identifier of the sentence stands neither near a quote in its
	// passage, nor in the question, nor in the glossary. What counts as one is said at
	// entitiesSupported.
	CodeEntityUnsupported Code = "entity_unsupported"

	// CodePolarity (layer 6): the sentence denies what its evidence affirms or
	// affirms what it denies, takes back or answers with no; turns a comparison,
	// a cause or an order in time round; says of one thing what the evidence says
	// of another, in the same place or in another one; or says always, all or
	// only where the evidence does not. The rules are at meaningAgrees.
	CodePolarity Code = "polarity"

	// CodeLowSupport (layer 7): too little of what the sentence says stands in
	// its evidence, the quotes with the words around them: its score is below
	// the weights' reject_below. In Verdict.Review the same code says that the
	// score is below review_below only.
	CodeLowSupport Code = "low_support"

	// CodeUnsafeOutput (out): a sentence's text holds markup that loads or
	// leads anywhere, or characters that change how other text is shown.
	CodeUnsafeOutput Code = "unsafe_output"
)

// codes lists every code in the order of the layers.
var codes = []Code{
	CodeSchema,
	CodeUnknownCitation,
	CodeStaleCitation,
	CodeRefusalWithSources,
	CodeUncitedSentence,
	CodeQuoteNotFound,
	CodeNumberUnsupported,
	CodeEntityUnsupported,
	CodePolarity,
	CodeLowSupport,
	CodeUnsafeOutput,
}

// Codes returns every code that Check can report, in the order of the layers.
func Codes() []Code { return slices.Clone(codes) }

// Layer returns the name of the layer that reports c, as docs/guard.md has it:
// "0" to "7" or "out"; "" for a code that Check does not report.
func (c Code) Layer() string {
	switch c {
	case CodeSchema:
		return "0"
	case CodeUnknownCitation, CodeStaleCitation:
		return "1"
	case CodeRefusalWithSources, CodeUncitedSentence:
		return "2"
	case CodeQuoteNotFound:
		return "3"
	case CodeNumberUnsupported:
		return "4"
	case CodeEntityUnsupported:
		return "5"
	case CodePolarity:
		return "6"
	case CodeLowSupport:
		return "7"
	case CodeUnsafeOutput:
		return "out"
	}
	return ""
}

func (c Code) order() int { return slices.Index(codes, c) }

// Finding is one reason to reject a draft.
type Finding struct {
	Code Code
	// Sentence and Evidence are 0-based indexes into the draft's sentences and
	// that sentence's evidence; -1 when the finding is not about one.
	Sentence, Evidence int
	// Detail is for operators: aliases, ids, counts and byte positions. It
	// never holds text of the draft, the lecture or the question.
	Detail string
}
