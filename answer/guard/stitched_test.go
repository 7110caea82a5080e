package guard

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// judgeOn returns the details of layer 6 on one sentence over passages in
// English, each with its quote between [ and ].
func judgeOn(t testing.TB, claim string, passages ...string) string {
	t.Helper()
	in := Input{FinishReason: "stop", Language: "en", Readable: all}
	s := DraftSentence{Text: claim}
	for i, p := range passages {
		before, rest, _ := strings.Cut(p, "[")
		quote, after, ok := strings.Cut(rest, "]")
		if !ok {
			t.Fatalf("%q has no quote", p)
		}
		text := before + quote + after
		alias := fmt.Sprintf("c%d", i+1)
		in.Passages = append(in.Passages, Passage{alias, text, []Chunk{{"ck_a", 0, len(text)}}})
		s.Evidence = append(s.Evidence, Evidence{alias, quote})
	}
	var details []string
	for _, f := range CheckSentence(in, s).Findings {
		switch f.Code {
		case CodePolarity:
			details = append(details, f.Detail)
		case CodeQuoteNotFound, CodeUnknownCitation, CodeStaleCitation:
			t.Fatalf("%q: %+v", claim, f)
		}
	}
	return strings.Join(details, "; ")
}

func TestStitched(t *testing.T) {
	const (
		stitched = "says of one thing what the evidence says of another elsewhere"
		alpha    = "The heart has four chambers, two above and two below. The upper ones are called atria. [The left atrium takes in the blood that comes from the lungs.]"
		beta     = "The liver lies under the ribs. The kidney is another matter. [It filters about 180 litres of fluid every day.] Most of that is taken back."
		gamma    = "A barometer is older than you think, and Torricelli built one. [It measures the pressure of the air by a column of mercury.]"
		delta    = "[A thermometer is a glass tube with a little bulb of alcohol.] Fahrenheit made good ones."
		epsilon  = "[Kinetic energy is the energy of what moves.] Potential energy is the energy of what could fall."
		zeta     = "Potential energy is the energy of what could fall. [It's the mass times the height times g.] Remember that."
	)
	tests := []struct {
		claim    string
		passages []string
		want     string
	}{
		// The subject stands in one place, what is said of it in another, of an "it".
		{"The left atrium filters about 180 litres of fluid every day.", []string{alpha, beta}, stitched},
		{"The kidney filters about 180 litres of fluid every day.", []string{alpha, beta}, ""},
		{"A thermometer measures the pressure of the air by a column of mercury.", []string{delta, gamma}, stitched},
		{"A thermometer measures the pressure of the air by a column of mercury.", []string{gamma, delta}, stitched},
		{"A barometer measures the pressure of the air by a column of mercury.", []string{gamma, delta}, ""},
		// The last word of the subject is right, the one before it is not.
		{"Kinetic energy is the mass times the height times g.", []string{epsilon, zeta}, stitched},
		{"Potential energy is the mass times the height times g.", []string{epsilon, zeta}, ""},
		// The subject holds for the second half too.
		{"The left atrium takes in the blood from the lungs and filters about 180 litres of fluid.", []string{alpha, beta}, stitched},
		{"The left atrium takes in the blood from the lungs, and the kidney filters about 180 litres of fluid.", []string{alpha, beta}, ""},
		{"The left atrium takes in the blood from the lungs, while a column of mercury measures the pressure of the air.", []string{alpha, gamma}, ""},
		// So does what the sentence begins with.
		{"In a thermometer, a column of mercury measures the pressure of the air.", []string{delta, gamma}, stitched},
		{"In the example, a column of mercury measures the pressure of the air.", []string{"[For example this is the one that I like best.]", gamma}, ""},
		// A sentence with a subject of its own speaks of nothing before it.
		{"A thermometer is a wire that gets longer with heat and trips a switch.",
			[]string{delta, "Now back to the house. A thermometer says how warm it is. [A thermostat is a wire that gets longer with heat and trips a switch.]"}, stitched},
		// Each half has its place; or it is not clear which place is meant.
		{"The pressure of the air is measured by mercury, and fluid by the kidney.", []string{gamma, beta}, ""},
		{"A thermometer is older than you think.", []string{delta, gamma}, ""},
		// One place holds all, the other is one quote too many.
		{"The left atrium takes in blood that comes from the lungs.", []string{alpha, beta, gamma, delta}, ""},
		// The word for it is the tutor's own.
		{"This organ filters about 180 litres of fluid every day.", []string{alpha, beta}, ""},
	}
	for _, tt := range tests {
		if got := judgeOn(t, tt.claim, tt.passages...); got != tt.want {
			t.Errorf("%q\n  on %q:\n  %q, want %q", tt.claim, tt.passages, got, tt.want)
		}
	}
}

