package retrieve

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
	"pgregory.net/rapid"
)

func analyzer(t testing.TB, language string) *lexical.Analyzer {
	t.Helper()
	a, err := lexical.NewAnalyzer(language)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestLeans: which questions need the one before them.
func TestLeans(t *testing.T) {
	for _, tt := range []struct {
		question, language string
		want               bool
	}{
		// Nothing of its own.
		{"why?", "en", true},
		{"and why?", "en", true},
		{"how so", "en", true},
		{"und warum?", "de", true},
		// One term: what is asked of it is missing, or the question is what it is.
		{"in IPv6?", "en", true},
		{"why exponential?", "en", true},
		{"Wi-Fi?", "en", true},
		{"bei IPv6?", "de", true},
		{"What is the default?", "en", true},
		{"What is TCP?", "en", false},
		{"What is a socket?", "en", false},
		{"whats dns", "en", false},
		{"explain Wi-Fi", "en", false},
		// Two and more.
		{"What is slow start?", "en", false},
		{"How does NAT work?", "en", false},
		{"when was RIP invented", "en", false},
		{"Wann wurde RIP erfunden?", "de", false},
		// It goes on.
		{"and with delayed acks it went wrong?", "en", true},
		{"but the slow database blocks the icon", "en", true},
		{"what about retransmission timers on Linux?", "en", true},
		{"how many packets go out again then?", "en", true},
		// A pronoun in the first clause.
		{"how many seconds is that on Linux?", "en", true},
		{"What’s the first sign of it?", "en", true},
		{"if these are lost, who sends again?", "en", true},
		{"what does the second one do differently", "en", true},
		{"which one is declared dead?", "en", true},
		{"what are its symptoms", "en", true},
		// A pronoun that may stand for something in the question.
		{"When a router gets a packet, where does it go?", "en", false},
		{"does the receiver drop a packet if its checksum is wrong", "en", false},
		{"Does TCP keep its window small?", "en", false},
		{"Which protocol that routers speak counts hops?", "en", false},
		{"Is the window of Reno larger than that of CUBIC?", "en", false},
		{"how long is one packet in the queue", "en", false},
		// What single words cannot show.
		{"how long does it take to send a packet", "en", true}, // nobody's "it"
		{"how long until one is declared dead?", "en", false},  // "until" begins a clause
		{"how large is the window after the timeout", "en", false},
		{"", "en", true},
		{"?!", "en", true},
		{"\xff\xfe", "en", true},
	} {
		if got := leans(analyzer(t, tt.language), tt.question); got != tt.want {
			t.Errorf("%q leans: %t, want %t", tt.question, got, tt.want)
		}
	}
}

// TestFollowUp: what is searched for, and how far back it goes.
func TestFollowUp(t *testing.T) {
	long := strings.Repeat("é", MaxQuery)
	for _, tt := range []struct {
		name, query string
		before      []string
		want        string
	}{
		{"none", "and why?", nil, "and why?"},
		{"stands alone", "What is a socket?", []string{"What is slow start?"}, "What is a socket?"},
		{"the last one", "and why?", []string{"What is NAT?", "What is slow start?"}, "What is slow start?\nand why?"},
		{"as far as they lean", "how did they stop?", []string{"What is NAT?", "What was Nagle's idea?", "and with delayed acks?"},
			"What was Nagle's idea?\nand with delayed acks?\nhow did they stop?"},
		{"all of them lean", "why?", []string{"and that?", "so it does?"}, "and that?\nso it does?\nwhy?"},
		{"the end of what is too long", "why?", []string{"What is slow start? " + long}, strings.Repeat("é", MaxQuery-5) + "\nwhy?"},
		{"no room", long, []string{"What is slow start?"}, long},
		{"not UTF-8", "why?", []string{"slow start\xff"}, "slow start\uFFFD\nwhy?"},
	} {
		if diff := cmp.Diff(tt.want, followUp(analyzer(t, "en"), tt.query, tt.before)); diff != "" {
			t.Errorf("%s (-want +got):\n%.300s", tt.name, diff)
		}
	}
}

// TestFollowUpBounds: whatever is asked, the query stays one that can be searched, the question stands at its end, and the
// lines before it are the last ones asked.
func TestFollowUpBounds(t *testing.T) {
	a := analyzer(t, "en")
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"why", "it", "TCP", "slow", "start", "and", ",", "that", "é", "\u200b", "then"})
		question := rapid.Map(rapid.SliceOfN(word, 1, 12), func(w []string) string { return strings.Join(w, " ") + "?" })
		query, before := question.Draw(t, "query"), rapid.SliceOfN(question, 0, MaxBefore).Draw(t, "before")
		if rapid.Bool().Draw(t, "long") && len(before) > 0 {
			before[0] += strings.Repeat(" it", MaxQuery/3)
		}
		got := followUp(a, query, before)
		if utf8.RuneCountInString(got) > MaxQuery || !strings.HasSuffix("\n"+got, "\n"+query) {
			t.Fatalf("%d characters, query %q", utf8.RuneCountInString(got), query)
		}
		all := "\n" + strings.Join(append(before, query), "\n")
		if !strings.HasSuffix(all, got) {
			t.Fatalf("%q is not the end of the conversation", got)
		}
		if !leans(a, query) && got != query {
			t.Fatalf("%q stands alone and became %q", query, got)
		}
	})
}
