package guard

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// feed reads data in the pieces that cuts ends, and returns the sentences that came out on the way, too.
func feed(data []byte, cuts []int) (Draft, []DraftSentence, *Finding) {
	var d Decoder
	var came []DraftSentence
	from := 0
	for _, to := range append(cuts, len(data)) {
		to = min(max(to, from), len(data))
		d.Write(data[from:to])
		for s, ok := d.Next(); ok; s, ok = d.Next() {
			came = append(came, s)
		}
		from = to
	}
	draft, finding := d.Close("stop")
	return draft, came, finding
}

// checkDecoder holds the decoder against the oracle, and one way of cutting against another.
func checkDecoder(t interface {
	Helper()
	Fatalf(string, ...any)
}, data []byte, cuts []int) {
	t.Helper()
	want, refused := readDraft(data, "stop")
	whole, _, first := feed(data, nil)
	if (refused == nil) != (first == nil) {
		t.Fatalf("the decoder says %+v, the oracle %+v: %q", first, refused, data)
	}
	if diff := cmp.Diff(want, whole, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-oracle +decoder): %s", diff)
	}
	draft, came, finding := feed(data, cuts)
	if diff := cmp.Diff(whole, draft); diff != "" {
		t.Fatalf("cut at %v (-whole +cut): %s", cuts, diff)
	}
	if diff := cmp.Diff(first, finding); diff != "" {
		t.Fatalf("cut at %v (-whole +cut): %s", cuts, diff)
	}
	if finding == nil && draft.Outcome == Answered {
		if diff := cmp.Diff(draft.Sentences, came); diff != "" {
			t.Fatalf("the sentences that came one by one are others: %s", diff)
		}
	}
	if finding == nil && draft.Outcome != Answered && len(came) > 0 {
		t.Fatalf("%d sentences of a draft that does not answer", len(came))
	}
}

const long = `{"outcome":"answered","sentences":[{"text":"Ein Päckchen \u00e9\ud83d\ude00 \"x\" 断言.","evidence":[{"chunk":"c1","quote":"a\n😀 b"},{"quote":"\\","chunk":"c2"}]},` +
	`{"evidence":[],"text":"Two"}, {"text":"Three","evidence":[{"chunk":"c1","quote":"q"}]}]}`

// TestDecoderCuts: a draft cut at each of its bytes, and byte by byte.
func TestDecoderCuts(t *testing.T) {
	var each []int
	for i := range len(long) {
		each = append(each, i)
		checkDecoder(t, []byte(long), []int{i})
		checkDecoder(t, []byte(long[:i]), []int{i / 2})
	}
	checkDecoder(t, []byte(long), each)
	if _, came, finding := feed([]byte(long), each); len(came) != 3 || finding != nil {
		t.Errorf("%d sentences, %+v", len(came), finding)
	}
}

// TestDecoderIsEarly: a sentence is there with its last byte, and a draft that cannot become one is refused with the
// first byte that is wrong.
func TestDecoderIsEarly(t *testing.T) {
	var d Decoder
	at := strings.Index(long, `]},`) + 2
	if d.Write([]byte(long[:at-1])); d.finding != nil {
		t.Fatal(d.finding)
	}
	if _, ok := d.Next(); ok {
		t.Error("a sentence before its end")
	}
	d.Write([]byte(long[at-1 : at]))
	if s, ok := d.Next(); !ok || len(s.Evidence) != 2 {
		t.Errorf("no sentence at its end: %+v", s)
	}
	for _, tt := range []struct{ draft, upTo string }{
		{"<!DOCTYPE html>", "<"},
		{"The tide", "T"},
		{`[{"outcome"`, `[`},
		{`{"outcome":"maybe","sentences":[]}`, `{"outcome":"maybe"`},
		{`{"outcome":"answered","note":"x"}`, `{"outcome":"answered","note"`},
		{`{"outcome":"answered","sentences":[]} {`, `{"outcome":"answered","sentences":[]}`},
		{`{"outcome":"refused","sentences":[]} {`, `{"outcome":"refused","sentences":[]} {`},
		{`{"outcome":"refused","sentences":[[`, `{"outcome":"refused","sentences":[[`},
		{`{"sentences":[{"text":"a\ud83dxyz`, `{"sentences":[{"text":"a\ud83dx`},
		{`{"sentences":[{"text":"a\udc00xyz`, `{"sentences":[{"text":"a\udc00`},
		{`{"sentences":[{"text":"a\u00001`, `{"sentences":[{"text":"a\u0000`},
		{"{\"sentences\":[{\"text\":\"a\xe5A", "{\"sentences\":[{\"text\":\"a\xe5A"},
		{`{"sentences":[{"text":"` + strings.Repeat("é", 700), `{"sentences":[{"text":"` + strings.Repeat("é", 601)},
		{`{"outcome":"answered","sentences":[{"text":"` + strings.Repeat(" ", 599) + "\x00", `{"outcome":"answered","sentences":[{"text":"` + strings.Repeat(" ", 599) + "\x00"},
	} {
		var d Decoder
		if f := d.Write([]byte(tt.upTo[:len(tt.upTo)-1])); f != nil {
			t.Errorf("%q is refused too early: %+v", tt.draft, f)
		}
		if f := d.Write([]byte(tt.draft[len(tt.upTo)-1 : len(tt.upTo)])); f == nil {
			t.Errorf("%q is not refused at %q", tt.draft, tt.upTo)
		}
	}
}

