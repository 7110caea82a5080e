package guard

import "encoding/json"

// Limits of a draft. They are far above what a good answer needs and keep the
// cost of a hostile one small. Lengths in runes, except MaxDraftBytes.
const (
	MaxDraftBytes = 64 << 10
	MaxSentences  = 16
	MaxEvidence   = 8    // items per sentence
	MaxTextRunes  = 600  // a sentence's text
	MaxQuoteRunes = 1200 // a quote, as the model wrote it
)

// Draft is what a model is asked to return: the only shape that layer 0 lets
// through. It is exported for those who write drafts without a model (the
// extractive floor, scripted models in tests); Check itself reads bytes.
type Draft struct {
	Outcome   Outcome         `json:"outcome"`
	Sentences []DraftSentence `json:"sentences"`
}

// DraftSentence is one claim and its evidence.
type DraftSentence struct {
	Text     string     `json:"text"`
	Evidence []Evidence `json:"evidence"`
}

// Evidence is a quote and the alias of the passage it was taken from.
type Evidence struct {
	Chunk string `json:"chunk"`
	Quote string `json:"quote"`
}

// JSON returns the draft as Check reads it. Unlike plain json.Marshal it
// writes absent lists as [], since layer 0 does not accept null.
func (d Draft) JSON() ([]byte, error) {
	out := Draft{Outcome: d.Outcome, Sentences: make([]DraftSentence, len(d.Sentences))}
	for i, s := range d.Sentences {
		if s.Evidence == nil {
			s.Evidence = []Evidence{}
		}
		out.Sentences[i] = s
	}
	return json.Marshal(out)
}
