package answers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// A sketch stands for the set of a text's runs of three words: of each of its hash functions the smallest value. The share of
// places in which two sketches agree estimates the share of runs that the texts have in common (A. Z. Broder, On the
// resemblance and containment of documents, 1997), with a standard error of at most 0.0625.
type sketch [64]uint32

func sketchOf(text string) (s sketch) {
	for i := range s {
		s[i] = ^uint32(0)
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for i := range words {
		h := fnv.New64a()
		for _, w := range words[i:min(i+3, len(words))] {
			_, _ = h.Write([]byte(w + " ")) // never fails
		}
		// One hash makes all: a multiplication by an odd number permutes the values (splitmix64's constants).
		v := h.Sum64()
		for k := range s {
			v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
			v = (v^v>>27)*0x94d049bb133111eb + uint64(k)
			s[k] = min(s[k], uint32(v>>32))
		}
	}
	return s
}

func (s sketch) alike(o sketch) float64 {
	n := 0
	for i := range s {
		if s[i] == o[i] {
			n++
		}
	}
	return float64(n) / float64(len(s))
}

const (
	leastAlike       = 0.5
	shownDifferences = 5
	comparedPlaces   = 5000 // at which two bodies are compared
)

// nearest describes the recorded request that is most like x, "" if none is like it.
func (p *Replay) nearest(x *exchange) string {
	want := sketchOf(x.Request.body())
	var best recorded
	most := 0.0
	for _, key := range sortedKeys(p.known) {
		for _, r := range p.known[key] {
			if r.Method != x.Request.Method || r.Path != x.Request.Path {
				continue
			}
			if a := r.sketch.alike(want); a > most || a == most && most > 0 && r.Repeat == x.Repeat && best.Repeat != x.Repeat {
				best, most = r, a
			}
		}
	}
	if most < leastAlike {
		return ""
	}
	near, err := readExchange(filepath.Join(p.dir, best.File))
	if err != nil {
		return fmt.Sprintf("the nearest recorded request cannot be read: %v", err)
	}
	at := differences(near.Request, x.Request)
	switch {
	case len(at) == 0 && near.Repeat != x.Repeat:
		return fmt.Sprintf("the same request is recorded for repeat %d, in %s", near.Repeat, best.File)
	case len(at) == 0:
		return "it is recorded in " + best.File
	}
	return fmt.Sprintf("the nearest recorded one is %s (repeat %d, about %.0f %% alike); it differs at %s", best.File, near.Repeat, 100*most, strings.Join(at, ", "))
}

// differences names the first few places at which two bodies differ.
func differences(a, b request) (at []string) {
	var left, right any
	if json.Unmarshal(a.JSON, &left) != nil || json.Unmarshal(b.JSON, &right) != nil {
		if a.body() != b.body() {
			return []string{"the body"}
		}
		return nil
	}
	looked := 0
	var walk func(path string, a, b any)
	walk = func(path string, a, b any) {
		if looked++; looked > comparedPlaces || len(at) >= shownDifferences {
			return
		}
		switch l := a.(type) {
		case map[string]any:
			if r, ok := b.(map[string]any); ok {
				names := slices.Sorted(slices.Values(append(sortedKeys(l), sortedKeys(r)...)))
				for _, name := range slices.Compact(names) {
					walk(strings.TrimPrefix(path+"."+name, "."), l[name], r[name])
				}
				return
			}
		case []any:
			if r, ok := b.([]any); ok && len(l) == len(r) {
				for i := range l {
					walk(fmt.Sprintf("%s[%d]", path, i), l[i], r[i])
				}
				return
			}
		}
		if string(compact(a)) != string(compact(b)) {
			at = append(at, cmp.Or(path, "the body"))
		}
	}
	walk("", left, right)
	if len(at) == 0 && a.body() != b.body() {
		return []string{"a place far behind"}
	}
	return at
}
