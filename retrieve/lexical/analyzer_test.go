package lexical

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTerms(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "The routers are routing packets.", "router rout packet"},
		{"en", "TCP/IP and HTTP/2 over 10.0.0.0/8", "tcpip tcp ip http2 http 2 over 10.0.0.0 8"},
		{"en", "C++, C# and C; x^2, 802.11n, IPv6", "c++ c# c x 2 802.11n ipv6"},
		{"en", "C+++ a#b #hashtag", "c b hashtag"},
		{"en", "three-way handshake", "three wai handshak"},
		{"en", "Wi-Fi, wi\u2011fi’s and WiFi", "wifi wi fi wifi wi fi wifi"},
		{"en", "e-mail, email; I/O, A/B; 3-D, 12-in, 1-2, 10/12", "email e mail email io o ab b 3d 3 d 12 1 2 10 12"},
		{"en", "http2 HTTP 2 SHA-256 sha256 UTF-8 IPv6 x86 utf8", "http2 http 2 http 2 sha256 sha 256 sha256 utf8 utf 8 ipv6 x86 utf8"},
		{"en", "a-b-c x-ray-tube -x- e-mailé é-x e-mail—x", "b c x rai tube x e mail e x email e mail x"},
		{"en", "abcd1234 abcd12e routers2020", "abcd1234 abcd12e routers2020"},
		{"en", "whats what's dont don’t isnt im Im doesnt its", ""},
		{"en", "ill id were we'll shell", "ill id we'll shell"},
		{"de", "E-Mail im WLAN-Netz", "email e mail wlan netz"},
		{"", "Wi-Fi", "wifi wi fi"},
		{"en", "the sender's window; Jones’s", "sender window jone"},
		{"en", "1,000 bytes is 1000 bytes, 1,23 is not", "1000 byte 1000 byte 1,23"},
		{"en", "Schrödinger naïve Schrodinger", "schroding naiv schroding"},
		{"en", "ends here.Then link_state, x_i and example.com", "end here link state x_i exampl com"},
		{"en", "the U.S. and a Ph.D., 3.14", "u.s ph.d 3.14"},
		{"en", "What is it?", ""},
		{"en", "", ""},
		{"en", "ｆｕｌｌ ﬁne x² \xff", "full fine x 2"},
		{"en-GB", "routers", "router"},
		{"EN_us", "routers", "router"},
		{"en", "東京タワー tower 水", "東京 京タ タワ ワー tower 水"},
		{"zh", "网络协议 TCP", "网络 络协 协议 tcp"},
		{"ko", "TCP는 프로토콜", "tcp 는 프로 로토 토콜"},
		{"th", "ภาษาไทย", "ภา าษ ษา าไ ไท ทย"},
		{"ja", "ｶﾞｲﾄﾞ", "ガイ イド"},
		{"de", "Die Häuser der Straße", "haus strass"},
		{"fr", "l'avion des rivières", "avion rivier"},
		{"es", "las redes neuronales", "red neuronal"},
		{"ca", "l'home", "home"},
		{"fa", "می\u200cروم", "روم"},
		{"", "The Routers", "the routers"},
		{"tlh", "The Routers", "the routers"},
		{"pl", "Sieci komputerowe", "sieci komputerowe"},
	} {
		a, err := NewAnalyzer(c.language)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, strings.Join(a.Strings(c.text), " ")); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", c.language, c.text, diff)
		}
	}
}

func TestEveryLanguage(t *testing.T) {
	names := map[string]string{}
	for base := range languages {
		a, err := NewAnalyzer(base)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		names[base] = a.Name()
		if got := a.Strings("TCP 802.11"); !cmp.Equal(got, []string{"tcp", "802.11"}) {
			t.Errorf("%s: terms of a protocol and a standard are %q", base, got)
		}
	}
	if names["nb"] != names["no"] || names["de"] == names["fr"] {
		t.Errorf("names do not tell analyses apart: %v", names)
	}
}

func TestTermOffsets(t *testing.T) {
	text := "Él — the Router’s C++ x² 網路協定!"
	want := []string{"Él", "Router’s", "C++", "x", "²", "網路", "路協", "協定"}
	a, err := NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, term := range a.Terms(text) {
		got = append(got, text[term.Start:term.End])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("original words (-want +got):\n%s", diff)
	}
}

// TestTermsOfAnything: offsets lie on rune boundaries in ascending order, terms
// are short, and a word's terms do not depend on the words around it.
func TestTermsOfAnything(t *testing.T) {
	for _, language := range []string{"en", "de", "fr", "ar", "fa", "hi", "hu", "tr", "zh", ""} {
		a, err := NewAnalyzer(language)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			text := anyText.Draw(t, "text")
			last := -1
			for _, term := range a.Terms(text) {
				if term.Start < last || term.Start >= term.End || term.End > len(text) {
					t.Fatalf("term %+v after %d in %q", term, last, text)
				}
				last = term.Start
				if !onRune(text, term.Start) || !onRune(text, term.End) {
					t.Fatalf("term %+v cuts a rune of %q", term, text)
				}
				if term.Text == "" || len(term.Text) > 2*maxTermBytes {
					t.Fatalf("term %+v of %q", term, text)
				}
			}
			twice := append(a.Strings(text), a.Strings(text)...)
			if got := a.Strings(text + "\n.\n" + text); !slices.Equal(twice, got) {
				t.Fatalf("terms of %q twice: %q, want %q", text, got, twice)
			}
		})
	}
}

func onRune(s string, at int) bool {
	return at == len(s) || utf8.RuneStart(s[at]) || !utf8.ValidString(s)
}

func TestLongWords(t *testing.T) {
	a, err := NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{strings.Repeat("a", 50_000), strings.Repeat("é", 50_000), "e" + strings.Repeat("\u0301", 50_000)} {
		got := a.Strings(word)
		if len(got) != 1 || len(got[0]) > maxTermBytes || !utf8.ValidString(got[0]) {
			t.Errorf("a word of %d bytes gives %d terms", len(word), len(got))
		}
	}
	if got := a.Strings(strings.Repeat("漢", 50_000)); len(got) != 49_999 {
		t.Errorf("50,000 characters give %d bigrams", len(got))
	}
}