// TestStitchedNever: a sentence of one item's words alone is not stitched,
// whatever their order and whatever else is quoted beside it.
func TestStitchedNever(t *testing.T) {
	words := strings.Fields(`the a it in of and while which but so TCP UDP packet link router says goes keeps has is sends that window bytes
		first timer receiver sender address 5 , . queueing delay selective repeat`)
	sentence := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(words), 5, 30), func(w []string) string { return strings.Join(w, " ") })
	rapid.Check(t, func(rt *rapid.T) {
		quotes := []string{sentence.Draw(rt, "quote"), sentence.Draw(rt, "other"), sentence.Draw(rt, "third")}
		claim := strings.Join(rapid.SliceOfN(rapid.SampledFrom(strings.Fields(quotes[0])), 1, 20).Draw(rt, "claim"), " ")
		at := rapid.IntRange(0, 2).Draw(rt, "place")
		quotes[0], quotes[at] = quotes[at], quotes[0]
		lang := languageOf("en")
		c := newCheck(Input{Language: "en"}, Draft{})
		cl := claimOn(c, lang, claim, quotes)
		if c.stitched(cl) {
			rt.Fatalf("%q on %q", claim, quotes)
		}
	})
}

// claimOn reads a claim over quotes that are passages.
func claimOn(c *check, lang *language, text string, quotes []string) *claim {
	cl := &claim{words: readWords(text, lang)}
	for i, q := range quotes {
		c.in.Passages = append(c.in.Passages, Passage{Text: q})
		cl.contexts = append(cl.contexts, context{passage: i, text: span{0, len(q)}, words: readWords(q, lang)})
	}
	return cl
}

func TestClausesOf(t *testing.T) {
	lang := languageOf("en")
	tests := []struct{ text, want string }{
		{"TCP's checksum goes from end to end and catches every burst.", "[TCP's checksum] [>]"},
		{"In TCP, the window is 16 bits.", "in[TCP] [window]"},
		{"DNS uses UDP because it is quick.", "[DNS] [>]"},
		{"The sender keeps a timer, while the receiver needs none.", "[sender] ![receiver]"},
		{"The root servers are the ones whose answer counts.", "[root servers] [>]"},
		{"Propagation delay is a time, the length of the cable over the speed.", "[Propagation delay] [>]"},
		{"When the timer runs out, you resend.", "[timer] []"},
	}
	for _, tt := range tests {
		var got []string
		for _, p := range clausesOf(readWords(tt.text, lang)) {
			var subject, frame []string
			for _, w := range p.subject {
				subject = append(subject, w.text)
			}
			for _, w := range p.frame {
				frame = append(frame, w.text)
			}
			s := "[" + strings.Join(subject, " ") + "]"
			switch {
			case len(frame) > 0:
				s = "in[" + strings.Join(frame, " ") + "]"
			case p.goesOn:
				s = "[>]"
			}
			if p.contrasts {
				s = "!" + s
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%q: %s, want %s", tt.text, s, tt.want)
		}
	}
}
