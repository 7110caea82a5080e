package guard

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// readNumbers renders the numbers of text: values, id, dimension's base value.
func readNumbers(text string) string {
	lang := languageOf("en")
	var out []string
	for _, n := range numbers(readWords(text, lang), lang) {
		var s []string
		for _, v := range n.values[:n.n] {
			if n.unit.dim != noUnit {
				s = append(s, fmt.Sprintf("%.6g@%d", v*n.unit.factor, n.unit.dim))
			} else {
				s = append(s, strconv.FormatFloat(v, 'g', 12, 64))
			}
		}
		if n.id != "" {
			s = append(s, n.id)
		}
		out = append(out, strings.Join(s, "|"))
	}
	return strings.Join(out, " ")
}

func TestNumbers(t *testing.T) {
	tests := []struct{ text, want string }{
		{"1,000 packets", "1000"},
		{"1.500", "1.5|1500"},
		{"1 000 000 hosts", "1000000"},
		{"1 2 4 8 16", "1 2 4 8 16"},
		{"twenty-one", "21"},
		{"twenty four bits", "24@4"},
		{"two hundred", "200"},
		{"a hundred and twenty eight", "128"},
		{"four billion three hundred million", "4300000000"},
		{"port four forty three", "443"},
		{"one point five", "1.5"},
		{"oh point two", "0.2"},
		{"4 point 7 megabits", "4.7e+06@4"},
		{"0 point 05 seconds", "0.05@2"},
		{"eight oh two dot eleven", "802.11"},
		{"802.11", "802.11"},
		{"10.0.0.0/8", "10.0.0.0 8"},
		{"2^32", "4294967296"},
		{"2⁵", "32"},
		{"25", "25"},
		{"10⁻⁹", "1e-09"},
		{"2 to the 32", "4294967296"},
		{"ten to the minus nine", "1e-09"},
		{"3.4 times 10 to the 38", "3.4e+38"},
		{"3.4×10^38", "3.4e+38"},
		{"1.5 million", "1500000"},
		{"16-bit window", "16@4"},
		{"8 host bits", "8@4"},
		{"1,000 ms", "1@2"},
		{"10 Mbps and ten megabits per second", "1e+07@5 1e+07@5"},
		{"2 MB", "1.6e+07@4"},
		{"20%, twenty percent, 20 per cent", "0.2@1 0.2@1 0.2@1"},
		{"two thirds", "0.666666666667"},
		{"a tenth of a second", "0.1@2|10@2"},
		{"half a second", "0.5@2"},
		{"one and a half", "1.5"},
		{"½", "0.5"},
		{"the thirty-second", "32"},
		{"from 20 to 60 bytes", "160@4 480@4"},
		{"１２８", "128"},
		{"١٢٨", "128"},
		{"−5 and minus five", "-5 -5"},
		{"twice as long", "2"},
		{"in the 1980s", "1980"},
		{"IPv4 and HTTP/2 over TLS 1.3", "2 1.3"},
		{"a second try, and the point is", "2"},
	}
	for _, tt := range tests {
		if got := readNumbers(tt.text); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

var (
	spelledDigits = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
		"sixteen seventeen eighteen nineteen")
	spelledTens = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
)

// spellOut writes n in words, as people say it.
func spellOut(n int, hyphen string) string {
	switch {
	case n < 20:
		return spelledDigits[n]
	case n < 100:
		if n%10 == 0 {
			return spelledTens[n/10]
		}
		return spelledTens[n/10] + hyphen + spelledDigits[n%10]
	case n < 1000:
		if n%100 == 0 {
			return spelledDigits[n/100] + " hundred"
		}
		return spelledDigits[n/100] + " hundred and " + spellOut(n%100, hyphen)
	}
	for _, scale := range []struct {
		value int
		name  string
	}{{1e9, "billion"}, {1e6, "million"}, {1e3, "thousand"}} {
		if n >= scale.value {
			s := spellOut(n/scale.value, hyphen) + " " + scale.name
			if rest := n % scale.value; rest >= 100 {
				s += " " + spellOut(rest, hyphen)
			} else if rest > 0 {
				s += " and " + spellOut(rest, hyphen)
			}
			return s
		}
	}
	return ""
}

// TestNumberRoundTrip: however a number is written, it is read as itself.
func TestNumberRoundTrip(t *testing.T) {
	lang := languageOf("en")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 1200), rapid.IntRange(0, math.MaxInt32)).Draw(t, "n")
		digits := strconv.Itoa(n)
		grouped := digits
		for i := len(digits) - 3; i > 0; i -= 3 {
			grouped = grouped[:i] + "," + grouped[i:]
		}
		for _, text := range []string{digits, grouped, strings.ReplaceAll(grouped, ",", "\u202f"), spellOut(n, "-"), spellOut(n, " ")} {
			all := numbers(readWords("about "+text+" of them", lang), lang)
			if len(all) != 1 || !hasValue(&all[0], float64(n)) {
				t.Fatalf("%q: %+v", text, all)
			}
		}
		frac := rapid.IntRange(1, 999).Draw(t, "fraction")
		text := fmt.Sprintf("%d.%d", n, frac)
		v, err := strconv.ParseFloat(text, 64)
		if all := numbers(readWords(text+" seconds", lang), lang); err != nil || len(all) != 1 || !hasValue(&all[0], v) || all[0].unit.dim != duration {
			t.Fatalf("%q: %+v", text, all)
		}
	})
}
