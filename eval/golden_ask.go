package eval

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// GoldenReport is what AskGolden found.
type GoldenReport struct {
	Course    string        `json:"course"`
	Lectures  int           `json:"lectures"`
	Chunks    int           `json:"chunks"`
	Questions int           `json:"questions"`
	Clusters  int           `json:"clusters"` // lectures that the questions are counted under
	Seed      uint64        `json:"seed"`
	Samples   int           `json:"resamples"`
	Embedder  string        `json:"embedder"`
	Splitter  string        `json:"splitter"`
	Groups    []GoldenGroup `json:"groups"` // all questions first, then by tag in the order of GoldenTags
	P50       float64       `json:"ms_p50"` // ms per question, several at a time
	P95       float64       `json:"ms_p95"`
}

// A GoldenGroup is the figures of the questions with one tag. A question has several.
type GoldenGroup struct {
	Name      string   `json:"name"` // "all", or the tag
	Questions int      `json:"questions"`
	Metrics   []Figure `json:"metrics"` // the same in each group and in the same order
}

// goldenRanks are the ranks that the golden questions are judged at; the last is the default number of winners.
var goldenRanks = []int{1, 3, winners}

// goldenChunk is a stored chunk with its time.
type goldenChunk struct {
	Lecture string
	stored
	StartMS, EndMS int64
}