// TestDecoderMemory: an endless draft costs no more than the longest.
func TestDecoderMemory(t *testing.T) {
	var d Decoder
	d.Write([]byte(`{"outcome":"answered","sentences":[`))
	spaces := []byte(strings.Repeat(" ", 1<<20))
	for range 100 {
		d.Write(spaces)
	}
	if d.finding == nil || d.pos > MaxDraftBytes+1 {
		t.Errorf("%d bytes were read: %+v", d.pos, d.finding)
	}
}

// FuzzDecoder: whatever the bytes and wherever they are cut, the verdict is the oracle's.
func FuzzDecoder(f *testing.F) {
	for _, s := range []string{
		long, `{"sentences":[],"outcome":"refused"}`, `{"sentences":[{"text":"A","evidence":[]}],"outcome":"answered"}`,
		`{"outcome":"refused","sentences":[]} {}`, `{"outcome":"answered","sentences":[{"text":"\ud800","evidence":[]}]}`,
		`{"outcome":"answered","sentences":[{"text":"a","text":"b"`, `{"outcome":"answered","sentences":[{"text":"\u0041\u001b","evidence":[]},]}`,
	} {
		f.Add([]byte(s), uint16(3), uint16(9))
		f.Add([]byte(s), uint16(60), uint16(61))
	}
	f.Fuzz(func(t *testing.T, data []byte, a, b uint16) {
		checkDecoder(t, data, []int{int(min(a, b)), int(max(a, b))})
		var each []int
		for i := range min(len(data), 4096) {
			each = append(each, i)
		}
		checkDecoder(t, data, each)
	})
}

// TestSentenceBySentence: a draft passes if and only if each of its sentences does, and cites the same.
func TestSentenceBySentence(t *testing.T) {
	quotes := []string{
		"TCP numbers every byte it sends.", "The receiver acknowledges what has arrived in order.", "Right.", "UDP does none of this.",
		"that is all there is to it", "TCP numbers every bit it sends.", "not in the passage at all, ever",
	}
	texts := []string{"TCP counts bytes.", "UDP does not.", "One. Two.", "See [x](y).", "It breaks no promise"}
	rapid.Check(t, func(t *rapid.T) {
		d := Draft{Outcome: Answered}
		for range rapid.IntRange(1, 4).Draw(t, "sentences") {
			s := DraftSentence{Text: rapid.SampledFrom(texts).Draw(t, "text")}
			for range rapid.SampledFrom([]int{0, 1, 1, 1, 2}).Draw(t, "evidence") {
				s.Evidence = append(s.Evidence, Evidence{rapid.SampledFrom([]string{"c1", "c1", "c2", "c3"}).Draw(t, "alias"), rapid.SampledFrom(quotes).Draw(t, "quote")})
			}
			d.Sentences = append(d.Sentences, s)
		}
		data, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		in := Input{Draft: data, FinishReason: "stop", Passages: passages(), Readable: rapid.SampledFrom([]map[string]bool{all, readable("ck_a", "ck_d")}).Draw(t, "readable")}
		whole := Check(in)
		pass := true
		var sentences []Sentence
		for _, s := range d.Sentences {
			v := CheckSentence(in, s)
			pass = pass && v.Pass
			sentences = append(sentences, v.Sentences...)
		}
		if pass != whole.Pass {
			t.Fatalf("whole %v, one by one %v: %s", whole.Pass, pass, data)
		}
		if diff := cmp.Diff(whole.Sentences, sentences); pass && diff != "" {
			t.Fatal(diff)
		}
	})
}
