package transcript

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ownCase is one file of our own corpus, as text.
type ownCase struct {
	name, file string
	want       string // one line for each segment: start-end [speaker] text; or "!" and a part of the refusal
}

// ownCases compares each file with what is wanted of it and prints the rate.
func ownCases(t *testing.T, ext, suite string, cases []ownCase) {
	pass := 0
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tr, err := Parse("own."+ext, strings.NewReader(c.file))
			want := strings.TrimSpace(c.want)
			if part, refused := strings.CutPrefix(want, "!"); refused {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Fatalf("got %v, want a refusal with %q", err, part)
				}
				pass++
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkInvariants(t, tr)
			checkArrows(t, []byte(c.file), tr)
			if diff := cmp.Diff(strings.Split(want, "\n"), segmentLines(tr)); diff != "" {
				t.Fatalf("-want +got:\n%s", diff)
			}
			if !t.Failed() {
				pass++
			}
		})
	}
	printRate(t, suite, pass, len(cases), "")
}

// segmentLines writes segments as ownCase.want does.
func segmentLines(tr *Transcript) []string {
	var out []string
	for _, s := range tr.Segments {
		who := ""
		if s.Speaker != "" {
			who = "[" + s.Speaker + "] "
		}
		out = append(out, fmt.Sprintf("%d-%d %s%s", s.StartMS, s.EndMS, who, s.Text))
	}
	return out
}

