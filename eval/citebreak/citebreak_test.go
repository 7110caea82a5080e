package citebreak

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

func newDB(t *testing.T) *postgres.DB {
	t.Helper()
	app, _ := pgtest.URLs(t)
	db, err := postgres.Open(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func TestNoLeaks(t *testing.T) {
	s := Suite{DB: newDB(t)}
	report, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range report.Kinds {
		t.Logf("%-30s %4d drafts %4d rejected %3d harmless %3d leaks %v", k.Name, k.Drafts, k.Rejected, k.Harmless, k.Leaks, k.Codes)
		for _, l := range k.Leaked {
			t.Errorf("%s: %s", k.Name, l)
		}
	}
	_ = filepath.Join
	_ = os.Open
}
