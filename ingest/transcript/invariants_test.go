package transcript

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// checkInvariants holds a transcript against what the doc comments promise.
func checkInvariants(t testing.TB, tr *Transcript) {
	t.Helper()
	if len(tr.Segments) == 0 {
		t.Error("no segments and no error")
	}
	last := int64(0)
	for i, s := range tr.Segments {
		if s.StartMS < last || s.EndMS < s.StartMS {
			t.Errorf("segment %d: %d to %d after a start at %d", i, s.StartMS, s.EndMS, last)
		}
		last = s.StartMS
		if !tr.Timed && (s.StartMS != 0 || s.EndMS != 0) {
			t.Errorf("segment %d: times in an untimed transcript", i)
		}
		if s.Text == "" {
			t.Errorf("segment %d: no text", i)
		}
		checkClean(t, s.Text)
		checkClean(t, s.Speaker)
	}
	checkClean(t, tr.Title)
	for kind, n := range tr.Removed {
		if n <= 0 {
			t.Errorf("removed %s: %d", kind, n)
		}
	}
	for i, w := range tr.Warnings {
		if w.Line < 0 || w.Message == "" {
			t.Errorf("warning %d: %+v", i, w)
		}
	}
}

// checkClean holds a text against the promise of Segment.Text, by other means
// than clean uses.
func checkClean(t testing.TB, s string) {
	t.Helper()
	switch {
	case !utf8.ValidString(s):
		t.Errorf("%q is not UTF-8", s)
	case !norm.NFC.IsNormalString(s):
		t.Errorf("%q is not NFC", s)
	case s != strings.Join(strings.Fields(s), " "):
		t.Errorf("%q: white space is not folded", s)
	}
	for _, r := range s {
		if r >= ' ' && r < 0x7F {
			continue
		}
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Noncharacter_Code_Point, r) ||
			r >= 0xE0000 && r <= 0xE007F || r == 0x200B || r == 0x2060 || r == 0xFEFF || r == 0xAD {
			t.Errorf("%q holds %U", s, r)
		}
	}
	if again := clean(s, newReport()); again != s {
		t.Errorf("cleaning %q again gives %q", s, again)
	}
}

// otherArrow is an arrow line of SRT that is none to the letter.
var otherArrow = regexp.MustCompile(strings.NewReplacer(
	"EDGE", `[ \t\v\f\x{a0}\x{feff}\x{200b}]`,
	"TIME", `0*\d{1,6}[ \t]*:[ \t]*0*[0-5]?\d([ \t]*:[ \t]*0*[0-5]?\d)?[ \t]*[,.][ \t]*\d+`,
).Replace(`^EDGE*(\d+[ \t]+[-−]?)?TIME[ \t]*(->|- ->|-- >|={1,2}>|[—–−]>|→|⟶|-{1,2}&gt;)[ \t]*[-−]?TIMEEDGE*$`))

// checkArrows proves that no cue is lost in silence: the file's lines with an
// arrow, counted here on their own, are segments, counted losses, or lines that
// were kept as text with a warning.
func checkArrows(t testing.TB, raw []byte, tr *Transcript) {
	t.Helper()
	if tr.Format != SRT && tr.Format != VTT {
		return
	}
	doc, problem := decode(raw, newReport())
	if problem != nil {
		t.Fatal(problem)
	}
	arrows := 0
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(doc.text)
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, "-->") || tr.Format == SRT && otherArrow.MatchString(line) {
			arrows++
		}
	}
	asText := countWarnings(tr, "kept as text")
	accounted := len(tr.Segments) + tr.Removed[cueEmpty] + tr.Removed[cueDuplicate] + tr.Removed[cueRolling] + tr.Removed[cueUnreadable] + asText
	if accounted != arrows {
		t.Errorf("%d lines with an arrow, but %d segments, %v removed, %d kept as text", arrows, len(tr.Segments), tr.Removed, asText)
	}
	if lost := tr.Removed[cueUnreadable]; lost > 0 && countWarnings(tr, "the cue is left out")+countWarnings(tr, "belongs to no cue; put") != lost {
		t.Errorf("%d cues lost, but the warnings are %v", lost, tr.Warnings)
	}
}

// countWarnings counts the lines warned of with a message that holds part,
// those that are not listed included.
func countWarnings(tr *Transcript, part string) int {
	n := 0
	for _, w := range tr.Warnings {
		if !strings.Contains(w.Message, part) {
			continue
		}
		n++
		if w.Line == 0 && strings.Contains(w.Message, "more lines like this are not listed") {
			digits, _ := leadingDigits(w.Message)
			n += int(number(digits)) - 1
		}
	}
	return n
}
