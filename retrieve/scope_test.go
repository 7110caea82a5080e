package retrieve_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// lexicalTop is the chunks of found by lexical rank.
func lexicalTop(found retrieve.Result) map[int]string {
	out := map[int]string{}
	for _, p := range found.Passages {
		for _, c := range p.Chunks {
			if c.LexicalRank > 0 {
				out[c.LexicalRank] = p.Text[c.Start:c.End]
			}
		}
	}
	return out
}

// long is a lecture of one topic, of more chunks than a leg has candidates.
func long(topic string) string {
	var b strings.Builder
	b.WriteString("WEBVTT\n\n")
	for i := range 110 * 12 {
		at := i * 5
		fmt.Fprintf(&b, "%02d:%02d:%02d.000 --> %02d:%02d:%02d.500\nThe %s and the %s, %s number %d, is %s again in other words than before and %s.\n\n",
			at/3600, at/60%60, at%60, (at+4)/3600, (at+4)/60%60, (at+4)%60, topic, topic, topic, i, topic, topic)
	}
	return b.String()
}

// TestHiddenLecture: a lecture whose chunks would be the hundred best of both legs displaces nothing where the caller
// cannot see it: out of scope, not watched yet, or deleted.
func TestHiddenLecture(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "all-lions", long("lion"))
	s.put("zoo", "birds", spoken("heron", "lion", "eagle", "stork"))
	open := s.search(postgres.Scope{Course: "zoo"}, "lion", retrieve.Options{K: 100, Budget: 1 << 20})
	for _, p := range open.Passages {
		if p.Lecture != "all-lions" {
			t.Fatalf("the hidden lecture does not win the top 100, so this test proves nothing")
		}
	}
	check := func(name string, scope postgres.Scope) {
		t.Helper()
		found := s.search(scope, "lion", retrieve.Options{K: 1, Expand: -1})
		if len(found.Passages) != 1 || found.Passages[0].Lecture != "birds" || !strings.Contains(lexicalTop(found)[1], "lion") {
			t.Errorf("%s: %v, lexically first: %.40q", name, lecturesOf(found), lexicalTop(found)[1])
		}
		if c := found.Passages[0].Chunks[0]; c.VectorRank != 1 {
			t.Errorf("%s: vector rank %d", name, c.VectorRank)
		}
	}
	check("out of scope", postgres.Scope{Course: "zoo", Lectures: []string{"birds"}})
	check("not watched", postgres.Scope{Course: "zoo", Seen: []postgres.Seen{{Lecture: "all-lions"}}})
	check("not watched, both in scope", postgres.Scope{Course: "zoo", Lectures: []string{"birds", "all-lions"}, Seen: []postgres.Seen{{Lecture: "all-lions", UntilMS: 0}}})
	if err := s.in.DeleteLecture(t.Context(), "zoo", "all-lions", ingest.Condition{}); err != nil {
		t.Fatal(err)
	}
	check("deleted", postgres.Scope{Course: "zoo"})
	s.searcher = retrieve.New(s.db, llm.NewOffline(), quiet, 0)
	check("deleted, cold", postgres.Scope{Course: "zoo"})
}

