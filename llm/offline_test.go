package llm

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func embedOffline(t testing.TB, texts ...string) [][]float32 {
	t.Helper()
	v, err := NewOffline().Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func cosine(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestOfflineSpace(t *testing.T) {
	got, err := NewOffline().Space(t.Context())
	if want := (Space{"offline-hash-v1@384", "offline-hash-v1", 384}); err != nil || got != want {
		t.Errorf("Space = %+v, %v; want %+v", got, err, want)
	}
}

// Each text must be clearly closer to near than to far.
func TestOfflineCloser(t *testing.T) {
	tests := []struct{ name, text, near, far string }{
		{"typo", "congestion control", "congeston contorl", "packet switching"},
		{"swapped letters", "fragmentation", "fragmetnation", "authentication"},
		{"one word with a typo", "router", "ruoter", "socket"},
		{"plural", "routers forward packets", "a router forwards a packet", "lists are sorted by merging"},
		{"case and accents of form", "TCP HANDSHAKE", "tcp handshake", "udp datagram"},
		{"compatibility forms", "ﬁle ｓｉｚｅ", "file size", "disk speed"},
		{"soft hyphen", "con\u00adgestion", "congestion", "confession"},
		{"word order", "sliding window protocol", "protocol of the sliding window", "stop and wait"},
		{"subject, not stop words", "what is the window size", "window size", "what is the"},
		{"German compound", "Überlastkontrolle", "Kontrolle der Überlast", "Vermittlungsschicht"},
		{"Chinese", "拥塞控制算法", "拥塞控制", "路由协议"},
		{"Japanese", "輻輳制御とは何ですか", "輻輳制御の仕組み", "経路表の更新"},
		{"Thai", "การควบคุมความแออัด", "ควบคุมความแออัด", "ตารางเส้นทาง"},
		{"Arabic", "التحكم في الازدحام", "الازدحام", "جدول التوجيه"},
		{"Russian inflection", "управление перегрузкой", "управления перегрузками", "таблица маршрутов"},
		{"Hindi", "भीड़ नियंत्रण", "भीड़ का नियंत्रण", "मार्ग तालिका"},
		{"numbers", "port 8080", "on port 8080", "on port 443"},
	}
	for _, tt := range tests {
		v := embedOffline(t, tt.text, tt.near, tt.far)
		near, far := cosine(v[0], v[1]), cosine(v[0], v[2])
		if near < far+0.1 {
			t.Errorf("%s: cosine %.2f to the near text, %.2f to the far one", tt.name, near, far)
		}
	}
}

// A misspelt question still finds its passage among others.
func TestOfflineFindsDespiteTypos(t *testing.T) {
	passages := []string{
		"Slow start doubles the congestion window every round trip until the threshold is reached.",
		"A router looks up the longest matching prefix in its forwarding table.",
		"DNS resolvers cache answers for the time to live that the record carries.",
		"The three-way handshake agrees on initial sequence numbers in both directions.",
		"Ethernet switches learn which port a source address was last seen on.",
	}
	p := embedOffline(t, passages...)
	for q, want := range map[string]int{
		"how does slow strat grow the congeston windw": 0, "longst prefix matchng in the fowarding table": 1,
		"how long do DNS resolvrs cahce a record": 2, "why a tree way handshake for sequnce numbers": 3, "what do ethernet swiches learn": 4,
	} {
		v := embedOffline(t, q)[0]
		best := 0
		for i := range p {
			if cosine(v, p[i]) > cosine(v, p[best]) {
				best = i
			}
		}
		if best != want {
			t.Errorf("%q finds %q", q, passages[best])
		}
	}
}

func TestOfflineEmptyText(t *testing.T) {
	for _, text := range []string{"", " \t\n", "\u200b\u2060", "\x00\x07", "\u3000\u00a0"} {
		if _, err := NewOffline().Embed(t.Context(), []string{"ok", text}); !errors.Is(err, ErrEmptyText) || !strings.Contains(err.Error(), "text 1") {
			t.Errorf("%q: %v, want ErrEmptyText naming text 1", text, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewOffline().Embed(ctx, []string{"ok"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func checkVector(t interface{ Errorf(string, ...any) }, text string, v []float32) {
	if l := length(v); len(v) != offlineDims || math.Abs(l-1) > 1e-5 { // also NaN
		t.Errorf("%q: %d dimensions, length %v", text, len(v), l)
	}
}

func TestOfflineAnyVisibleText(t *testing.T) {
	texts := []string{
		"a", "7", "?", "∑ → ∞", "🙂", "the", "the of and", "x y", "世", "é", "e\u0301", "\u0301", "…!", "a\xffb", strings.Repeat("ab", 1<<17),
		strings.Repeat("世界", 1<<15), "٣", "Ⅷ", "'", "’", "'’'",
	}
	for i, v := range embedOffline(t, texts...) {
		checkVector(t, texts[i][:min(len(texts[i]), 20)], v)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		v, err := NewOffline().Embed(context.Background(), []string{text})
		if visible(text) != (err == nil) {
			t.Fatalf("visible: %t, error: %v", visible(text), err)
		}
		if err == nil {
			checkVector(t, text, v[0])
		}
	})
}

// The numbers are stored in databases under the space's name: if this fails,
// the name must change.
func TestOfflineVectorsNeverChange(t *testing.T) {
	h := sha256.New()
	for _, v := range embedOffline(t, "A router forwards packets; it doesn't care what's in them.", "輻輳制御とは何ですか", "?!", "Überlast 2,5 %") {
		for _, x := range v { // rounded: the last bit may depend on the machine
			_ = binary.Write(h, binary.LittleEndian, int32(math.Round(float64(x)*1e5)))
		}
	}
	const want = "8f9367161eb044100582cad4d7927971"
	if got := hex.EncodeToString(h.Sum(nil))[:32]; got != want {
		t.Errorf("vectors hash to %s, want %s", got, want)
	}
}

func TestOfflineDeterministic(t *testing.T) {
	text := strings.Repeat("The window grows by one segment each round trip, as we said last week. ", 30)
	a := embedOffline(t, text, text)
	for range 20 {
		if diff := cmp.Diff(a[0], embedOffline(t, text)[0]); diff != "" {
			t.Fatal(diff)
		}
	}
}

func FuzzOffline(f *testing.F) {
	for _, s := range []string{"", "a", "don't", "世界 hello", "\xff\xfe", "e\u0301\u0301", "\u200d", "ﷺ", "İı", strings.Repeat("क्", 99)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := NewOffline().Embed(context.Background(), []string{text})
		if (err == nil) != visible(text) {
			t.Fatalf("%q: visible: %t, error: %v", text, visible(text), err)
		}
		if err == nil {
			checkVector(t, text, v[0])
		}
	})
}

func BenchmarkOfflineEmbed(b *testing.B) {
	sentence := "So the sender keeps a window of segments that may be in flight, and every acknowledgement moves it forward, unless of course one of them was lost on the way. "
	chunk := sentence
	for CL100K().Count(chunk) < 240 {
		chunk += strings.ToUpper(sentence[:1]) + sentence[1:40] + " then router number " + string(rune('a'+len(chunk)%26)) + " drops it. "
	}
	b.ReportMetric(float64(CL100K().Count(chunk)), "tokens")
	texts := []string{chunk}
	for b.Loop() {
		if _, err := NewOffline().Embed(b.Context(), texts); err != nil {
			b.Fatal(err)
		}
	}
}