// TestWebVTTBySpecification holds the parser against the W3C's text, section by
// section. Nothing of it is taken from a suite, so it stands where those are
// absent.
func TestWebVTTBySpecification(t *testing.T) {
	const t1, t2, t3 = "00:01.000 --> 00:02.000\n", "00:02.000 --> 00:03.000\n", "00:03.000 --> 00:04.000\n"
	one := func(line string) string { return "WEBVTT\n\n" + line + "\na\n\n" + t3 + "z\n" }
	payload := func(text string) string { return "WEBVTT\n\n" + t1 + text + "\n" }
	const z = "\n3000-4000 z"
	ownCases(t, "vtt", "our WebVTT cases", []ownCase{
		// 4.1 and 6.1: the signature and the header.
		{"signature, tab and words", "WEBVTT\tx\n\n" + t1 + "a", "1000-2000 a"},
		{"signature at the end of the file", "WEBVTT", "!no cue"},
		{"signature with more letters", "WEBVTTx\n\n" + t1 + "a", "!must begin with the word WEBVTT"},
		{"byte order mark", "\ufeffWEBVTT\n\n" + t1 + "a", "1000-2000 a"},
		{"two byte order marks", "\ufeff\ufeffWEBVTT\n\n" + t1 + "a", "!must begin with the word WEBVTT"},
		{"header lines", "WEBVTT\nKind: captions\nLanguage: en\n\n" + t1 + "a", "1000-2000 a"},
		{"arrow line directly below", "WEBVTT\n" + t1 + "a", "1000-2000 a"},
		{"identifier directly below is header", "WEBVTT\nid\n" + t1 + "a", "1000-2000 a"},
		{"many blank lines", "WEBVTT\n\n\n\n\n" + t1 + "a\n\n\n\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"carriage returns alone", strings.ReplaceAll("WEBVTT\n\n"+t1+"a\nb\n\n"+t2+"c\n", "\n", "\r"), "1000-2000 a b\n2000-3000 c"},
		{"carriage returns and line feeds", strings.ReplaceAll("WEBVTT\n\n"+t1+"a\n\n"+t2+"b", "\n", "\r\n"), "1000-2000 a\n2000-3000 b"},
		{"NUL is a character", "WEBVTT\n\n" + t1 + "a\x00b", "1000-2000 a\uFFFDb"},
		// 6.1: blocks.
		{"identifier", "WEBVTT\n\nan id\n" + t1 + "a", "1000-2000 a"},
		{"two lines above the arrow are no identifier", "WEBVTT\n\nx\ny\n" + t1 + "a\n\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"arrow line ends a cue", "WEBVTT\n\n" + t1 + "a\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"number above an arrow line is text without a blank line", "WEBVTT\n\n" + t1 + "a\n2\n" + t2 + "b", "1000-2000 a 2\n2000-3000 b"},
		{"a line with a space is not blank", "WEBVTT\n\n" + t1 + "a\n \nb\n", "1000-2000 a b"},
		{"cue without text", "WEBVTT\n\n" + t1 + "\n" + t2 + "b", "2000-3000 b"},
		{"no blank line at the end", "WEBVTT\n\n" + t1 + "a", "1000-2000 a"},
		{"comment", "WEBVTT\n\nNOTE x\ny\n\n" + t1 + "a", "1000-2000 a"},
		{"comment on its own line", "WEBVTT\n\nNOTE\nx\n\n" + t1 + "a\n\nNOTE\n", "1000-2000 a"},
		{"comment at the end", "WEBVTT\n\n" + t1 + "a\n\nNOTE x", "1000-2000 a"},
		{"NOTE above an arrow is an identifier", "WEBVTT\n\nNOTE x\n" + t1 + "a", "1000-2000 a"},
		{"NOTE inside a cue is text", payload("a\nNOTE b"), "1000-2000 a NOTE b"},
		{"style sheets", "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nSTYLE \n::cue(b) {\n}\n\n" + t1 + "a", "1000-2000 a"},
		{"style sheet below a cue", "WEBVTT\n\n" + t1 + "a\n\nSTYLE\n::cue {}\n\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"style sheet cut by an arrow line", "WEBVTT\n\nSTYLE\nx\n" + t1 + "a\n\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"regions", "WEBVTT\n\nREGION\nid:a\nwidth:40%\n\nREGION\nid:b\n\n" + t1 + "a", "1000-2000 a"},
		{"REGION with words is a cue's identifier", "WEBVTT\n\nREGION x\n" + t1 + "a", "1000-2000 a"},
		// 6.3: times and settings.
		{"hours", one("01:00:00.000 --> 02:00:00.500"), "3000-4000 z\n3600000-7200500 a"},
		{"hours of one digit", one("0:00:00.500 --> 1:00:00.000"), "500-3600000 a" + z},
		{"hours over 99", one("100:00:01.000 --> 100:00:02.000"), "3000-4000 z\n360001000-360002000 a"},
		{"minutes of one digit", one("0:01.000 --> 0:02.000"), "3000-4000 z"},
		{"minutes of three digits", one("001:01.000 --> 001:02.000"), "3000-4000 z"},
		{"sixty minutes need hours", one("60:00.000 --> 60:01.000"), "3000-4000 z"},
		{"sixty minutes behind hours", one("00:60:00.000 --> 00:61:00.000"), "3000-4000 z"},
		{"sixty seconds", one("00:00:60.000 --> 00:00:61.000"), "3000-4000 z"},
		{"seconds of one digit", one("00:1.000 --> 00:2.000"), "3000-4000 z"},
		{"fraction of two digits", one("00:01.00 --> 00:02.00"), "3000-4000 z"},
		{"fraction of four digits", one("00:01.0000 --> 00:02.0000"), "3000-4000 z"},
		{"no fraction", one("00:01 --> 00:02"), "3000-4000 z"},
		{"comma", one("00:01,000 --> 00:02,000"), "3000-4000 z"},
		{"minus", one("-00:01.000 --> 00:02.000"), "3000-4000 z"},
		{"no spaces around the arrow", one("00:01.000-->00:02.000"), "1000-2000 a" + z},
		{"tabs around the arrow", one("\t00:01.000\t-->\t00:02.000\t"), "1000-2000 a" + z},
		{"arrow of three dashes", one("00:01.000 ---> 00:02.000"), "3000-4000 z"},
		{"arrow of one dash", one("00:01.000 -> 00:02.000"), "3000-4000 z"},
		{"no end", one("00:01.000 -->"), "3000-4000 z"},
		{"no arrow", one("00:01.000 --"), "3000-4000 z"},
		{"words in front of the times", one("x 00:01.000 --> 00:02.000"), "3000-4000 z"},
		{"no space before the settings", one("00:01.000 --> 00:02.000align:end"), "1000-2000 a" + z},
		{"settings", one("00:01.000 --> 00:02.000 position:10%,line-left line:-1 align:start size:50% vertical:rl region:x"), "1000-2000 a" + z},
		{"settings that are none", one("00:01.000 --> 00:02.000 align:middle foo:bar :x y: baz"), "1000-2000 a" + z},
		{"settings with an arrow", one("00:01.000 --> 00:02.000 --> 00:03.000"), "1000-2000 a" + z},
		{"end before the start", one("00:02.000 --> 00:01.000"), "2000-2000 a" + z},
		{"no length", one("00:02.000 --> 00:02.000"), "2000-2000 a" + z},
		// 6.4 and 6.5: the text of a cue.
		{"voice", payload("<v Ann>Hi"), "1000-2000 [Ann] Hi"},
		{"voice with classes", payload("<v.first.loud Ann Bo>Hi</v>"), "1000-2000 [Ann Bo] Hi"},
		{"voice with an entity", payload("<v R&amp;D>Hi"), "1000-2000 [R&D] Hi"},
		{"voice over lines", payload("<v Ann\nBo>Hi"), "1000-2000 [Ann Bo] Hi"},
		{"two voices", payload("<v Ann>Hi</v>\n<v Bo>Ho</v>"), "1000-2000 [Ann, Bo] Hi Ho"},
		{"voice without a name", payload("<v>Hi"), "1000-2000 Hi"},
		{"all tags", payload("<b>a</b><i>b</i><u>c</u><c.x>d</c><lang en>e</lang><ruby>f<rt>g</rt></ruby>"), "1000-2000 abcdefg"},
		{"tags that are none", payload("a<x>b</x>c</>d<>e"), "1000-2000 abcde"},
		{"inline times", payload("a<00:01.500>b<00:00:01.700>c<1:2>d"), "1000-2000 abcd"},
		{"a tag that never ends", payload("a<b c"), "1000-2000 a"},
		{"a lone bracket", payload("a > b"), "1000-2000 a > b"},
		{"a bracket with a space", payload("a < b > c"), "1000-2000 a c"},
		{"entities", payload("&amp;&lt;&gt;&quot;&#39;&#x41;"), "1000-2000 &<>\"'A"},
		{"entities without semicolon", payload("AT&amp T&lt"), "1000-2000 AT& T<"},
		{"entities that are none", payload("a & b &foo; &;"), "1000-2000 a & b &foo; &;"},
		{"marks of direction", payload("a&lrm;b&rlm;c"), "1000-2000 abc"},
		{"hard space", payload("a&nbsp;b"), "1000-2000 a b"},
		{"escaped tag", payload("&lt;b>a"), "1000-2000 <b>a"},
	})
}

// TestSRTByHabit lists what players accept, and what tools leave behind.
func TestSRTByHabit(t *testing.T) {
	const t1, t2 = "00:00:01,000 --> 00:00:02,000\n", "00:00:02,000 --> 00:00:03,000\n"
	one := func(line string) string { return "1\n" + line + "\na\n\n2\n00:00:09,000 --> 00:00:10,000\nz\n" }
	payload := func(text string) string { return "1\n" + t1 + text + "\n" }
	const z = "\n9000-10000 z"
	ownCases(t, "srt", "our SRT cases", []ownCase{
		// Indices and blank lines.
		{"no index", t1 + "a\n\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"index 0", "0\n" + t1 + "a\n\n1\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"index with spaces", " 1 \n" + t1 + "a\n\n 2\t\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"indices out of order", "7\n" + t1 + "a\n\n3\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"index on the arrow line", "1 " + t1 + "a\n\n2 " + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"no blank line", "1\n" + t1 + "a\n2\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"blank line below the index", "1\n\n" + t1 + "a\n\n2\n\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"blank line below the times", "1\n" + t1 + "\na\n\n2\n" + t2 + "\nb", "1000-2000 a\n2000-3000 b"},
		{"blank lines in the text", "1\n" + t1 + "a\n\nb\n\n\nc\n\n2\n" + t2 + "d", "1000-2000 a b c\n2000-3000 d"},
		{"lines of spaces", "1\n" + t1 + "a\n   \n2\n" + t2 + "b", "1000-2000 a\n2000-3000 b"},
		{"many blank lines above", "\n\n\n1\n" + t1 + "a", "1000-2000 a"},
		{"byte order mark", "\ufeff1\n" + t1 + "a", "1000-2000 a"},
		{"carriage returns doubled", strings.ReplaceAll("1\n"+t1+"a\nb\n\n2\n"+t2+"c\n", "\n", "\r\r\n"), "1000-2000 a b\n2000-3000 c"},
		{"numbers as text", "1\n" + t1 + "42\n\n2\n" + t2 + "7\n8", "1000-2000 42\n2000-3000 7 8"},
		{"the next index as text", "1\n" + t1 + "2\n\n2\n" + t2 + "3", "1000-2000 2\n2000-3000 3"},
		{"words above the first cue", "Captions by Ann\n\n1\n" + t1 + "a", "1000-2000 a"},
		{"frames above the first cue", "{1}{1}23.976\n1\n" + t1 + "a", "1000-2000 a"},
		{"cue without text", "1\n" + t1 + "\n2\n" + t2 + "b", "2000-3000 b"},
		// Times.
		{"full stop", one("00:00:01.000 --> 00:00:02.000"), "1000-2000 a" + z},
		{"no fraction", one("00:00:01 --> 00:00:02"), "1000-2000 a" + z},
		{"no hours", one("00:01,000 --> 00:02,000"), "1000-2000 a" + z},
		{"single digits", one("0:0:1,0 --> 0:0:2,0"), "1000-2000 a" + z},
		{"short fractions", one("00:00:01,5 --> 00:00:02,25"), "1500-2250 a" + z},
		{"long fractions", one("00:00:01,123456 --> 00:00:02,999999"), "1123-2999 a" + z},
		{"spaces in times", one("00: 00: 01, 000 --> 00 :00 :02 ,000"), "1000-2000 a" + z},
		{"colon before the fraction", one("00:00:01:500 --> 00:00:02:000"), "1500-2000 a" + z},
		{"semicolon before the fraction", one("00:00:01;500 --> 00:00:02;000"), "1500-2000 a" + z},
		{"frames", one("00:00:01:12 --> 00:00:02:00"), "9000-10000 z"},
		{"hours over 99", one("100:00:00,000 --> 100:00:01,000"), "9000-10000 z\n360000000-360001000 a"},
		{"below zero", one("-00:00:01,000 --> 00:00:02,000"), "0-2000 a" + z},
		{"both below zero", one("-00:00:02,000 --> -00:00:01,000"), "0-0 a" + z},
		{"end before the start", one("00:00:02,000 --> 00:00:01,000"), "2000-2000 a" + z},
		{"until the end", "1\n" + t1 + "a\n\n2\n00:00:05,000 --> 99:59:59,999\nb", "1000-2000 a\n5000-15000 b"},
		{"all along", "1\n00:00:00,000 --> 99:59:59,999\nb\n\n2\n00:20:00,000 --> 00:20:30,000\nz", "0-1230000 b\n1200000-1230000 z"},
		{"cut at the arrow", "1\n" + t1 + "a\n\n2\n00:00:05,000 --", "1000-2000 a"},
		{"cut behind the arrow", "1\n" + t1 + "a\n\n2\n00:00:05,000 -->", "1000-2000 a"},
		{"cut in the end time", "1\n" + t1 + "a\n\n2\n00:00:05,000 --> 00:0", "1000-2000 a"},
		{"only a cut line", "1\n00:00:05,000 --", "!own.srt:2: no cue can be read: the line begins with a time"},
		// Arrows and what follows the times.
		{"no spaces", one("00:00:01,000-->00:00:02,000"), "1000-2000 a" + z},
		{"spaces around", one("  00:00:01,000   -->   00:00:02,000  "), "1000-2000 a" + z},
		{"one dash", one("00:00:01,000 -> 00:00:02,000"), "1000-2000 a" + z},
		{"three dashes", one("00:00:01,000 ---> 00:00:02,000"), "1000-2000 a" + z},
		{"a long dash", one("00:00:01,000 —> 00:00:02,000"), "1000-2000 a" + z},
		{"an arrow sign", one("00:00:01,000 → 00:00:02,000"), "1000-2000 a" + z},
		{"an escaped arrow", one("00:00:01,000 --&gt; 00:00:02,000"), "1000-2000 a" + z},
		{"arrows in the text", payload("x -> y, 10:30 -> 11:30\n10:30 -> 11:30"), "1000-2000 x -> y, 10:30 -> 11:30 10:30 -> 11:30"},
		{"coordinates", one("00:00:01,000 --> 00:00:02,000 X1:40 X2:600 Y1:20 Y2:50"), "1000-2000 a" + z},
		{"settings of WebVTT", one("00:00:01,000 --> 00:00:02,000 align:start position:0%"), "1000-2000 a" + z},
		{"words behind the times", one("00:00:01,000 --> 00:00:02,000 b"), "1000-2000 b a" + z},
		// Markup.
		{"tags", payload(`<i>a</i> <B>b</B> <font color="#fff">c</font> <u>d`), "1000-2000 a b c d"},
		{"tags over lines", payload("<i>a\nb</i>"), "1000-2000 a b"},
		{"things in brackets", payload("List<String> x <y> a < b > c"), "1000-2000 List<String> x <y> a < b > c"},
		{"break tag", payload("a<br>b<br/>c"), "1000-2000 a b c"},
		{"overrides", payload(`{\an8}a {\i1}b{\i0} {\pos(1,2)\fad(1,2)}c`), "1000-2000 a b c"},
		{"break and space of SubStation", payload(`{\an8}a\Nb\hc`), "1000-2000 a b c"},
		{"backslashes without overrides", payload(`a\Nb {x}`), `1000-2000 a\Nb {x}`},
		{"styles of old SubRip", payload("{b}a{/b} {i}"), "1000-2000 a {i}"},
		{"frames inside the text", payload("{1}{25}a"), "1000-2000 {1}{25}a"},
		{"entities", payload("a &amp; b &lt;c&gt; AT&T &amp"), "1000-2000 a & b <c> AT&T &amp"},
		{"notes", payload("♪ la la ♪"), "1000-2000 ♪ la la ♪"},
		{"dashes", payload("- Hi.\n- Ho."), "1000-2000 - Hi. - Ho."},
		{"voice", payload("<v Ann>Hi"), "1000-2000 [Ann] Hi"},
		{"role and number", payload("Speaker 1: Hi"), "1000-2000 [Speaker 1] Hi"},
		{"capitals behind arrows", payload(">> ANN: Hello there"), "1000-2000 [ANN] Hello there"},
		// Order.
		{"out of order", "1\n" + t2 + "b\n\n2\n" + t1 + "a", "1000-2000 a\n2000-3000 b"},
		{"together", "1\n" + t1 + "a\n\n2\n" + t1 + "b\n\n3\n" + t1 + "a", "1000-2000 a\n1000-2000 b"},
		{"overlapping", "1\n00:00:01,000 --> 00:00:05,000\na\n\n2\n" + t2 + "b", "1000-5000 a\n2000-3000 b"},
	})
}