// TestSeenLimits: what a student may find with a definition that is given twice, in minute 2 by the way and in minute 6
// in full, at every kind of limit.
func TestSeenLimits(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "one", spoken("heron", "lion", "heron", "heron", "heron", "stork lion lion lion", "heron"))
	s.putAs("zoo", "text", "text.md", "A page about the lion.\n\nThe lion is an animal of which nobody said when.\n")
	s.put("zoo", "two", spoken("eagle", "lion"))
	const defined = "the stork lion lion lion comes up for the time number 12,"
	tests := []struct {
		name    string
		scope   []string
		seen    []postgres.Seen
		defined bool            // the definition may be found
		within  map[string]bool // lectures that may be found
		until   int64           // no passage of lecture one ends later
	}{
		{"not limited", nil, nil, true, all("one", "two", "text"), math.MaxInt64},
		{"before it", nil, seen("one", 240_000), false, all("one", "two", "text"), 240_000},
		{"a ms before its end", nil, seen("one", 359_499), false, all("one", "two", "text"), 359_499},
		{"at the end of the lecture", nil, seen("one", 419_500), true, all("one", "two", "text"), 419_500},
		{"beyond the end of the lecture", nil, seen("one", 999_999_999), true, all("one", "two", "text"), math.MaxInt64},
		{"all of it", nil, seen("one", math.MaxInt64), true, all("one", "two", "text"), math.MaxInt64},
		{"nothing", nil, seen("one", 0), false, all("two", "text"), 0},
		{"negative", nil, seen("one", -5), false, all("two", "text"), 0},
		{"least", nil, seen("one", math.MinInt64), false, all("two", "text"), 0},
		{"another lecture", nil, seen("two", 0), true, all("one", "text"), math.MaxInt64},
		{"no lecture of the course", nil, seen("nine", 0), true, all("one", "two", "text"), math.MaxInt64},
		{"no name at all", nil, seen("'; drop table chunks; --", 0), true, all("one", "two", "text"), math.MaxInt64},
		{"twice, the lower first", nil, append(seen("one", 60_000), seen("one", 999_999)...), false, all("one", "two", "text"), 60_000},
		{"twice, the lower last", nil, append(seen("one", 999_999), seen("one", 60_000)...), false, all("one", "two", "text"), 60_000},
		{"without times", nil, seen("text", 999_999_999), true, all("one", "two"), math.MaxInt64},
		{"without times, all of it", nil, seen("text", math.MaxInt64), true, all("one", "two", "text"), math.MaxInt64},
		{"one lecture", []string{"one"}, seen("one", 240_000), false, all("one"), 240_000},
		{"one lecture, nothing", []string{"one"}, seen("one", 0), false, all(), 0},
		{"two lectures", []string{"one", "two"}, append(seen("one", 240_000), seen("two", 0)...), false, all("one"), 240_000},
	}
	for _, tt := range tests {
		for _, expand := range []int{-1, 3} {
			found := s.search(postgres.Scope{Course: "zoo", Lectures: tt.scope, Seen: tt.seen}, "lion", retrieve.Options{K: 100, Expand: expand, Budget: 1 << 20})
			got, gave := map[string]bool{}, false
			for _, p := range found.Passages {
				got[p.Lecture] = true
				gave = gave || strings.Contains(p.Text, defined)
				if _, end, timed := p.At(0, len(p.Text)); timed && p.Lecture == "one" && end > tt.until {
					t.Errorf("%s: a passage ends at %d ms", tt.name, end)
				}
			}
			if gave != tt.defined {
				t.Errorf("%s: the definition was found: %t", tt.name, gave)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.within) {
				t.Errorf("%s: found in %v, want %v", tt.name, got, tt.within)
			}
		}
	}
	// The limit acts before the cut to k: the best of what was seen still comes.
	found := s.search(postgres.Scope{Course: "zoo", Lectures: []string{"one"}, Seen: seen("one", 240_000)}, "lion", retrieve.Options{K: 1, Expand: -1})
	if top := lexicalTop(found); len(top) == 0 || !strings.Contains(top[1], "lion") {
		t.Errorf("what was said of it before is not first: %v", top)
	}
}

func seen(lecture string, until int64) []postgres.Seen {
	return []postgres.Seen{{Lecture: lecture, UntilMS: until}}
}

func all(lectures ...string) map[string]bool {
	out := map[string]bool{}
	for _, l := range lectures {
		out[l] = true
	}
	return out
}

// TestScripts: lectures in scripts without spaces are found by the words of a question, lexically first.
func TestScripts(t *testing.T) {
	s := newShelf(t)
	for _, tt := range []struct {
		language string
		topics   [3]string // sentences of three chunks
		query    string    // about the second
	}{
		{"zh", [3]string{"路由器根据转发表转发数据包。", "拥塞控制使发送方在网络过载时降低速率。", "域名系统把名字翻译成地址。"}, "什么是拥塞控制？"},
		{"ja", [3]string{"ルーターは転送表に従ってパケットを転送する。", "輻輳制御は送信側の速度を下げる。", "ドメイン名システムは名前を住所に変える。"}, "輻輳制御とは何ですか"},
		{"ko", [3]string{"라우터는 포워딩 테이블로 패킷을 전달한다.", "혼잡 제어는 송신자의 속도를 낮춘다.", "도메인 이름 시스템은 이름을 주소로 바꾼다."}, "혼잡제어란 무엇인가"},
		{"th", [3]string{"เราเตอร์ส่งต่อแพ็กเก็ตตามตารางเส้นทาง ", "การควบคุมความแออัดลดอัตราการส่งข้อมูล ", "ระบบชื่อโดเมนแปลงชื่อเป็นที่อยู่ "}, "การควบคุมความแออัดคืออะไร"},
	} {
		if err := s.in.CreateCourse(t.Context(), tt.language, "", tt.language); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		b.WriteString("WEBVTT\n\n")
		for i, topic := range tt.topics {
			for k := range 20 {
				at := i*60 + k*3
				fmt.Fprintf(&b, "%02d:%02d.000 --> %02d:%02d.900\n%s\n\n", at/60, at%60, (at+2)/60, (at+2)%60, topic)
			}
		}
		s.put(tt.language, "one", b.String())
		top := lexicalTop(s.search(postgres.Scope{Course: tt.language}, tt.query, retrieve.Options{K: 10}))
		about := strings.TrimSpace(tt.topics[1])
		if !strings.Contains(top[1], about) || strings.Count(top[1], about) < 5 {
			t.Errorf("%s: lexically first of %d is %.90q", tt.language, len(top), top[1])
		}
	}
}

// TestTitleCounts: a question that names a lecture finds it among others that say the same.
func TestTitleCounts(t *testing.T) {
	s := newShelf(t)
	lectures := []string{"cats", "birds", "fish"}
	for _, l := range lectures {
		s.put("zoo", l, spoken("lion", "lion"))
	}
	for _, l := range lectures {
		found := s.search(postgres.Scope{Course: "zoo"}, "lion in "+l, retrieve.Options{K: 2})
		if got := slices.Compact(lecturesOf(found)); len(got) != 1 || got[0] != l {
			t.Errorf("asked about %s: found in %v", l, got)
		}
	}
}
