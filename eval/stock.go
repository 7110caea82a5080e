package eval

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
)

// documentLecture is the id of the lecture that is made of a set's i-th document.
func documentLecture(i int) string { return fmt.Sprintf("d%07d", i) }

// sources are the documents as ingest takes them.
func (s *SpanSet) sources() []ingest.Source {
	out := make([]ingest.Source, len(s.Documents))
	for i, d := range s.Documents {
		lecture := documentLecture(i)
		out[i] = ingest.Source{Lecture: lecture, Title: d.Title, Position: i, Name: lecture + ".txt", Bytes: []byte(d.Text)}
	}
	return out
}

// stock makes a course of the sources, through the real parser and a splitter of the given sizes (zero: production's), and
// reads back how each lecture was cut.
func (b *Bench) stock(ctx context.Context, course, language string, sizes ingest.SplitConfig, sources []ingest.Source, stage string) (map[string]laid, error) {
	in := &ingest.Ingester{DB: b.DB, Embedder: b.Embedder, Log: silence, Splitter: sizes}
	if err := in.CreateCourse(ctx, course, "", language); err != nil {
		return nil, err
	}
	lectures := make(map[string]laid, len(sources))
	for i, src := range sources {
		src.Scope = postgres.Scope{Principal: postgres.Local, Course: course}
		if _, err := in.Lecture(ctx, src, nil); err != nil {
			return nil, fmt.Errorf("lecture %q, number %d of %d: %w", src.Lecture, i+1, len(sources), err)
		}
		chunks, err := postgres.Collect(ctx, b.DB, course, pgx.RowToStructByPos[stored], `
select c.text, vc.overlap, c.tokens, c.chunk_id, vc.cue_offsets, vc.cue_starts
from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
where l.course_id = $1 and l.lecture_id = $2
order by vc.ordinal`, course, src.Lecture)
		if err != nil {
			return nil, fmt.Errorf("lecture %q: reading its chunks: %w", src.Lecture, err)
		}
		l := lay(chunks)
		if !l.contiguous {
			return nil, fmt.Errorf("lecture %q: its chunks do not overlap by what they say", src.Lecture)
		}
		lectures[src.Lecture] = l
		b.progress(stage, i+1, len(sources))
	}
	return lectures, nil
}
