package guard

import (
	"fmt"
	"strings"
	"testing"
)

// judge returns the codes of one sentence on one quote of a passage in English;
// the quote is the passage's part between [ and ], or all of it.
func judge(t testing.TB, claim, passage string) string {
	t.Helper()
	before, rest, ok := strings.Cut(passage, "[")
	quote, after := passage, ""
	if ok {
		quote, after, _ = strings.Cut(rest, "]")
	} else {
		before = ""
	}
	text := before + quote + after
	v := Check(Input{
		Draft: draft(t, claim, "c1", quote), FinishReason: "stop", Language: "en-GB", Question: "how does DHCP work?", Glossary: []string{"Ethernet and Wi-Fi"},
		Passages: []Passage{{"c1", text, []Chunk{{"ck_a", 0, len(text)}}}}, Readable: all,
	})
	if len(v.Judged) != 4 {
		t.Fatalf("judged by %q", v.Judged)
	}
	return strings.Join(v.Codes(), " ")
}

func TestMeaning(t *testing.T) {
	const (
		number, entity, polarity = "number_unsupported", "entity_unsupported", "polarity"
		header                   = "The header is 20 bytes if there are no options, and it can grow to 60 bytes with options."
	)
	tests := []struct{ claim, passage, want string }{
		// Layer 4.
		{"Without options the header is twenty bytes long.", header, ""},
		{"Without options the header is 160 bits long.", header, ""},
		{"Without options the header is 30 bytes long.", header, number},
		{"Without options the header is 20 bits long.", header, number},
		{"It grows from 20 to 60 bytes.", header, ""},
		{"It is one of the headers with options.", header, ""},
		{"There are two cases, with options and without options.", header, ""},
		{"There are five cases with options.", header, number},
		{"After 1,000 ms the timer fires.", "The timer fires after one second, and then everything goes again.", ""},
		{"After 1,000 µs the timer fires.", "The timer fires after one second, and then everything goes again.", number},
		{"There are 2⁵ ports.", "There are 25 ports on that switch, and all are taken.", number},
		{"The offset is counted in units of 8 bits.", "The fragment offset is counted in units of 8 bits, sorry, 8 bytes, units of 8 bytes.", number},
		{"The offset is counted in units of 8 bytes.", "The fragment offset is counted in units of 8 bits, sorry, 8 bytes, units of 8 bytes.", ""},
		{"It listens on port 443.", "so the server listens on port four forty three and nothing else", ""},
		{"It takes about 17 ms in total.", "That comes out at 17.22 milliseconds for all of it.", ""},
		{"It takes 17 ms in total.", "That comes out at 17.22 milliseconds for all of it.", number},
		{"Four bytes of type come before the payload.", "Then come two bytes of type, the payload, and four bytes of check.", number},
		{"More than a third of the milk is water.", "The milk, and we measured it, is nearly thirty-seven percent water.", ""},
		{"Less than a half of the milk is water.", "The milk, and we measured it, is nearly forty percent water.", ""},
		{"Less than a third of the milk is water.", "The milk, and we measured it, is nearly thirty-seven percent water.", number},
		{"More than a tenth of the milk is water.", "The milk, and we measured it, is nearly thirty-seven percent water.", number},
		// Layer 5.
		{"Modern Ethernet has switches in every rack.", "These days the Ethernet has switches in every rack.", ""},
		{"Karl Jacobson repaired congestion control.", "We had Van Jacobson at the laboratory. [He repaired congestion control in TCP.]", entity},
		{"Jacobson repaired congestion control.", "Van Jacobson was at the laboratory. [He repaired congestion control in TCP.]", ""},
		{"It was Karels who repaired it.", "Van Jacobson was at the laboratory. [He repaired congestion control in TCP.]", entity},
		{"The Transmission Control Protocol was repaired.", "[He repaired congestion control in TCP.] It took a year.", ""},
		{"The TCPs of today keep it, as does DHCP on Ethernet.", "[He repaired congestion control in TCP.] It took a year.", ""},
		{"It keeps its threshold in ssthresh.", "it keeps its threshold in ss thresh and cuts it in half", ""},
		{"The delay is L/R.", "It's the length divided by the rate, L over R, in every case.", ""},
		{"The delay is R/L.", "It's the length divided by the rate, L over R, in every case.", entity},
		// Layer 6.
		{"UDP has congestion control.", "UDP has no congestion control so programs bring their own manners.", polarity},
		{"UDP lacks congestion control.", "UDP has no congestion control so programs bring their own manners.", ""},
		{"TCP remembers where your writes began.", "TCP keeps the bytes in order, but it does not remember where your writes began.", polarity},
		{"TCP forgets where your writes began.", "TCP keeps the bytes in order, but it does not remember where your writes began.", ""},
		{"The packet was not acknowledged.", "The packet was acknowledged by the receiver at once.", polarity},
		{"The packet was acknowledged by the receiver.", "It is not true that [the packet was acknowledged by the receiver] at all.", polarity},
		{"the packet was acknowledged by the receiver", "It is not true that [the packet was acknowledged by the receiver] at all.", polarity},
		{"A fibre is faster than a radio link.", "Remember that a radio link is faster than a fibre here.", polarity},
		{"A fibre is slower than a radio link.", "Remember that a radio link is faster than a fibre here.", ""},
		{"The memory is full because packets are thrown away.", "And if the memory is full, packets are thrown away.", polarity},
		{"Packets are thrown away because the memory is full.", "And if the memory is full, packets are thrown away.", ""},
		{"The receiver runs a timer, and the sender keeps a buffer.", "The receiver keeps a buffer, and the sender runs a timer.", polarity},
		{"The sender runs a timer, and the receiver keeps a buffer.", "The receiver keeps a buffer, and the sender runs a timer.", ""},
		{"DNS always goes over UDP.", "DNS usually goes over UDP, one packet there and one packet back.", polarity},
		{"Every connection uses scaling.", "Today nearly every connection uses scaling.", polarity},
		{"Each ack covers at most two segments.", "Each ack covers at least two segments.", polarity},
	}
	for _, tt := range tests {
		if got := judge(t, tt.claim, tt.passage); got != tt.want {
			t.Errorf("%q\n  on %q:\n  codes %q, want %q", tt.claim, tt.passage, got, tt.want)
		}
	}
}

