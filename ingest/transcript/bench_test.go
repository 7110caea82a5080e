package transcript

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// lecture writes a lecture of n cues, about 13 words each.
func lecture(n int, header, arrow, text string) []byte {
	var b strings.Builder
	b.WriteString(header)
	for i := range n {
		fmt.Fprintf(&b, arrow, i+1, i/1200, i/20%60, i%20*3, i/1200, i/20%60, i%20*3+2)
		fmt.Fprintf(&b, text, i)
	}
	return []byte(b.String())
}

// BenchmarkParse reads a lecture of 20 hours in each format, and one with
// markup and accents in every cue.
func BenchmarkParse(b *testing.B) {
	const n = 24_000
	plainText := "The router looks up the longest prefix %d that\nmatches the destination address.\n\n"
	rich := "<i>Der Größte</i> &amp; längste Präfix %d gewinnt,\nsagt <b>die Vorlesung</b> über Netze.\n\n"
	for _, bb := range []struct {
		name string
		raw  []byte
	}{
		{"lecture.srt", lecture(n, "", "%d\n%02d:%02d:%02d,000 --> %02d:%02d:%02d,500\n", plainText)},
		{"rich.srt", lecture(n, "", "%d\n%02d:%02d:%02d,000 --> %02d:%02d:%02d,500\n", rich)},
		{"lecture.vtt", lecture(n, "WEBVTT\n\n", "%d\n%02d:%02d:%02d.000 --> %02d:%02d:%02d.500\n", plainText)},
		{"rich.vtt", lecture(n, "WEBVTT\n\n", "%d\n%02d:%02d:%02d.000 --> %02d:%02d:%02d.500\n", rich)},
		{"lecture.txt", bytes.Repeat([]byte("The router looks up the longest prefix that\nmatches the destination address.\n\n"), n)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(bb.name, bytes.NewReader(bb.raw)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
