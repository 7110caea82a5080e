package answer

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// asked is a result for a question over passages, with the statistics of those passages.
func asked(t testing.TB, question string, texts ...string) (retrieve.Result, []retrieve.Passage) {
	t.Helper()
	return askedIn(t, "en", question, texts...)
}

func askedIn(t testing.TB, language, question string, texts ...string) (retrieve.Result, []retrieve.Passage) {
	t.Helper()
	a, err := lexical.NewAnalyzer(language)
	if err != nil {
		t.Fatal(err)
	}
	found := retrieve.Result{Analyzer: a}
	postings := []*lexical.Postings{lexical.Build(a, "", texts)}
	for _, text := range a.Strings(question) {
		term := retrieve.Term{Text: text, IDF: lexical.IDF(postings, text)}
		if !lexical.Holds(postings, text) {
			term.Similar = lexical.Similar(postings, text)
		}
		if !slices.ContainsFunc(found.Terms, func(t retrieve.Term) bool { return t.Text == text }) {
			found.Terms = append(found.Terms, term)
		}
	}
	for _, text := range texts {
		found.Passages = append(found.Passages, retrieve.Passage{
			Lecture: "l", Version: 1, Text: text,
			Chunks: []retrieve.Chunk{{ID: "ck_" + strings.Repeat("a", 32), End: len(text)}},
		})
	}
	return found, found.Passages
}

// extract is the floor's draft for a question over passages.
func extract(question string, found retrieve.Result, passages []retrieve.Passage) guard.Draft {
	r := weights.read(question, found, passages)
	return r.draft(passages)
}

func TestExtract(t *testing.T) {
	const other = "Last week we talked about cables. A cable has two ends and somebody always loses one of them."
	tests := []struct {
		name, question string
		texts          []string
		want           []string
	}{
		{
			"the definition and not the chatter", "What is a checksum?",
			[]string{other, "Good. A checksum is a small number that is computed from the data and sent along. Any questions so far? Then we go on with cables."},
			[]string{"A checksum is a small number that is computed from the data and sent along."},
		},
		{
			"a question from the room gives way to its answer", "Does the checksum find every error?",
			[]string{other, "So does the checksum find every error? No. It misses two flips that cancel each other out. Now the next slide."},
			[]string{"It misses two flips that cancel each other out."},
		},
		{
			"a sentence without end, and no cue to cut it at, is cut between words", "What is a checksum?",
			[]string{other, "A checksum is " + strings.Repeat("a very, ", 60) + "small number."},
			[]string{
				"A checksum is " + strings.TrimSpace(strings.Repeat("a very, ", 11)),
				strings.TrimSpace(strings.Repeat("a very, ", 12)) + " a",
			},
		},
		{
			"nothing about it", "Who painted the Mona Lisa?",
			[]string{other}, nil,
		},
		{
			"one common word is not enough", "How does photosynthesis work in a cable?",
			[]string{other}, nil,
		},
		{
			"in spoken order, not by score", "Why is the sliding window better than stop and wait?",
			[]string{"The sliding window is better because it keeps the pipe full. With stop and wait the pipe is empty most of the time, so a sliding window is better."},
			[]string{"The sliding window is better because it keeps the pipe full.", "With stop and wait the pipe is empty most of the time, so a sliding window is better."},
		},
		{
			"a word misspelt", "What is a checksun?",
			[]string{other, "A checksum is a small number that is computed from the data and sent along."},
			[]string{"A checksum is a small number that is computed from the data and sent along."},
		},
		{
			"a number where a number is asked for", "How many hosts were there when the network began?",
			[]string{"When the network began the hosts were large. When the network began there were four hosts, one in Utah. The hosts had no screens when the network began. The network had hosts and began slowly."},
			[]string{"When the network began the hosts were large.", "When the network began there were four hosts, one in Utah.", "The hosts had no screens when the network began."},
		},
		{
			"said twice, shown once", "What is a checksum?",
			[]string{"A checksum is a small number.", "A checksum is a small number."},
			[]string{"A checksum is a small number."},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, passages := asked(t, tt.question, tt.texts...)
			var got []string
			for _, s := range extract(tt.question, found, passages).Sentences {
				got = append(got, s.Text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestExtractPassesTheGuard: the floor's drafts hold by construction, in speech without punctuation too, where they are
// cut at cues and stay short.
func TestExtractPassesTheGuard(t *testing.T) {
	words := strings.Fields(strings.Repeat("so the window grows by one segment for every round trip and when a loss comes it is cut in half um and then it grows again ", 12))
	spoken := retrieve.Passage{Lecture: "l", Version: 1, Timed: true}
	for i := 0; i < len(words); i += 8 {
		if i > 0 {
			spoken.Text += " "
		}
		spoken.Cues = append(spoken.Cues, retrieve.Cue{Offset: len(spoken.Text), StartMS: int64(i) * 400, EndMS: int64(i+8) * 400})
		spoken.Text += strings.Join(words[i:min(i+8, len(words))], " ")
	}
	spoken.Chunks = []retrieve.Chunk{{ID: "ck_" + strings.Repeat("b", 32), End: len(spoken.Text)}}
	found, _ := asked(t, "When is the window cut in half?", spoken.Text)
	draft := extract("When is the window cut in half?", found, []retrieve.Passage{spoken})
	if len(draft.Sentences) == 0 {
		t.Fatal("nothing extracted")
	}
	for _, s := range draft.Sentences {
		if n := len(strings.Fields(s.Text)); n > 2*floorPiece {
			t.Errorf("a piece of %d words", n)
		}
	}
	b, err := draft.JSON()
	if err != nil {
		t.Fatal(err)
	}
	id := spoken.Chunks[0].ID
	v := guard.Check(guard.Input{
		Draft: b, FinishReason: "stop",
		Passages: []guard.Passage{{Alias: alias(0), Text: spoken.Text, Chunks: []guard.Chunk{{ID: id, End: len(spoken.Text)}}}},
		Readable: map[string]bool{id: true},
	})
	if !v.Pass {
		t.Errorf("the guard rejects the floor: %v", v.Findings)
	}
}

func TestClock(t *testing.T) {
	got := map[int64]string{}
	want := map[int64]string{0: "0:00", 999: "0:00", 61_000: "1:01", 3_599_999: "59:59", 3_600_000: "1:00:00", 360_000_000: "100:00:00"}
	for ms := range want {
		got[ms] = Clock(ms)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
