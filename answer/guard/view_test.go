package guard

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestView(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "a plain line", "a plain line"},
		{"spaces", " \t a \u00a0\u2003b\r\n\u2028c\u3000 ", "a b c"},
		{"only spaces", " \u00a0\n", ""},
		{"single quotes", "don’t ‘x’ `y´ ‹z› 5′", "don't 'x' 'y' 'z' 5'"},
		{"double quotes", "“a” „b‟ «c» 5″ ＂d＂", `"a" "b" "c" 5" "d"`},
		{"dashes", "a‐b‑c‒d–e—f―g−h﹣i－j", "a-b-c-d-e-f-g-h-i-j"},
		{"format characters", "a\u00adb\u200bc\u200dd\u2060e\ufefff\u202eg\U000E0041h", "abcdefgh"},
		{"variation selectors", "✔\ufe0f a\ufe00", "✔ a"},
		{"drawn format characters stay", "a\u06ddb", "a\u06ddb"},
		{"ligature and full width", "ﬁrst ＴＣＰ ①", "first TCP 1"},
		{"ellipsis", "a…b", "a...b"},
		{"superscript and fraction", "2⁵ ½", "25 1⁄2"},
		{"composition", "cafe\u0301", "café"},
		{"format character inside a composition", "e\u200b\u0301", "é"},
		{"Hangul jamo", "\u1112\u1161\u11ab", "한"},
		{"half-width kana", "ｶﾞ", "ガ"},
		{"case and punctuation stay", "Mb, MB; (n/N)!", "Mb, MB; (n/N)!"},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := newView(tt.in).text; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestViewSource: a stretch of the view maps to the bytes it came from, less
// what is dropped around it, and half a character to nothing.
func TestViewSource(t *testing.T) {
	tests := []struct{ in, part, want string }{
		{"plain text here", "text", "text"},
		{"a  “b”  c", `"b"`, "“b”"},
		{"a\u200b soft\u00adly\u200b b", "softly", "soft\u00adly"},
		{"the ﬁrst one", "first", "ﬁrst"},
		{"the ﬁrst one", "irst", ""}, // half of the ligature
		{"of ½ a", "1⁄2", "½"},
		{"of ½ a", "2 a", ""},
		{"cafe\u0301 au lait", "café au", "cafe\u0301 au"},
		{"a cafe\u0301 b", "café", "cafe\u0301"},
		{"x… y", "x...", "x…"},
		{"x… y", "x..", ""},
	}
	for _, tt := range tests {
		v := newView(tt.in)
		i := strings.Index(v.text, tt.part)
		if i < 0 {
			t.Fatalf("no %q in the view of %q", tt.part, tt.in)
		}
		got := ""
		if s, ok := v.source(i, i+len(tt.part)); ok {
			got = tt.in[s.start:s.end]
		}
		if got != tt.want {
			t.Errorf("%q in %q: %q, want %q", tt.part, tt.in, got, tt.want)
		}
	}
}

// key is a slow, independent reading of the comparison view: the whole text
// normalised at once by x/text, without white space.
func key(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r),
			unicode.Is(unicode.Variation_Selector, r), r == 0x34f:
			return -1
		case r == '´':
			return '\''
		case r == '″' || r == '‶':
			return '"'
		}
		return r
	}, s)
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == 0x34f:
			return -1
		case strings.ContainsRune("‘’‚‛′‵‹›ʹʼʻ❛❜`", r):
			return '\''
		case strings.ContainsRune("“”„‟«»〝〞〟❝❞", r):
			return '"'
		case strings.ContainsRune("‐‑‒–—―−⁃⸺⸻", r):
			return '-'
		}
		return r
	}, norm.NFKC.String(s))
}

