package answer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/postgres"
)

func TestCheckFindsNothing(t *testing.T) {
	h := newHouse(t)
	h.answers()
	// The old version stays behind the citations of these answers.
	h.ingest("tides", "srt", timed("The tide is the slow rise and fall of the ocean.", springQuote))
	h.answered("What happens in a spring tide?")
	found, err := answer.Check(t.Context(), h.db, "sea")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Broken != 0 || f.Example != "" || f.Checked < 5 {
			t.Errorf("%q is broken %d times of %d: %s", f.Rule, f.Broken, f.Checked, f.Example)
		}
	}
	if broken := h.broken(); len(broken) > 0 {
		t.Errorf("broken: %s", strings.Join(broken, "; "))
	}
}

// answered asks with a model that is down, so that the floor answers.
func (h *house) answered(question string) answer.Answer {
	h.t.Helper()
	model := h.tutor.Model
	h.tutor.Model = nil
	defer func() { h.tutor.Model = model }()
	a := h.ask(question, nil)
	if a.Mode != answer.ModeExtractive {
		h.t.Fatalf("the answer is %+v", a)
	}
	return a
}

// TestCheckFindsEach breaks every rule by hand and sees that rule broken and no other.
func TestCheckFindsEach(t *testing.T) {
	// A citation of tides, which has times, in its answer.
	const one = `(select answer_id from answer_citations where lecture_id = 'tides' and sentence = 0 and citation = 0 order by answer_id limit 1)`
	cases := []struct{ name, rule, sql string }{
		{"no such chunk in the version", "every citation resolves to a chunk of its version", `
alter table answer_citations drop constraint answer_citations_course_id_lecture_id_version_chunk_id_fkey;
alter table answer_citations drop constraint answer_citations_course_id_answer_id_fkey;
update answers set sentences = jsonb_set(sentences, '{0,citations,0,version}', '9') where answer_id = ` + one + `;
update answer_citations set version = 9 where sentence = 0 and citation = 0 and answer_id = ` + one},
		{"beyond the text", "a quote lies inside its chunk", `
update answer_citations set quote_end = 100000 where sentence = 0 and citation = 0 and lecture_id = 'waves'`},
		{"another source", "a citation stands in its answer as it was sent", `
update answers set sentences = jsonb_set(sentences, '{0,citations,0,chunk_id}', '"ck_x"') where answer_id = ` + one},
		{"another time", "a citation stands in its answer as it was sent", `
update answers set sentences = jsonb_set(sentences, '{0,citations,0,end_ms}', '1') where answer_id = ` + one},
		{"another quote", "a quote is the very bytes of its chunk", `
update answers set sentences = jsonb_set(sentences, '{0,citations,0,quote}', '"These words were never said."') where answer_id = ` + one},
		{"another range", "a quote is the very bytes of its chunk", `
update answer_citations set quote_start = quote_start + 1 where sentence = 0 and citation = 0 and answer_id = ` + one},
		{"cues that moved", "a citation's times are those of the quote's cues", `
update version_chunks set cue_ends[cardinality(cue_ends)] = cue_ends[cardinality(cue_ends)] - 1, cue_starts[1] = cue_starts[1] + 1,
                          cue_ends[2] = cue_ends[2] - 1, cue_starts[2] = cue_starts[2] + 1, cue_starts[3] = cue_starts[3] + 1, cue_ends[3] = cue_ends[3] - 1
where lecture_id = 'tides'`},
		{"times of an untimed lecture", "a citation's times are those of the quote's cues", `
update lecture_versions set timed = true where lecture_id = 'waves'`},
		{"a sentence without citations", "every released sentence has citations, a refusal none", `
update answers set sentences = sentences || '[{"text": "More.", "citations": []}]' where answer_id = ` + one},
		{"a citation that is not stored", "every released sentence has citations, a refusal none", `
delete from answer_citations where sentence = 0 and citation = 0 and answer_id = ` + one},
		{"a refusal with sources", "every released sentence has citations, a refusal none", `
alter table answers drop constraint answers_check, drop constraint answers_check1;
update answers set outcome = 'refused' where answer_id = ` + one},
		{"an incomplete answer without a sentence", "every released sentence has citations, a refusal none", `
update answers set outcome = 'incomplete' where sentences = '[]'`},
		{"a rejection nobody looks at", "every attempt that did not pass is up for review", `
delete from reviews where attempt = 1 and answer_id = ` + "(select min(answer_id) from reviews)"},
		{"a rejection for other reasons", "every attempt that did not pass is up for review", `
update reviews set codes = '{schema}' where attempt = 1`},
		{"a quote of a deleted lecture", "of a deleted lecture no words are left in answers", `
update answers set sentences = jsonb_set(sentences, '{0,citations,0,quote}', '"Salt in bread."') where sentences::text like '%bread%'`},
		{"a sentence from a deleted lecture", "of a deleted lecture no words are left in answers", `
update answers set sentences = jsonb_set(sentences, '{0,text}', '"Salt is in bread."') where sentences::text like '%bread%'`},
		{"a draft from a deleted lecture", "of a deleted lecture no words are left in answers", `
update answer_attempts set draft = 'Salt is in bread.' where answer_id in (select answer_id from answers where sentences::text like '%bread%')`},
		{"reasoning over a deleted lecture", "of a deleted lecture no words are left in answers", `
insert into answer_reasoning (course_id, answer_id, attempt, text, expires_at)
select course_id, answer_id, 1, 'Salt is in bread.', now() from answers where sentences::text like '%bread%'`},
	}
	h := newHouse(t)
	h.answers()
	h.ingest("bread", "txt", "Salt slows the yeast down and makes the gluten stronger.")
	h.answered("What about yeast and gluten?") // words of no other lecture, whose sentences the floor might show before
	h.delete("bread")
	if broken := h.broken(); len(broken) > 0 {
		t.Fatalf("broken beforehand: %s", strings.Join(broken, "; "))
	}
	proven := map[string]bool{}
	for _, c := range cases {
		proven[c.rule] = true
		t.Run(c.name, func(t *testing.T) {
			h.t = t
			if diff := cmp.Diff([]string{c.rule}, h.brokenBy(c.sql)); diff != "" {
				t.Errorf("rules broken (-want +got):\n%s", diff)
			}
		})
	}
	for _, rule := range answer.Invariants {
		if !proven[rule.Name] {
			t.Errorf("no case shows that %q can be broken", rule.Name)
		}
	}
}

// brokenBy lists the rules that are broken after sql, which the owner runs and takes back.
func (h *house) brokenBy(sql string) (broken []string) {
	h.t.Helper()
	ctx := h.t.Context()
	tx, err := h.owner.Begin(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if tag, err := tx.Exec(ctx, sql); err != nil || tag.RowsAffected() == 0 {
		h.t.Fatalf("%v %v", tag, err)
	}
	for _, rule := range answer.Invariants {
		var f postgres.Finding
		if err := tx.QueryRow(ctx, rule.SQL, "sea").Scan(&f.Checked, &f.Broken, &f.Example); err != nil {
			h.t.Fatalf("%s: %v", rule.Name, err)
		}
		if f.Broken > 0 {
			broken = append(broken, rule.Name)
		}
	}
	return broken
}
