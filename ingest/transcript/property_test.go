package transcript

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTimesExact writes random times in every form the formats allow and reads
// the same millisecond back.
func TestTimesExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(0, 999_999*3_600_000).Draw(t, "ms")
		h, m, s, ms := want/3_600_000, want/60_000%60, want/1000%60, want%1000
		forms := []string{
			fmt.Sprintf("%02d:%02d:%02d.%03d", h, m, s, ms),
			fmt.Sprintf("%02d:%02d:%02d,%03d", h, m, s, ms),
			fmt.Sprintf("%d : %d : %d , %03d", h, m, s, ms),
			fmt.Sprintf("%d:%d:%d,%03d999", h, m, s, ms),
			fmt.Sprintf("%d:%d:%d:%03d", h, m, s, ms),
		}
		if h == 0 {
			forms = append(forms, fmt.Sprintf("%02d:%02d.%03d", m, s, ms))
		}
		if ms%10 == 0 {
			forms = append(forms, fmt.Sprintf("%d:%d:%d,%02d", h, m, s, ms/10))
		}
		if ms == 0 {
			forms = append(forms, fmt.Sprintf("%d:%d:%d", h, m, s))
		}
		for i, form := range forms {
			if got, rest, ok := srtTimestamp(form + " --> x"); !ok || got != want || rest != " --> x" {
				t.Fatalf("SRT %q: %d, %q, %v", form, got, rest, ok)
			}
			if i > 0 && form != fmt.Sprintf("%02d:%02d.%03d", m, s, ms) {
				continue
			}
			if got, rest, ok := vttTimestamp(form + "-->"); !ok || got != want || rest != "-->" {
				t.Fatalf("WebVTT %q: %d, %q, %v", form, got, rest, ok)
			}
		}
	})
}

// TestCleanProperty cleans strings of the characters that disturb each other
// most: joiners, selectors, marks of several classes, emoji, white space.
func TestCleanProperty(t *testing.T) {
	hard := rapid.SampledFrom([]rune("ae \u00a0\n\u0301\u0323\u0315\u094d\u0915\u0db1\u06a9\u0647\u200c\u200d\u200b\u202e\ufe0f\ufe01\u180b\u1820\U0001f469\U0001f4bb\U0001f3fb\u2764\U000e0041\u0007\u1100\u1161\u0340\u212a\ufdd0"))
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOfN(hard, 0, 24).Draw(t, "runes"))
		got := clean(s, newReport())
		if again := clean(got, newReport()); again != got {
			t.Fatalf("%+q becomes %+q, and that becomes %+q", s, got, again)
		}
		if got != strings.Join(strings.Fields(got), " ") {
			t.Fatalf("%+q becomes %+q", s, got)
		}
		if letters(got) != letters(s) {
			t.Fatalf("%+q loses letters: %+q", s, got)
		}
	})
}

// TestLinesProperty cuts random mixtures of line ends as a replacement of all of
// them by LF would.
func TestLinesProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom([]rune("ab\r\n")), 0, 20).Draw(t, "text"))
		want := strings.Split(strings.TrimSuffix(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n"), "\n")
		if text == "" {
			want = nil
		}
		var got []string
		for l := (lines{text: text}); l.scan(); {
			got = append(got, l.line)
			if l.n != len(got) || text[l.start:l.start+len(l.line)] != l.line {
				t.Fatalf("%q: line %d at %d is %q", text, l.n, l.start, l.line)
			}
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
	})
}