// FuzzView checks the view against key, and its map: each unit is in bounds
// and in order, and the source of any whole stretch has that stretch as view.
func FuzzView(f *testing.F) {
	for _, s := range []string{"", "plain text", " a  b ", "“don’t” — 5″", "ﬁrst ½ ㎞", "cafe\u0301\u200b x", "a\xffb",
		"\u1112\u1161\u11ab", "ﷺ", strings.Repeat("\u0301", 70), "a\u200d\u0301\u034f", "´ \u00a8 a", "可靠的传输", "  \u0345a",
		"a“b” ‒–—―‚„", "\u0f77\u0f77 \u01c4é", "a \u0384b \ufdfa", "x`y  z\n"} {
		f.Add(s, 0, len(s))
	}
	f.Fuzz(func(t *testing.T, s string, i, j int) {
		v := newView(s)
		if utf8.ValidString(s) {
			if got, want := strings.ReplaceAll(v.text, " ", ""), key(s); got != want && maxMarks(s) < 30 {
				t.Fatalf("view %+q, want %+q", got, want)
			}
		}
		if strings.TrimSpace(v.text) != v.text || strings.Contains(v.text, "  ") {
			t.Fatalf("white space in %+q", v.text)
		}
		last := fold{}
		for _, f := range v.folds {
			if f.at < last.end || f.at >= f.end || int(f.end) > len(v.text) ||
				f.source.start < last.source.end || f.source.start >= f.source.end || int(f.source.end) > len(s) {
				t.Fatalf("fold %v behind %v", f, last)
			}
			last = f
		}
		slow := denseView{}
		if len(s) <= 500 { // each boundary is looked at
			slow = slowView(s)
			if v.text != slow.text {
				t.Fatalf("view %+q, character by character %+q", v.text, slow.text)
			}
		}
		for k := range len(slow.text) { // every boundary, from both sides
			for _, at := range [][2]int{{k, len(v.text)}, {0, k + 1}, {k, k + 1}} {
				got, whole := v.source(at[0], at[1])
				want, wholeToo := slow.source(at[0], at[1])
				if whole != wholeToo || whole && got != want {
					t.Fatalf("source of %v is %v %v, character by character %v %v", at, got, whole, want, wholeToo)
				}
			}
		}
		if i < 0 || j > len(v.text) || i >= j || v.text[i] == ' ' || v.text[j-1] == ' ' ||
			!utf8.RuneStart(v.text[i]) || j < len(v.text) && !utf8.RuneStart(v.text[j]) {
			return
		}
		if u, ok := v.source(i, j); ok {
			if got := newView(s[u.start:u.end]).text; got != v.text[i:j] {
				t.Fatalf("view of the source %+q, want %+q", got, v.text[i:j])
			}
		}
	})
}

// denseView is a view with the source of every byte.
type denseView struct {
	text  string
	units []unit
}

// slowView makes a view character by character, without the short cuts of
// classify, unfolded and folds.
func slowView(s string) denseView {
	var folded []byte
	var units []unit
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isDropped(r) {
			folded = utf8.AppendRune(folded, foldBefore(r))
			units = extend(units, unit{int32(i), int32(i + n)}, len(folded))
		}
		i += n
	}
	folded, units = normalize(folded, units)
	var v denseView
	gap := -1
	for i, r := range string(folded) {
		r = foldAfter(r)
		if r == ' ' {
			if gap < 0 {
				gap = i
			}
			continue
		}
		if gap >= 0 && v.text != "" {
			v.text += " "
			v.units = append(v.units, units[gap])
		}
		gap = -1
		v.text += string(r)
		v.units = extend(v.units, units[i], len(v.text))
	}
	return v
}

func (v denseView) source(i, j int) (span, bool) {
	if i > 0 && v.units[i-1] == v.units[i] || j < len(v.text) && v.units[j-1] == v.units[j] {
		return span{}, false
	}
	return span{int(v.units[i].start), int(v.units[j-1].end)}, true
}

// maxMarks returns the length of the longest run of marks in s. Beyond 30,
// x/text's stream-safe form begins to insert characters.
func maxMarks(s string) int {
	longest, run := 0, 0
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.M, r) && !unicode.Is(unicode.Cf, r) {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
