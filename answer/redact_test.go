package answer_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/answer"
)

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "The tide rises twice a day.": "The tide rises twice a day.",
		// E-mail addresses.
		"Write to anna.o'neil+tcp@uni-ulm.example.de, please.": "Write to [e-mail], please.",
		"mailto:a@b.cd":                "mailto:[e-mail]",
		"<x_1%y@mail.example.org>":     "<[e-mail]>",
		"jörg@bücher.example":          "[e-mail]",
		"a＠example.org":                "[e-mail]",
		"an\u200bna@exa\u00admple.org": "[e-mail]",
		"a @ b, x@y and @here":         "a @ b, x@y and @here",
		// Student numbers.
		"s1234567 asked":                   "[number] asked",
		"my id is 4821907X.":               "my id is [number].",
		"A0123456B":                        "[number]",
		"Student number: 4821":             "Student number: [number]",
		"student no. A-482 and student 12": "student no. [number] and student 12",
		"Matrikelnummer 12 345":            "Matrikelnummer 12 345",
		"Matrikelnr. 12345":                "Matrikelnr. [number]",
		"enrolment id=ab12":                "enrolment id=[number]",
		"١٢٣٤٥٦٧":                          "[number]",
		"１２３４５６":                           "[number]",
		"12\u200b34\u200d56":               "[number]",
		// Phone numbers.
		"+49 (0)30 1234-567":           "[number]",
		"call 555.123.4567 now":        "call [number] now",
		"(020) 7946 0958":              "[number]",
		"030/123 45 67":                "[number]",
		"00 44 20\u00a07946\u202f0958": "[number]",
		"555\u20131234":                "[number]",
		// What stays.
		"12:03 to 12:45, in 1969":            "12:03 to 12:45, in 1969",
		"1,000,000 bytes, 65535 ports, 3.14": "1,000,000 bytes, 65535 ports, 3.14",
		"10.0.0.1 and c1, c2":                "10.0.0.1 and c1, c2",
		"phone lines in 3 towns":             "phone lines in 3 towns",
	} {
		if got := answer.Redact(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// shapes are what must not be left, written another way than in redact.go.
var shapes = []*regexp.Regexp{
	regexp.MustCompile(`[\pL\p{Nd}]@[\pL\p{Nd}]+\.[\pL\p{Nd}]`),
	regexp.MustCompile(`\p{Nd}\p{Nd}\p{Nd}\p{Nd}\p{Nd}\p{Nd}`),
	regexp.MustCompile(`(?:\p{Nd}[ ./()-]?){6}\p{Nd}`),
}

func FuzzRedact(f *testing.F) {
	for _, s := range []string{"a@b.cd", "+49 (0)30 1234-567", "s1234567", "Student no. A-482", "1 2 3 4 5 6 7 8 9", "a@b.cd@e.fg", "123 456@7.89", "1\u200b23456", "a.b@c-d.e1.2345678"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\uFFFD")
		got := answer.Redact(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		for _, shape := range shapes {
			if found := shape.FindString(got); found != "" {
				t.Fatalf("%q became %q: %q is left", s, got, found)
			}
		}
		if again := answer.Redact(got); again != got {
			t.Fatalf("%q became %q and then %q", s, got, again)
		}
	})
}
