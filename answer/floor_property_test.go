package answer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve"
	"pgregory.net/rapid"
)

// spokenWordsOf are what the property's lectures are made of: terms, small words, numbers, other scripts.
var spokenWordsOf = []string{
	"window", "segment", "checksum", "router", "TCP", "Nagle", "loses", "the", "a", "so", "um", "of", "1988", "3.5", "four",
	"Why", "is", "größer", "re-send", "C++", "輻輳", "制御", "ウィンドウ", "окно", "نافذة",
}

func spoken(t *rapid.T, name string, most int) string {
	var b strings.Builder
	for i, w := range rapid.SliceOfN(rapid.SampledFrom(spokenWordsOf), 1, most).Draw(t, name) {
		if i > 0 {
			b.WriteString(rapid.SampledFrom([]string{" ", " ", " ", " ", ". ", "? ", ", ", "。"}).Draw(t, "between"))
		}
		b.WriteString(w)
	}
	return b.String()
}

// TestFloorProperties: whatever is asked of whatever was said, the floor shows at most three stretches, word for word,
// none twice, in spoken order, the same each time; and the guard lets them pass.
func TestFloorProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var texts []string
		for i := range rapid.IntRange(1, 3).Draw(rt, "passages") {
			texts = append(texts, spoken(rt, fmt.Sprint("passage ", i), 120))
		}
		question := spoken(rt, "question", 8)
		found, passages := asked(t, question, texts...)
		for i := range passages {
			p := &passages[i]
			p.Chunks[0].ID = "ck_" + strings.Repeat(string(rune('a'+i)), 32)
			p.Chunks[0].Score = float64(i)
			for at, r := range p.Text {
				if at > 0 && r == ' ' && rapid.IntRange(0, 9).Draw(rt, "cue") == 0 {
					p.Cues = append(p.Cues, retrieve.Cue{Offset: at + 1})
				}
			}
		}
		r := weights.read(question, found, passages)
		if r.Probability < 0 || r.Probability > 1 || r.Probability != r.Probability {
			rt.Fatalf("probability %v", r.Probability)
		}
		draft := r.draft(passages)
		again := weights.read(question, found, passages)
		if diff := cmp.Diff(draft, again.draft(passages)); diff != "" {
			rt.Fatalf("not the same twice:\n%s", diff)
		}
		if len(draft.Sentences) > floorSentences || r.Floor != (len(draft.Sentences) > 0) {
			rt.Fatalf("%d sentences, floor open: %v", len(draft.Sentences), r.Floor)
		}
		if !r.Floor {
			return
		}
		last := Excerpt{Passage: -1}
		shown := slices.Clone(r.Closest[:r.Shown])
		slices.SortFunc(shown, func(a, b Excerpt) int { return cmp2(a.Passage, b.Passage, a.Start, b.Start) })
		for i, e := range shown {
			if e.Passage == last.Passage && e.Start < last.End {
				rt.Fatalf("%v and %v overlap", last, e)
			}
			if got, want := draft.Sentences[i].Text, passages[e.Passage].Text[e.Start:e.End]; got != want {
				rt.Fatalf("not word for word or not in spoken order: %q, want %q", got, want)
			}
			last = e
		}
		b, err := draft.JSON()
		if err != nil {
			rt.Fatal(err)
		}
		in := guard.Input{Draft: b, FinishReason: "stop", Readable: map[string]bool{}}
		for i, p := range passages {
			in.Passages = append(in.Passages, guard.Passage{Alias: alias(i), Text: p.Text, Chunks: []guard.Chunk{{ID: p.Chunks[0].ID, End: len(p.Text)}}})
			in.Readable[p.Chunks[0].ID] = true
		}
		if v := guard.Check(in); !v.Pass {
			rt.Fatalf("the guard rejects %s: %v", b, v.Findings)
		}
	})
}

func cmp2(a, b, c, d int) int {
	if a != b {
		return a - b
	}
	return c - d
}

// TestFloorLanguages: where nothing is known of a language's questions, where words are not spaced and where nobody
// punctuated, the sentence that answers is still among those shown.
func TestFloorLanguages(t *testing.T) {
	tests := []struct {
		language, question string
		texts              []string
		want               string // is in one of the sentences
	}{
		{
			"ja", "スライディングウィンドウとは何ですか",
			[]string{"今日はケーブルの話をします。スライディングウィンドウとは、確認を待たずに送れる範囲のことです。では次に進みます。", "ケーブルには両端があります。"},
			"スライディングウィンドウとは、確認を待たずに送れる範囲のことです。",
		},
		{
			"zh", "校验和是根据什么计算出来的",
			[]string{"我们先看电缆。校验和是根据数据计算出来的一个小数字。现在继续。"},
			"校验和是根据数据计算出来的一个小数字。",
		},
		{
			"de", "Wozu dient die Prüfsumme?",
			[]string{"Heute geht es um Kabel. Die Prüfsumme dient dazu, Fehler bei der Übertragung zu erkennen. Weiter im Text."},
			"Die Prüfsumme dient dazu, Fehler bei der Übertragung zu erkennen.",
		},
		{
			"xx", "Quid est summa probationis?",
			[]string{"Hodie de funibus agimus. Summa probationis est numerus parvus ex datis computatus. Nunc pergamus."},
			"Summa probationis est numerus parvus ex datis computatus.",
		},
		{
			"en", "when is the window cut in half",
			[]string{strings.Repeat("so we talked about cables and um connectors last week and that was fine ", 6) +
				"the window is cut in half when a segment is lost " + strings.Repeat("and now we go on with something else for today ", 8)},
			"cut in half",
		},
	}
	for _, tt := range tests {
		t.Run(tt.language, func(t *testing.T) {
			found, passages := askedIn(t, tt.language, tt.question, tt.texts...)
			draft := extract(tt.question, found, passages)
			if !slices.ContainsFunc(draft.Sentences, func(s guard.DraftSentence) bool { return strings.Contains(s.Text, tt.want) }) {
				t.Errorf("%q is not among %q", tt.want, draft.Sentences)
			}
		})
	}
}