// AskGolden ingests the files as a course, through the real parser and splitter, asks it the golden questions, and judges
// the chunks that come by time:
//
//	R@k          share of the question's spans that any of the first k chunks overlaps
//	hit@k        1 if any of them overlaps any span
//	hit@k ±5 s   1 if any of them comes within Tolerance of any span; see HitInTime
//	MRR, nDCG    of the chunks, each of which is relevant if it overlaps a span
//	MAP          the same
//
// All options are the defaults: as many chunks win as for a student, and how deep the legs go follows from that.
//
// A span that the course does not say is a *FileError; if no question is about any lecture of the course, it is ErrNoMatch.
func AskGolden(ctx context.Context, b *Bench, g *Golden, files []ingest.File) (*GoldenReport, error) {
	r := &GoldenReport{Course: g.Course, Lectures: len(files), Questions: len(g.Questions), Splitter: ingest.SplitterVersion}
	boot := b.Bootstrap.defaults()
	r.Seed, r.Samples = boot.Seed, boot.Resamples
	space, err := b.Embedder.Space(ctx)
	if err != nil {
		return nil, fmt.Errorf("the embedding model: %w", err)
	}
	r.Embedder = space.Name
	chunks, err := b.ingestGolden(ctx, g, files)
	if err != nil {
		return nil, err
	}
	if err := g.said(chunks); err != nil {
		return nil, err
	}
	at := map[string]goldenChunk{}
	for _, all := range chunks {
		r.Chunks += len(all)
		for i, c := range all {
			at[chunkKey(c.Lecture, i)] = c
		}
	}
	searcher := retrieve.New(b.DB, b.Embedder, silence, 0)
	scope := postgres.Scope{Principal: postgres.Local, Course: g.Course}
	values := make([][]float64, len(g.Questions))
	took := make([]time.Duration, len(g.Questions))
	var done atomic.Int64
	err = each(ctx, len(g.Questions), func(ctx context.Context, i int) error {
		q := g.Questions[i]
		found, err := search(ctx, searcher, scope, q.Text, retrieve.Options{})
		if err != nil {
			return fmt.Errorf("question %s: %w", q.ID, err)
		}
		var keys []string
		for _, c := range ranking(found) {
			keys = append(keys, chunkKey(c.lecture, c.Ordinal))
		}
		values[i], took[i] = q.judge(keys, at), found.Timings.Total
		b.progress("asking the golden questions", int(done.Add(1)), len(g.Questions))
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.P50, r.P95 = percentile(took, 0.5), percentile(took, 0.95)
	r.Groups = g.groups(values, boot)
	r.Clusters = distinct(g.lectures(""))
	return r, nil
}

func chunkKey(lecture string, ordinal int) string { return fmt.Sprintf("%s/%d", lecture, ordinal) }

// ingestGolden makes the course and returns its chunks, by lecture and in order.
func (b *Bench) ingestGolden(ctx context.Context, g *Golden, files []ingest.File) (map[string][]goldenChunk, error) {
	in := &ingest.Ingester{DB: b.DB, Embedder: b.Embedder, Log: silence}
	if err := in.CreateCourse(ctx, g.Course, "", b.Language); err != nil {
		return nil, err
	}
	for i, f := range files {
		bytes, err := f.Read()
		if err != nil {
			return nil, err
		}
		_, err = in.Lecture(ctx, ingest.Source{
			Scope: postgres.Scope{Principal: postgres.Local, Course: g.Course}, Lecture: f.Lecture, Title: f.Title, Position: f.Position,
			Name: f.Path, Bytes: bytes,
		}, nil)
		if err != nil {
			return nil, err
		}
		b.progress("ingesting lectures", i+1, len(files))
	}
	all, err := postgres.Collect(ctx, b.DB, g.Course, func(row pgx.CollectableRow) (c goldenChunk, err error) {
		err = row.Scan(&c.Lecture, &c.Text, &c.Overlap, &c.StartMS, &c.EndMS)
		return c, err
	}, `
select l.lecture_id, c.text, vc.overlap, vc.cue_starts[1], (select max(e) from unnest(vc.cue_ends) as e)
from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
where l.course_id = $1
order by l.lecture_id, vc.ordinal`, g.Course)
	if err != nil {
		return nil, fmt.Errorf("course %s: reading its chunks: %w", g.Course, err)
	}
	chunks := map[string][]goldenChunk{}
	for _, c := range all {
		chunks[c.Lecture] = append(chunks[c.Lecture], c)
	}
	return chunks, nil
}

// said holds the spans against what was stored: that the lecture is there, says the quote, and says something then.
func (g *Golden) said(chunks map[string][]goldenChunk) error {
	if !slices.ContainsFunc(g.Questions, func(q GoldenQuestion) bool { return chunks[q.Lecture] != nil }) {
		return fmt.Errorf("%w: none of the %d questions of %s is about a lecture of the course", ErrNoMatch, len(g.Questions), g.path)
	}
	texts := map[string]string{}
	for lecture, all := range chunks {
		var list []stored
		for _, c := range all {
			list = append(list, c.stored)
		}
		texts[lecture] = lay(list).view.text
	}
	for _, q := range g.Questions {
		for _, s := range q.Spans {
			text, ok := texts[s.Lecture]
			switch {
			case !ok:
				return &FileError{Path: g.path, Line: s.Line, Field: "lecture", Message: fmt.Sprintf("there is no lecture %q in the course", s.Lecture)}
			case !strings.Contains(text, squash(s.Quote)):
				return &FileError{Path: g.path, Line: s.Line, Field: "quote", Message: fmt.Sprintf("lecture %s does not say it", s.Lecture)}
			case !slices.ContainsFunc(chunks[s.Lecture], s.during):
				return &FileError{Path: g.path, Line: s.Line, Field: "start", Message: fmt.Sprintf("lecture %s says nothing from %d to %d ms", s.Lecture, s.StartMS, s.EndMS)}
			}
		}
	}
	return nil
}

// during reports whether c overlaps the span in time.
func (s GoldenSpan) during(c goldenChunk) bool {
	return c.Lecture == s.Lecture && c.StartMS < s.EndMS && c.EndMS > s.StartMS
}

// judge returns the question's value of each of goldenMetrics.
func (q GoldenQuestion) judge(ranking []string, at map[string]goldenChunk) []float64 {
	judged := map[string]int{}
	for key, c := range at {
		if slices.ContainsFunc(q.Spans, func(s GoldenSpan) bool { return s.during(c) }) {
			judged[key] = 1
		}
	}
	var values []float64
	for _, k := range goldenRanks {
		first := top(ranking, k)
		touched, near := 0, false
		for _, s := range q.Spans {
			var times []Interval
			for _, key := range first {
				if c := at[key]; c.Lecture == s.Lecture {
					times = append(times, Interval{c.StartMS, c.EndMS})
				}
			}
			near = near || HitInTime(times, Interval{s.StartMS, s.EndMS})
			if slices.ContainsFunc(first, func(key string) bool { return s.during(at[key]) }) {
				touched++
			}
		}
		values = append(values, ratio(touched, len(q.Spans)), Success(k).Of(ranking, judged), yes(near))
	}
	return append(values, MRR(winners).Of(ranking, judged), NDCG(winners).Of(ranking, judged), MAP().Of(ranking, judged))
}

// goldenMetrics names what judge returns.
func goldenMetrics() []string {
	var names []string
	for _, k := range goldenRanks {
		names = append(names, Recall(k).Name, Success(k).Name, fmt.Sprintf("%s ±%d s", Success(k).Name, Tolerance/1000))
	}
	return append(names, MRR(winners).Name, NDCG(winners).Name, fmt.Sprintf("%s@%d", MAP().Name, winners))
}

// lectures are those that the questions with a tag are counted under, one for each question; all with "".
func (g *Golden) lectures(tag string) []string {
	var out []string
	for _, q := range g.Questions {
		if tag == "" || slices.Contains(q.Tags, tag) {
			out = append(out, q.Lecture)
		}
	}
	return out
}

// groups takes the means, of all questions and by tag. A tag that no question has is left out.
func (g *Golden) groups(values [][]float64, boot Bootstrap) []GoldenGroup {
	var groups []GoldenGroup
	for _, tag := range append([]string{""}, GoldenTags...) {
		clusters := g.lectures(tag)
		if len(clusters) == 0 {
			continue
		}
		group := GoldenGroup{Name: tag, Questions: len(clusters)}
		if tag == "" {
			group.Name = "all"
		}
		for m, name := range goldenMetrics() {
			var column []float64
			for i, q := range g.Questions {
				if tag == "" || slices.Contains(q.Tags, tag) {
					column = append(column, values[i][m])
				}
			}
			group.Metrics = append(group.Metrics, Figure{name, boot.Mean(column, clusters)})
		}
		groups = append(groups, group)
	}
	return groups
}
