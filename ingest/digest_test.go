package ingest_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/ingest"
)

func (w *ward) digest(only ...string) string {
	w.t.Helper()
	got, err := ingest.Digest(w.t.Context(), w.db, only...)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// TestDigestOfAnotherPath: the same lectures, come by by another history, have the same digest.
func TestDigestOfAnotherPath(t *testing.T) {
	straight := newWard(t)
	empty := straight.digest()
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(empty) {
		t.Errorf("the digest of nothing is %q", empty)
	}
	straight.ingest("one", lecture(60, nil))
	straight.ingest("two", edited(40))

	winding := newWard(t)
	// Other numbers for spaces, versions and jobs, and rows of what is no more.
	winding.exec(`insert into embedding_spaces (name, model, dimensions) values ('an older one', 'x', 3)`)
	winding.ingest("one", edited(60))
	winding.ingest("two", lecture(40, nil))
	winding.ingest("one", lecture(60, nil))
	winding.ingest("two", edited(40))
	winding.ingest("three", lecture(20, nil))
	if straight.digest() == winding.digest() {
		t.Error("a lecture more has the same digest")
	}
	if err := winding.in.DeleteLecture(t.Context(), "c", "three", ingest.Condition{}); err != nil {
		t.Fatal(err)
	}
	winding.course("empty")
	if _, err := winding.in.Accept(t.Context(), winding.source("four", lecture(20, nil)), ingest.Condition{}); err != nil {
		t.Fatal(err)
	}
	if a, b := straight.digest(), winding.digest(); a != b || a == empty {
		t.Errorf("the digests are %s and %s (of nothing %s)", a, b, empty)
	}
	if a, b := straight.digest("c"), winding.digest(); a != b {
		t.Errorf("the digest of course c alone is %s, of all %s", a, b)
	}
	if winding.digest("empty") != empty {
		t.Error("an empty course has a digest of its own")
	}
}

// TestDigestOfEachChange: whatever a reader could see changed changes the digest.
func TestDigestOfEachChange(t *testing.T) {
	w := newWard(t)
	w.ingest("one", lecture(60, nil))
	w.exec(`
alter table lectures drop constraint lectures_course_id_lecture_id_active_version_fkey;
alter table chunk_vectors drop constraint chunk_vectors_course_id_chunk_id_fkey;
alter table version_chunks drop constraint version_chunks_course_id_chunk_id_fkey`)
	seen := map[string]string{w.digest(): "the lecture as it was"}
	const there = ` where course_id = 'c' and lecture_id = 'one'`
	const first = there + ` and ordinal = 0`
	for _, change := range []string{
		`update lectures set title = 'Another'` + there,
		`update lectures set position = 5` + there,
		`update lecture_versions set timed = false` + there,
		`update version_chunks set ordinal = 1000` + there + ` and ordinal = 1`,
		`update version_chunks set overlap = overlap + 1` + first,
		`update version_chunks set heading = 'Switching'` + first,
		`update version_chunks set cue_offsets[2] = cue_offsets[2] + 1` + first,
		`update version_chunks set cue_starts[2] = cue_starts[2] + 1` + first,
		`update version_chunks set cue_ends[2] = cue_ends[2] + 1` + first,
		`update version_chunks set cue_speakers = array_fill('Ada'::text, array[cardinality(cue_offsets)])` + first,
		`update version_chunks set cue_speakers[1] = 'Bob'` + first,
		`update chunks set text = text || '.' where course_id = 'c' and chunk_id = (select chunk_id from version_chunks` + first + `)`,
		`update chunks set text = null where course_id = 'c' and chunk_id = (select chunk_id from version_chunks` + first + `)`,
		`update chunk_vectors set embedding = (embedding + array_fill(0.25::real, array[vector_dims(embedding)])::halfvec)` + there +
			` and chunk_id = (select chunk_id from version_chunks` + first + `)`,
		`delete from chunk_vectors` + there + ` and chunk_id = (select chunk_id from version_chunks` + first + `)`,
		`update embedding_spaces set name = 'another'`,
		`with new as (update chunks set chunk_id = 'ck_' || repeat('a', 32) where course_id = 'c' and chunk_id = (select chunk_id from version_chunks` + first + `))
		 update version_chunks set chunk_id = 'ck_' || repeat('a', 32)` + first,
		`update lectures set active_version = null` + there,
	} {
		w.exec(change)
		got := w.digest()
		if before, same := seen[got]; same {
			t.Errorf("the digest is that of %q after\n%s", before, strings.TrimSpace(change))
		}
		seen[got] = change
	}
}