// TestUnjudged: what is false in a language that the layers do not know passes
// on its quote, and the verdict says who judged.
func TestUnjudged(t *testing.T) {
	for _, tt := range []struct{ language, want string }{
		{"", "[]"}, {"ja", "[]"}, {"neutral-1", "[]"}, {"en", "[number entity polarity support]"}, {"EN_us", "[number entity polarity support]"},
		{"en-porter-1", "[number entity polarity support]"},
	} {
		in := Input{Draft: draft(t, "There are 99 bytes in XYZ.", "c1", "TCP numbers every byte it sends."), FinishReason: "stop",
			Passages: passages(), Readable: all, Language: tt.language}
		v := Check(in)
		if got := fmt.Sprint(v.Judged); got != tt.want || v.Pass != (tt.want == "[]") {
			t.Errorf("%q: judged by %s, pass %v", tt.language, got, v.Pass)
		}
	}
}

// FuzzMeaning: whatever the sentence and the passage hold, layers 4 to 6 do not
// panic, say the same twice, give no text away, and let the lecture's own
// words pass.
func FuzzMeaning(f *testing.F) {
	f.Add("It is not 2^32, but 1.5 million.", "Not more than 3.4 times 10 to the 38 ms, sorry, µs, because A/B is faster than C.")
	f.Add("Every Van Jacobson (send()) 802.11n.", "because if than before after only all never not")
	f.Add("½ ¾ 2⁵⁰ １２ ٣", "a hundred and and a point point oh oh -5 minus minus 1,2,3 10.0.0.0/8")
	f.Fuzz(func(t *testing.T, claim, passage string) {
		in := Input{FinishReason: "stop", Language: "en", Question: claim, Readable: all,
			Passages: []Passage{{"c1", passage, []Chunk{{"ck_a", 0, len(passage)}}}}}
		for _, text := range []string{claim, passage} {
			for _, quote := range []string{passage, strings.ToValidUTF8(passage[:len(passage)/2], "")} {
				in.Draft = draft(t, text, "c1", quote)
				v := Check(in)
				if again := Check(in); fmt.Sprint(v) != fmt.Sprint(again) {
					t.Fatal("two verdicts on one input")
				}
				for _, c := range v.Codes() {
					if text == quote && (c == string(CodeNumberUnsupported) || c == string(CodeEntityUnsupported) || c == string(CodePolarity)) && quote == passage {
						t.Fatalf("the lecture's own words: %v", v.Findings)
					}
				}
			}
		}
	})
}
