package answer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/postgres"
)

// A Replay is what the guard of today says to every stored draft of one answer, without a model and without a network.
type Replay struct {
	Course, AnswerID string
	Attempts         []ReplayedAttempt // in the order in which the rungs ran; empty: nothing was drafted
}

// A ReplayedAttempt is one draft, judged again.
type ReplayedAttempt struct {
	Attempt        // as stored
	Guard   string // version of the guard that judged it then, "" if it was not judged or that was not kept
	Result  ReplayResult
	// Now and NowCodes are what the guard of today says; set for Agrees and Differs.
	Now      string
	NowCodes []string
	// Why says in a few words what differs or is missing. It holds no words of draft, lecture or question.
	Why string
}

// ReplayResult says what came of judging a draft again.
type ReplayResult string

// The results.
const (
	Agrees  ReplayResult = "agrees"  // verdict, codes and, if it was released, every sentence and citation
	Differs ReplayResult = "differs" // see ReplayedAttempt.Why
	// Damaged: what the draft was judged against cannot be put together again from what is stored.
	Damaged ReplayResult = "damaged"
	Erased  ReplayResult = "erased"   // the draft went with a deleted lecture
	NoProof ReplayResult = "no proof" // judged by a program that did not keep what it takes to repeat it
	NoDraft ReplayResult = "no draft" // the model wrote nothing; there is nothing to judge
)

// OtherGuard reports whether the draft was judged by another version of the guard than this program's. A difference is
// then what that change does, and no sign of damage.
func (a ReplayedAttempt) OtherGuard() bool { return a.Guard != "" && a.Guard != guard.Version }

// Agrees reports whether every draft that can be judged again was judged the same.
func (r Replay) Agrees() bool {
	return !slices.ContainsFunc(r.Attempts, func(a ReplayedAttempt) bool { return a.Result == Differs || a.Result == Damaged })
}

// ReplayAnswer judges every stored draft of an answer again, with the passages as they were retrieved and what could be
// read of them at that moment. The error wraps ErrNoAnswer if the course has no such answer. It only reads.
func ReplayAnswer(ctx context.Context, db *postgres.DB, course, id string) (Replay, error) {
	r := Replay{Course: course, AnswerID: id}
	err := db.InCourse(ctx, course, func(tx pgx.Tx) (err error) {
		r.Attempts, err = replay(ctx, tx, course, id)
		return err
	})
	if err != nil {
		return r, fmt.Errorf("answer %q: %w", id, err)
	}
	return r, nil
}

func replay(ctx context.Context, tx pgx.Tx, course, id string) ([]ReplayedAttempt, error) {
	sent, err := releasedAnswer(ctx, tx, course, id)
	if err != nil {
		return nil, err
	}
	drafts, err := storedDrafts(ctx, tx, course, id)
	if err != nil {
		return nil, err
	}
	passages, err := storedPassages(ctx, tx, course, id)
	if err != nil {
		return nil, err
	}
	var out []ReplayedAttempt
	passed := false
	for i, d := range drafts {
		passed = passed || d.Verdict == "pass" && (d.Mode == "extractive") == (sent.mode == ModeExtractive)
		d.brokeOff = sent.outcome == Incomplete && i == len(drafts)-1
		out = append(out, d.replay(passages, sent))
	}
	if sent.outcome == Answered && !passed {
		out = append(out, ReplayedAttempt{Result: Damaged, Why: "sentences were released, and no stored draft of the kind that the answer names passed"})
	}
	return out, nil
}

// AnswersAfter returns the ids of answers that were given since then, in the order of ids, after the one named: at most
// 500. "" begins; fewer than 500 are the last.
func AnswersAfter(ctx context.Context, db *postgres.DB, course, after string, since time.Time) ([]string, error) {
	ids, err := postgres.Collect(ctx, db, course, pgx.RowTo[string], `
select answer_id
from answers
where course_id = $1 and answer_id > $2 and created_at >= $3
order by answer_id
limit 500`, course, after, since)
	if err != nil {
		return nil, fmt.Errorf("listing the answers of course %s: %w", course, err)
	}
	return ids, nil
}

// released is what the student got.
type released struct {
	question  string // all that was asked, as the guard was given it
	outcome   Outcome
	mode      Mode
	sentences []Sentence
}

