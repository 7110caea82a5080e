package ingest_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/postgres"
)

// readFirst does with a path what `lectern ingest` does first: it finds the
// transcripts, and reads and parses the first.
func readFirst(path string) error {
	files, _, err := ingest.Discover(path)
	if err != nil {
		return err
	}
	b, err := files[0].Read()
	if err != nil {
		return err
	}
	_, err = transcript.Parse(files[0].Path, bytes.NewReader(b))
	return err
}

// TestBadInput: what an upload may hold on a bad day is refused in one line that
// names the file, the line or lecture where there is one, and what to do.
func TestBadInput(t *testing.T) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	f, err := w.Create("lecture.vtt")
	if err == nil {
		_, err = f.Write([]byte("WEBVTT\n\n00:01.000 --> 00:02.000\nsecret\n"))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	cue := []byte("1\n00:00:01,000 --> 00:00:02,000\nsecret\n")
	if err := os.WriteFile(filepath.Join(outside, "secret.srt"), cue, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, file, content string
		link                string // made beside the file, to outside
		folder              bool   // the folder is ingested, not the file
		want, do            string
	}{
		{name: "a zip renamed", file: "a.vtt", content: archive.String(), want: "a.vtt: the file looks like a ZIP archive", do: "export the transcript as"},
		{name: "arrow line without an end", file: "a.vtt", content: "WEBVTT\n\n1\n00:01.000 -->", want: "a.vtt:4: no cue can be read", do: "like 00:01:02.500 --> 00:01:05.000"},
		{name: "arrow line cut in the end", file: "a.vtt", content: "WEBVTT\n\n1\n00:01.000 --> 00:0", want: "a.vtt:4: no cue can be read", do: "like 00:01:02.500 --> 00:01:05.000"},
		{name: "arrow line cut in the arrow", file: "a.vtt", content: "WEBVTT\n\n1\n00:01.000 --", want: "a.vtt:4: no cue can be read", do: "export or copy it again"},
		{name: "arrow line cut before the arrow", file: "a.srt", content: "1\n00:00:01,000", want: "a.srt:2: no cue can be read", do: "export or copy it again"},
		{name: "path up", file: "course.yaml", content: "course: c\nlectures: [{file: ok.srt}, {file: ../secret.srt}]\n", folder: true,
			want: `course.yaml: lecture 2: the file "../secret.srt" is outside the folder`, do: "copy it into the folder"},
		{name: "path up from below", file: "course.yaml", content: "course: c\nlectures: [{file: a/../../secret.srt}]\n", folder: true,
			want: "course.yaml: lecture 1: the file", do: "copy it into the folder"},
		{name: "path from the root", file: "course.yaml", content: "course: c\nlectures: [{file: /etc/passwd}]\n", folder: true,
			want: `course.yaml: lecture 1: the file "/etc/passwd" is outside the folder`, do: "copy it into the folder"},
		{name: "link to a file", file: "course.yaml", content: "course: c\nlectures: [{file: link}]\n", link: "secret.srt", folder: true,
			want: "link: cannot be opened: it leads out of the folder", do: "copy the file itself into the folder"},
		{name: "link to a folder", file: "course.yaml", content: "course: c\nlectures: [{file: link/secret.srt}]\n", link: ".", folder: true,
			want: "link/secret.srt: cannot be opened: it leads out of the folder", do: "copy the file itself into the folder"},
		{name: "link in a folder without a manifest", file: "README.md", content: "x", link: "secret.srt", folder: true,
			want: "no transcript in this folder", do: "looked for .srt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, tt.file)
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if tt.link != "" {
				if err := os.Symlink(filepath.Join(outside, tt.link), filepath.Join(dir, "link")); err != nil {
					t.Fatal(err)
				}
			}
			if tt.folder {
				path = dir
			}
			err := readFirst(path)
			if err == nil {
				t.Fatal("not refused")
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || !strings.Contains(got, tt.do) || strings.ContainsAny(got, "\r\n") ||
				!strings.HasPrefix(got, dir) || strings.Contains(got, "secret\n") {
				t.Errorf("got %q, want %q and %q in it", got, tt.want, tt.do)
			}
		})
	}
}

// TestCutFileKeepsTheRest: a file that ends inside an arrow line keeps what stands
// above it, and says at which line it was cut.
func TestCutFileKeepsTheRest(t *testing.T) {
	whole := "WEBVTT\n\n00:01.000 --> 00:02.000\nfirst\n\n00:02.000 --> 00:03.000\nsecond\n"
	arrow := strings.LastIndex(whole, "00:02.000")
	end := strings.LastIndex(whole, "00:03.000") + len("00:03.00") // all but the last digit
	for cut := arrow + len("00:02.000"); cut <= end; cut++ {
		tr, err := transcript.Parse("a.vtt", strings.NewReader(whole[:cut]))
		if err != nil {
			t.Errorf("%q: %v", whole[arrow:cut], err)
			continue
		}
		if len(tr.Segments) != 1 || len(tr.Warnings) != 1 || tr.Warnings[0].Line != 6 || !strings.Contains(tr.Warnings[0].Message, "left out") {
			t.Errorf("%q: %d segments, %v", whole[arrow:cut], len(tr.Segments), tr.Warnings)
		}
	}
}

// TestLectureIDs: an id with a slash or dots is refused before anything is
// touched, and no file name makes one.
func TestLectureIDs(t *testing.T) {
	for _, id := range []string{"", "a/b", "..", "../a", "a/..", ".", "/", `a\b`, "a b", "A", "a.b", "-a", "é", "a\x00", "a\n", strings.Repeat("a", 129)} {
		// An Ingester without a database: the refusal must come before the first use of it.
		_, err := (&ingest.Ingester{}).Lecture(t.Context(), ingest.Source{Scope: postgres.Scope{Course: "c"}, Lecture: id}, nil)
		if want := fmt.Sprintf("%q cannot name a lecture: use 1 to 128 of a-z, 0-9, _ and -", id); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v", id, err)
		}
	}
	for _, name := range []string{"../..", "..", "a/../b.srt", "/etc/passwd", "..srt", ".srt", "../Über Größe.srt", "講義.vtt", strings.Repeat("x/", 200) + ".vtt", strings.Repeat("y", 500) + ".srt", "a\x00b.srt", "-.txt"} {
		if id := ingest.LectureID(name); id != "" && !postgres.ValidLectureID(id) || strings.ContainsAny(id, "/.") {
			t.Errorf("%q makes the id %q", name, id)
		}
	}
}
