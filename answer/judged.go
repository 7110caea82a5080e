package answer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve"
)

// judged is what a verdict depended on besides the draft, the question and the passages' texts, as it is stored beside the
// draft. Whoever gives the guard more to judge by adds it here, in basis and in rebuild: a replay must give the guard the
// same.
type judged struct {
	Guard    string   `json:"guard"` // guard.Version
	Language string   `json:"language"`
	Glossary []string `json:"glossary,omitempty"` // titles; gone with the draft when a lecture is deleted
	// Retrieval says against which passages: those of the n-th retrieval, from 1.
	Retrieval int `json:"retrieval"`
	// PassagesSHA256 proves that passages put together again are those.
	PassagesSHA256 string `json:"passages_sha256"`
	// Unreadable are the ids of the passages' chunks that could not be read at release; usually none. Of a draft that was
	// released sentence by sentence, at the last sentence that was judged.
	Unreadable []string `json:"unreadable"`
}

// judge runs the guard on a draft and notes what the verdict depended on.
func (w *walk) judge(a *attempt, readable map[string]bool) guard.Verdict {
	in := w.input()
	in.Draft, in.FinishReason, in.Readable = a.draft, a.finishReason, readable
	a.judged = w.basis(in)
	return guard.Check(in)
}

// basis notes what a verdict by in depends on.
func (w *walk) basis(in guard.Input) *judged {
	j := &judged{
		Guard: guard.Version, Language: in.Language, Glossary: in.Glossary, Retrieval: len(w.retrievals),
		PassagesSHA256: passagesSHA256(in.Passages), Unreadable: []string{},
	}
	for _, p := range in.Passages {
		for _, c := range p.Chunks {
			if !in.Readable[c.ID] && !slices.Contains(j.Unreadable, c.ID) {
				j.Unreadable = append(j.Unreadable, c.ID)
			}
		}
	}
	return j
}

// guarded is passages as the guard is given them, under the aliases of the prompt.
func guarded(passages []retrieve.Passage) []guard.Passage {
	out := make([]guard.Passage, len(passages))
	for i, p := range passages {
		out[i] = guard.Passage{Alias: alias(i), Text: p.Text}
		for _, c := range p.Chunks {
			out[i].Chunks = append(out[i].Chunks, guard.Chunk{ID: c.ID, Start: c.Start, End: c.End})
		}
	}
	return out
}

// passagesSHA256 is the lower-case hex digest over each passage in turn: its alias, its text, and of each of its chunks the
// id and the two ends of its range. Texts are preceded by their length, lists by how many they are, all numbers 8 bytes,
// big-endian.
func passagesSHA256(passages []guard.Passage) string {
	h := sha256.New()
	number := func(n int) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	text := func(s string) {
		number(len(s))
		h.Write([]byte(s))
	}
	number(len(passages))
	for _, p := range passages {
		text(p.Alias)
		text(p.Text)
		number(len(p.Chunks))
		for _, c := range p.Chunks {
			text(c.ID)
			number(c.Start)
			number(c.End)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// maxStoredDraft is how much of a draft is stored, in bytes: one more than the guard lets pass.
const maxStoredDraft = guard.MaxDraftBytes + 1

// storedDraft makes a draft fit its column so that the guard judges what is stored as it judged what came. NUL and what is
// not UTF-8 become U+0001, which no draft may hold either, and a draft that is too long stays too long.
func storedDraft(draft []byte) string {
	s := string(draft[:min(len(draft), maxStoredDraft)])
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\x01"), "\x00", "\x01")
}

// queuePassages adds to batch the passages that drafts were judged against. Of a chunk that was cleaned away in this very
// moment there is no row, which the digest tells whoever replays.
func (w *walk) queuePassages(batch *pgx.Batch) {
	if w.forget {
		return // without drafts there is nothing to judge again
	}
	var retrieval, passage, part []int16
	var lecture, chunk []string
	var version, start, end []int32
	for r, passages := range w.retrievals {
		if !slices.ContainsFunc(w.attempts, func(a attempt) bool { return a.judged != nil && a.judged.Retrieval == r+1 }) {
			continue
		}
		for i, p := range passages {
			for k, c := range p.Chunks {
				retrieval, passage, part = append(retrieval, int16(r+1)), append(passage, int16(i)), append(part, int16(k))
				lecture, version, chunk = append(lecture, p.Lecture), append(version, int32(p.Version)), append(chunk, c.ID)
				start, end = append(start, int32(c.Start)), append(end, int32(c.End))
			}
		}
	}
	if len(chunk) == 0 {
		return
	}
	batch.Queue(`
insert into answer_passages (course_id, answer_id, retrieval, passage, part, lecture_id, version, chunk_id, text_start, text_end)
select $1, $2, r.retrieval, r.passage, r.part, r.lecture_id, r.version, r.chunk_id, r.text_start, r.text_end
from unnest($3::smallint[], $4::smallint[], $5::smallint[], $6::text[], $7::integer[], $8::text[], $9::integer[], $10::integer[])
     as r (retrieval, passage, part, lecture_id, version, chunk_id, text_start, text_end)
join chunks c on c.course_id = $1 and c.chunk_id = r.chunk_id and c.text is not null
for key share of c`,
		w.answer.Course, w.answer.ID, retrieval, passage, part, lecture, version, chunk, start, end)
}