func releasedAnswer(ctx context.Context, tx pgx.Tx, course, id string) (r released, err error) {
	var sentences []byte
	var before []string
	err = tx.QueryRow(ctx, `
select question, before, outcome, mode, sentences
from answers
where course_id = $1 and answer_id = $2`, course, id).Scan(&r.question, &before, &r.outcome, &r.mode, &sentences)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, ErrNoAnswer
	}
	r.question = conversation(before, r.question)
	if err == nil {
		err = json.Unmarshal(sentences, &r.sentences)
	}
	return r, err
}

// draftRow is an attempt as it is stored.
type draftRow struct {
	Attempt
	finishReason string
	draft        *string
	judged       *judged
	brokeOff     bool // some of its sentences had left when it failed
}

func storedDrafts(ctx context.Context, tx pgx.Tx, course, id string) ([]draftRow, error) {
	rows, err := tx.Query(ctx, `
select mode, verdict, codes, finish_reason, draft, judged
from answer_attempts
where course_id = $1 and answer_id = $2
order by attempt`, course, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a draftRow, err error) {
		err = row.Scan(&a.Mode, &a.Verdict, &a.Codes, &a.finishReason, &a.draft, &a.judged)
		return a, err
	})
}

// storedPassage is a passage put together again.
type storedPassage struct {
	guard.Passage
	lecture string
	version int
	torn    bool // the parts do not fit
}

// storedPassages returns the passages of each retrieval, by its number.
func storedPassages(ctx context.Context, tx pgx.Tx, course, id string) (map[int][]storedPassage, error) {
	rows, err := tx.Query(ctx, `
select p.retrieval, p.passage, p.lecture_id, p.version, p.chunk_id, p.text_start, p.text_end, coalesce(c.text, '')
from answer_passages p
join chunks c on c.course_id = p.course_id and c.chunk_id = p.chunk_id
where p.course_id = $1 and p.answer_id = $2
order by p.retrieval, p.passage, p.part`, course, id)
	if err != nil {
		return nil, err
	}
	all := map[int][]storedPassage{}
	var retrieval, number, version, start, end int
	var lecture, chunk, text string
	_, err = pgx.ForEachRow(rows, []any{&retrieval, &number, &lecture, &version, &chunk, &start, &end, &text}, func() error {
		list := all[retrieval]
		for len(list) <= number {
			list = append(list, storedPassage{Passage: guard.Passage{Alias: alias(len(list))}, lecture: lecture, version: version})
		}
		list[number].add(chunk, start, end, text)
		all[retrieval] = list
		return nil
	})
	return all, err
}

// add puts the next chunk's text where it stood: over the end of the text so far, or behind it with one space between.
func (p *storedPassage) add(chunk string, start, end int, text string) {
	if start == len(p.Text)+1 {
		p.Text += " "
	}
	shared := len(p.Text) - start
	if end-start != len(text) || shared < 0 || shared > len(text) || p.Text[start:] != text[:shared] {
		p.torn = true
		return
	}
	p.Text += text[shared:]
	p.Chunks = append(p.Chunks, guard.Chunk{ID: chunk, Start: start, End: end})
}

// replay judges one draft again.
func (a draftRow) replay(retrievals map[int][]storedPassage, sent released) ReplayedAttempt {
	out := ReplayedAttempt{Attempt: a.Attempt}
	if a.judged != nil {
		out.Guard = a.judged.Guard
	}
	switch {
	case a.Verdict == "failed" && !a.brokeOff:
		out.Result = NoDraft
		return out
	case a.draft == nil:
		out.Result, out.Why = Erased, "the draft was erased with a deleted lecture"
		return out
	case a.judged == nil:
		out.Result, out.Why = NoProof, "what it was judged against was not kept then"
		return out
	}
	passages := retrievals[a.judged.Retrieval]
	in := a.rebuild(passages, sent.question)
	if slices.ContainsFunc(passages, func(p storedPassage) bool { return p.torn }) || passagesSHA256(in.Passages) != a.judged.PassagesSHA256 {
		out.Result, out.Why = Damaged, "the stored passages are not those it was judged against"
		return out
	}
	if a.brokeOff {
		return a.replayBrokenOff(out, in, passages, sent)
	}
	verdict := guard.Check(in)
	out.Result, out.Now, out.NowCodes = Agrees, "rejected", verdict.Codes()
	if verdict.Pass {
		out.Now, out.NowCodes = "pass", []string{}
	}
	switch {
	case out.Now != a.Verdict:
		out.Result, out.Why = Differs, "another verdict"
	case !slices.Equal(out.NowCodes, a.Codes):
		out.Result, out.Why = Differs, "other codes"
	case verdict.Pass:
		if out.Why = sent.differsFrom(verdict, passages); out.Why != "" {
			out.Result = Differs
		}
	}
	return out
}

