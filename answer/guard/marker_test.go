package guard

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMarkers(t *testing.T) {
	passages := []Passage{{
		Alias: "c1", Text: "The probability lies in the interval [0, 1] and class c2 holds the rest of it. Routers drop packets when queues are full. " +
			"Ports 1 and 2 are open, x1 says. The array is Queue[3] and R² holds, note¹ apart.",
		Chunks: []Chunk{{ID: "ck_a"}},
	}, {Alias: "c2", Text: "Nothing of interest here at all."}}
	passages[0].Chunks[0].End = len(passages[0].Text)
	plain := "Routers drop packets when queues are full."
	interval := "The probability lies in the interval [0, 1] and class c2 holds the rest of it."
	for _, c := range []struct {
		text, quote string
		rejected    bool
	}{
		{"Routers drop packets.", plain, false},
		{"Routers drop packets [12].", plain, true},
		{"Routers drop packets.[12]", plain, true},
		{"Routers [^1] drop packets.", plain, true},
		{"Routers drop packets [1, 4-6].", plain, true},
		{"Routers drop packets ［１２］.", plain, true},
		{"Routers drop packets [١٢].", plain, true},
		{"Routers drop packets【1】.", plain, true},
		{"Routers drop packets 【4:0†source】.", plain, true},
		{"Routers drop packets 〔3〕.", plain, true},
		{"Routers drop packets [c1].", plain, true},
		{"Routers drop packets (c1, c2).", plain, true},
		{"As c1 says, routers drop packets.", plain, true},
		{"Routers drop packets `ck_4qxbn2zvw6m3t5yh7jd2k3f5r6s7a2bc`.", plain, true},
		{"Routers drop packets, CK_4QXBN2.", plain, true},
		{"Routers drop packets \u200b[1\u200b2].", plain, true},
		{"Routers drop the packets in queue[12].", plain, true},
		{"Routers drop m[0][1] and f(x)[2].", plain, true},
		{"Routers drop [some] packets.", plain, true},
		{"Routers drop packets 【重要】.", plain, true},
		{"Routers drop packets of class c9 (c3po).", plain, false},
		{"RTS[12]", plain, true},
		{"[RTS][12]", plain, true},
		{"RTS[١٢]", plain, true},
		{"RTS [#12]", plain, true},
		{"RTS [Ref. 12]", plain, true},
		{"RTS †12", plain, true},
		{"RTS†", plain, true},
		{"RTS ¹²", plain, true},
		{"RTS¹²", plain, true},
		{"RTS³", plain, true},
		{"RTS⁽¹⁾", plain, true},
		{"RTS [^1]", plain, true},
		{"[RTS/CTS][1]", plain, true},
		{"RTS ①", plain, true},
		{"RTS ❶", plain, true},
		{"RTS ⑴", plain, true},
		{"RTS {1}", plain, true},
		{"RTS ⟨1⟩", plain, true},
		{"RTS ⟦1⟧", plain, true},
		{"RTS [c 1]", plain, true},
		{"RTS \\[1\\]", plain, true},
		{"RTS &#91;12&#93;", plain, true},
		{"RTS &amp;#91;12&amp;#93;", plain, true},
		{"RTS &lbrack;12&rbrack;", plain, true},
		{"RTS 【source】", plain, true},
		{"RTS [one]", plain, true},
		{"RTS (source 1)", plain, true},
		{"RTS (ref 12)", plain, true},
		{"RTS (Ref. 12)", plain, true},
		{"RTS (с1)", plain, true},
		{"RTS (c1)", plain, true},
		{"RTS (c9)", plain, true},
		{"RTS (c1, c3)", plain, true},
		{"RTS с1", plain, true},
		{"RTS 1️⃣", plain, true},
		{"RTS Ⓐ", plain, true},
		{"RTS ㉑", plain, true},
		{"RTS ₁₂", plain, true},
		{"RTS ₁", plain, true},
		{"RTS ※1", plain, true},
		{"RTS‡", plain, true},
		{"(RTS)¹", plain, true},
		{"RTS^12", plain, true},
		{"RTS^{12}", plain, true},
		{"RTS$^{12}$", plain, true},
		{"RTS\\cite{12}", plain, true},
		{"RTS <1>", plain, true},
		{"RTS (источник 1)", plain, true},
		{"RTS （来源１）", plain, true},
		{"RTS ［來源］", plain, true},
		{"RTSᵃ", plain, true},
		{"RTS [12", plain, true},
		{"RTS 12]", plain, true},
		{"RTS [0, 1)", plain, true},
		{"RTS ⁅1⁆", plain, true},
		{"RTS ❲1❳", plain, true},
		{"RTS (#12)", plain, true},
		{"RTS (sources 1 and 2)", plain, true},
		{"RTS ¹⁻³", plain, true},
		{"RTS 🄋", plain, true},
		{"RTS (ѕource 1)", plain, true},
		{"RTS <source 1>", plain, true},
		{"RTS _c1_", plain, true},
		{"E = mc² and 3 ms⁻¹", plain, false},
		{"2⁵ = 32", plain, false},
		{"the R³ of it", plain, false},
		{"O(n²) and (a+b)² and |x|²", plain, false},
		{"10 cm² and log² n", plain, false},
		{"x^2 and 2^32 and (1-p)^3", plain, false},
		{"H₂O and x₁", plain, false},
		{"routers (12) drop", plain, false},
		{"routers (RFC 793) drop, see (chapter 3)", plain, false},
		{"a < 1 and b > 2, (a < 1)", plain, false},
		{"vector<1> and f<2>", plain, false},
		{"x^{2}, a_{1}, \\frac{1}{2}", plain, false},
		{"½ of the packets", plain, false},
		{"cafés (c3po)", plain, false},
		{"the word “queue” and «queue»", plain, false},
		{"a 「queue」", plain, false},
		{"2ⁿ packets", plain, false},
		{"A† is the adjoint", plain, false},
		{"Ports ① and 2.", "Ports ① and 2 are open, x₁ says.", true}, // the lecture does not say so
		{"Queue[3] is full.", "The array is Queue[3] and R² holds, note¹ apart.", false},
		{"The array [3] is full.", "The array is Queue[3] and R² holds, note¹ apart.", true},
		{"A note¹ says so.", "The array is Queue[3] and R² holds, note¹ apart.", false},
		{"A rts¹ says so.", "The array is Queue[3] and R² holds, note¹ apart.", true},
		{"A port1 is note1¹.", "The array is Queue[3] and R² holds, note¹ apart.", false},
		{"It lies in [0, 1].", interval, false},
		{"It lies in [0, 2].", interval, true},
		{"The rest is in class c2.", interval, false},
		{"The rest is in class c1.", interval, true},
	} {
		draft, err := Draft{Outcome: Answered, Sentences: []DraftSentence{{Text: c.text, Evidence: []Evidence{{Chunk: "c1", Quote: c.quote}}}}}.JSON()
		if err != nil {
			t.Fatal(err)
		}
		d, finding := decodeDraft(draft, "stop")
		if finding != nil {
			t.Fatalf("%q: %v", c.text, finding)
		}
		check := newCheck(Input{Passages: passages}, d)
		knownAliases(check)
		quotesFound(check)
		noMarkers(check)
		if got := len(check.findings) > 0; got != c.rejected {
			t.Errorf("%q: rejected %v, want %v", c.text, got, c.rejected)
		}
		for _, f := range check.findings {
			if f.Code != CodeUnknownCitation || f.Sentence != 0 || f.Evidence != -1 {
				t.Errorf("%q: %+v", c.text, f)
			}
		}
	}
}

// TestQuotedMarks: what a sentence has from its quote word for word is no mark.
func TestQuotedMarks(t *testing.T) {
	pieces := []string{"f", "RTS", " ", " ", "[", "]", "(", ")", "{", "}", "<", ">", "^", "1", "12", "②", "³", "₂", "†", "\\", "&#91;", "&", "c1", "с1", "source ", "【", "】",
		"ck_4qxb", ", ", "\u0301", "１", "٣", "_", "ⁿ", ".", "\u200b", "「", "」", "é"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 14).Draw(t, "pieces"), "")
		s := &said{quotes: []string{text}}
		if mark := raised(bare(text), s.held); mark != "" {
			t.Errorf("%q: %s", text, mark)
		}
		if mark := marker(undone(text), []string{"c1"}, s); mark != "" {
			t.Errorf("%q: %s", text, mark)
		}
	})
}
