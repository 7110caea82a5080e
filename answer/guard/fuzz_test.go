package guard

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCheck throws hostile drafts and passages at Check. It must not panic,
// must answer the same twice, and what passes must satisfy every invariant as
// an oracle sees it that shares no code with the layers.
func FuzzCheck(f *testing.F) {
	add := func(d string) { f.Add([]byte(d), text1, uint16(40), uint16(90), uint8(0xff)) }
	add(string(draft(f, "A claim.", "c1", "TCP numbers every byte it sends.")))
	add(string(draft(f, "A claim.", "c1", "it sends. The receiver acknowledges what has arrived")))
	add(string(draft(f, "A claim.", "c2", "It adds ports and a checksum", "Two.", "c1", "Right.")))
	for _, text := range []string{"RTS[12]", "RTS ¹² ①", "RTS &#91;1&#93;", "[0, 1", "evil。com/x", "a@b.c ｈｔｔｐ：／／x", "a\uFFFD", "a\u200b\U000E0100\u3164", `x^{2} \[1\] \`} {
		add(string(draft(f, text, "c1", "TCP numbers every byte it sends.")))
	}
	add(`{"outcome":"not_in_lecture","sentences":[]}`)
	add(`{"outcome":"refused","sentences":[{"text":"A","evidence":[]}]}`)
	add(`{"outcome":"answered","sentences":[{"text":"\ud83d\ude00 a","evidence":[{"chunk":"c1","quote":"\u0000"}]}]}`)
	f.Add(draft(f, "断言。", "c1", "可靠的数据传输协议"), "这是可靠的数据传输协议。", uint16(9), uint16(12), uint8(3))
	f.Add(draft(f, "A claim.", "c1", "first ½ cafe\u0301 x² end"), "a ﬁrst ½ café x² end b", uint16(9), uint16(3), uint8(3))
	f.Add(draft(f, "A claim.", "c1", strings.Repeat("a ", 300)), strings.Repeat("a ", 2000), uint16(9), uint16(3000), uint8(1))

	f.Fuzz(func(t *testing.T, data []byte, text string, cut, overlap uint16, mask uint8) {
		a, b := min(int(cut), len(text)), min(int(overlap), len(text))
		in := Input{
			Draft:        data,
			FinishReason: "stop",
			Passages: []Passage{
				{"c1", text, []Chunk{{"ck_1", 0, max(a, b)}, {"ck_2", min(a, b), len(text)}}},
				{"c2", text2, []Chunk{{"ck_3", 0, len(text2)}}},
			},
			Readable: map[string]bool{"ck_1": mask&1 != 0, "ck_2": mask&2 != 0, "ck_3": mask&4 != 0},
		}
		v := Check(in)
		if again := Check(in); again.Pass != v.Pass || strings.Join(again.Codes(), " ") != strings.Join(v.Codes(), " ") {
			t.Fatal("two verdicts on one input")
		}
		if v.Pass != (len(v.Findings) == 0) || !v.Pass && (v.Outcome != "" || v.Sentences != nil) {
			t.Fatalf("verdict contradicts itself: %+v", v)
		}
		if v.Pass {
			oracle(t, in, v)
		}
		in.FinishReason = "length"
		if Check(in).Pass {
			t.Fatal("passes although cut")
		}
	})
}

// cited is what a sentence's citations show.
func cited(s Sentence) string {
	all := ""
	for _, c := range s.Citations {
		all += c.Quote
	}
	return all
}

// oracle re-checks a verdict that passed, naively.
func oracle(t *testing.T, in Input, v Verdict) {
	t.Helper()
	var d Draft
	if err := json.Unmarshal(in.Draft, &d); err != nil || !utf8.Valid(in.Draft) {
		t.Fatalf("no JSON: %v", err)
	}
	if v.Outcome != d.Outcome || len(v.Sentences) != len(d.Sentences) {
		t.Fatalf("outcome %s with %d sentences, draft %s with %d", v.Outcome, len(v.Sentences), d.Outcome, len(d.Sentences))
	}
	if (d.Outcome == Answered) != (len(d.Sentences) > 0) {
		t.Fatalf("%s with %d sentences", d.Outcome, len(d.Sentences))
	}
	for i, s := range v.Sentences {
		if s.Text != d.Sentences[i].Text || len(s.Citations) == 0 || len(d.Sentences[i].Evidence) == 0 {
			t.Fatalf("sentence %d: %+v", i, s)
		}
		if strings.Contains(s.Text, "](") || strings.Contains(strings.ToLower(s.Text), "<script") {
			t.Fatalf("sentence %d is unsafe", i)
		}
		if strings.ContainsAny(s.Text, "\u200b\u00ad\ufeff\u202e\u3164") {
			t.Fatalf("sentence %d hides something", i)
		}
		if strings.ContainsAny(s.Text, "[]【】①❶") && !strings.ContainsAny(cited(s), "[]［］【】①❶") {
			t.Fatalf("sentence %d has a mark: %q", i, s.Text)
		}
		shown := "" // what the citations show, together
		for _, c := range s.Citations {
			p := in.Passages[c.Passage]
			if !in.Readable[c.ChunkID] || c.Quote != p.Text[c.Start:c.End] || !utf8.ValidString(c.Quote) || c.Quote == "" {
				t.Fatalf("citation %+v", c)
			}
			held := false
			for _, ch := range p.Chunks {
				held = held || ch.ID == c.ChunkID && ch.Start <= c.Start && c.End <= ch.End
			}
			if !held {
				t.Fatalf("citation %+v outside its chunk", c)
			}
			shown += "\x00" + key(c.Quote)
		}
		for j, e := range d.Sentences[i].Evidence {
			var texts []string
			for _, p := range in.Passages {
				if p.Alias == e.Chunk {
					texts = append(texts, p.Text)
				}
			}
			quote := key(e.Quote)
			if len(texts) != 1 || quote == "" || !strings.Contains(key(texts[0]), quote) && maxMarks(e.Quote) < 30 {
				t.Fatalf("sentence %d evidence %d: %+q is not in the passage", i, j, e.Quote)
			}
			if !strings.Contains(strings.ReplaceAll(shown, "\x00", ""), quote) && maxMarks(e.Quote) < 30 {
				t.Fatalf("sentence %d evidence %d: %+q is not in its citations %+q", i, j, quote, shown)
			}
		}
	}
}
