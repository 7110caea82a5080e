package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
)

// A burial is a deletion at a step of an upload.
type burial struct {
	stall
	upload act
	delete act
	again  bool // the lecture was deleted before, and the upload is to bring it back
}

func (b burial) String() string {
	s := fmt.Sprintf("%s during %s, %s", b.delete, b.upload, b.stall)
	if b.again {
		s += ", for the second time"
	}
	return s
}

func burials() []burial {
	steps := append([]stall{{ingest.StepAccepting, 1}, {ingest.StepAccepted, 1}}, outside...)
	steps = append(append(steps, inside...), stall{ingest.StepPublished, 1})
	var all []burial
	for _, at := range steps {
		for _, u := range uploads {
			for _, d := range deletions {
				all = append(all, burial{at, u, d, false}, burial{at, u, d, true})
			}
		}
	}
	return all
}

// TestDeleteDuringIngest: a lecture that is deleted, or whose course is, while it is ingested ends deleted, whichever step
// the ingest was at: a tombstone, and no word of it in any table.
func TestDeleteDuringIngest(t *testing.T) {
	for _, b := range sample(t, dice(t), burials(), 5) {
		t.Run(b.String(), func(t *testing.T) {
			t.Parallel()
			b.run(t)
		})
	}
}

func (b burial) run(t *testing.T) {
	s := newSite(t)
	if b.again {
		if err := byDelete.do(t.Context(), s.in); err != nil {
			t.Fatal(err)
		}
	}
	// At these steps the ingest holds the lecture, and the deletion has to wait for its commit.
	waits := b.step == ingest.StepAccepting || b.step == ingest.StepLocked || b.step == ingest.StepWritten || b.step == ingest.StepActivated
	in, _ := s.ingester(s.app)
	deleted := make(chan error, 1)
	in.OnStep(b.hook(func() {
		go func() { deleted <- b.delete.do(context.WithoutCancel(t.Context()), s.in) }()
		if waits {
			time.Sleep(100 * time.Millisecond) // enough to get in line; if it was not, another case is tested
			return
		}
		err := <-deleted
		deleted <- err
	}))
	err := b.upload.do(t.Context(), in)
	if err != nil && !errors.Is(err, ingest.ErrSuperseded) && !errors.Is(err, ingest.ErrDeleted) {
		t.Errorf("the upload: %v", err)
	}
	if err := <-deleted; err != nil {
		t.Fatalf("the deletion: %v", err)
	}

	s.sound("deleted")
	s.gone("deleted")
	published := b.step == ingest.StepPublished || waits && b.step != ingest.StepAccepting
	switch job := s.jobs(false)[0]; {
	case published && job.State != ingest.Published, !published && job.State != ingest.Superseded:
		t.Errorf("the upload's job is %s", job.State)
	}
	tombstones, err := postgres.Collect(t.Context(), s.db, "c", pgx.RowTo[bool], `
select l.deleted_at is not null and (c.deleted_at is not null) = $1
from lectures l
join courses c on c.course_id = l.course_id
where l.course_id = 'c' and l.lecture_id = 'one'`, b.delete == byDropCourse)
	if err != nil || len(tombstones) != 1 || !tombstones[0] {
		t.Errorf("tombstones: %v %v", tombstones, err)
	}
	if err := b.delete.do(t.Context(), s.in); !errors.Is(err, ingest.ErrDeleted) {
		t.Errorf("deleted again: %v", err)
	}
	if b.delete == byDelete {
		// The same may be uploaded afterwards and is then whole.
		if _, err := s.in.Lecture(t.Context(), upload("one", newText()), nil); err != nil {
			t.Fatal(err)
		}
		s.shows("uploaded again,", newText())
		s.sound("uploaded again")
	}
}