// replayBrokenOff judges a draft again of which some sentences had left when it failed: each of those has to pass and to
// be what was sent, and then the draft has to fail as it did. What was readable was noted when the last sentence was
// judged; those before it cite what could be read, or they would not have left.
func (a draftRow) replayBrokenOff(out ReplayedAttempt, in guard.Input, passages []storedPassage, sent released) ReplayedAttempt {
	out.Result, out.Now, out.NowCodes = Agrees, a.Verdict, a.Codes
	differs := func(why string) ReplayedAttempt {
		out.Result, out.Why = Differs, why
		return out
	}
	noted := in.Readable
	all := map[string]bool{}
	for id := range noted {
		all[id] = true
	}
	var decoder guard.Decoder
	left, schema := 0, false
	var next *guard.Verdict // of the sentence behind those that left
	for at := 0; at < len(in.Draft) && !schema; at++ {
		schema = decoder.Write(in.Draft[at:at+1]) != nil
		for s, ok := decoder.Next(); ok; s, ok = decoder.Next() {
			switch {
			case left < len(sent.sentences):
				in.Readable = all
				v := guard.CheckSentence(in, s)
				if !v.Pass {
					return differs(fmt.Sprintf("sentence %d does not pass", left+1))
				}
				if why := sent.sentence(left, v.Sentences[0], passages); why != "" {
					return differs(why)
				}
				left++
			case next == nil:
				in.Readable = noted
				v := guard.CheckSentence(in, s)
				next = &v
			}
		}
	}
	if left < len(sent.sentences) {
		return differs(fmt.Sprintf("the draft holds %d of the %d sentences that left", left, len(sent.sentences)))
	}
	if a.Verdict == "failed" {
		return out // the model or the connection ended it, and not the guard
	}
	in.Readable = noted
	codes := [][]string{guard.Check(in).Codes()}
	if next != nil && !next.Pass {
		codes = append(codes, next.Codes())
	}
	if schema {
		codes = append(codes, []string{string(guard.CodeSchema)})
	}
	if !slices.ContainsFunc(codes, func(c []string) bool { return slices.Equal(c, a.Codes) }) {
		out.NowCodes = codes[len(codes)-1]
		return differs("other codes")
	}
	return out
}

// rebuild is the guard's input as judge gave it.
func (a draftRow) rebuild(passages []storedPassage, question string) guard.Input {
	in := guard.Input{
		Draft: []byte(*a.draft), FinishReason: a.finishReason, Readable: map[string]bool{}, Passages: []guard.Passage{},
		Language: a.judged.Language, Glossary: a.judged.Glossary, Question: question,
	}
	for _, p := range passages {
		in.Passages = append(in.Passages, p.Passage)
		for _, c := range p.Chunks {
			in.Readable[c.ID] = !slices.Contains(a.judged.Unreadable, c.ID)
		}
	}
	return in
}

// differsFrom says what of a released answer is not what its draft, judged again, comes to; "" if nothing is.
func (r released) differsFrom(v guard.Verdict, passages []storedPassage) string {
	if string(r.outcome) != string(v.Outcome) {
		return fmt.Sprintf("the stored outcome is %s", r.outcome)
	}
	if len(r.sentences) != len(v.Sentences) {
		return fmt.Sprintf("%d sentences are stored, not %d", len(r.sentences), len(v.Sentences))
	}
	for i, s := range v.Sentences {
		if why := r.sentence(i, s, passages); why != "" {
			return why
		}
	}
	return ""
}

// sentence says what of a released sentence is not what its draft comes to; "" if nothing is.
func (r released) sentence(i int, s guard.Sentence, passages []storedPassage) string {
	if r.sentences[i].Text != s.Text {
		return fmt.Sprintf("sentence %d is stored otherwise", i+1)
	}
	if len(r.sentences[i].Citations) != len(s.Citations) {
		return fmt.Sprintf("sentence %d has %d citations stored, not %d", i+1, len(r.sentences[i].Citations), len(s.Citations))
	}
	for j, c := range s.Citations {
		p, k := passages[c.Passage], r.sentences[i].Citations[j]
		if k.ChunkID != c.ChunkID || k.Quote != c.Quote || k.Lecture != p.lecture || k.Version != p.version {
			return fmt.Sprintf("citation %d of sentence %d is stored otherwise", j+1, i+1)
		}
	}
	return ""
}
