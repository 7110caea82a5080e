package guard

import "testing"

func TestMarkers(t *testing.T) {
	passages := []Passage{{
		Alias: "c1", Text: "The probability lies in the interval [0, 1] and class c2 holds the rest of it. Routers drop packets when queues are full.",
		Chunks: []Chunk{{ID: "ck_a", End: 118}},
	}, {Alias: "c2", Text: "Nothing of interest here at all."}}
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
		{"Routers drop the packets in queue[12].", plain, false},
		{"Routers drop m[0][1] and f(x)[2].", plain, false},
		{"Routers drop [some] packets.", plain, false},
		{"Routers drop packets 【重要】.", plain, false},
		{"Routers drop packets of class c9 (c3po).", plain, false},
		{"It lies in [0, 1].", interval, false},
		{"It lies in [0, 2].", interval, true},
		{"The rest is in class c2.", interval, false},
		{"The rest is in class c1.", interval, true},
	} {
		draft, err := Draft{Outcome: Answered, Sentences: []DraftSentence{{Text: c.text, Evidence: []Evidence{{Chunk: "c1", Quote: c.quote}}}}}.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var check check
		check.in = Input{Passages: passages}
		check.draft, _ = decodeDraft(draft, "stop")
		noMarkers(&check)
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
